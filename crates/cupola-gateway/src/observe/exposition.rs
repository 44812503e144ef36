//! What the gateway counts, as Prometheus reads it.

use super::meters::{BLOCKED, FAILURES, LIMITS, Meters, TOKENS};
use crate::Shared;
use crate::snapshot::{Deployment, Snapshot};
use cupola_edge::metrics::{Family, Kind, Page};
use cupola_store::LedgerStatus;

// So many deployments have lines of their own. Above it a page would take longer to read than the time between two.
const DEPLOYMENTS_MAX: usize = 2_000;

const BREAKERS: [&str; 3] = ["closed", "half-open", "open"];

/// The meters of one deployment, and what it is called.
struct Row<'a> {
    labels: [(&'static str, &'a str); 3],
    meters: &'a Meters,
}

/// Writes what is known of deployments that were asked, of backends and of the ledger.
pub(crate) fn write(gateway: &Shared, page: &mut Page) {
    let snapshot = gateway.snapshot.load();
    let mut rows = rows(&snapshot, DEPLOYMENTS_MAX);
    rows.push(Row {
        labels: labels("", "", ""),
        meters: &gateway.observer.unplaced,
    });
    deployments(&rows, page);
    page.one(
        "cupola_sites",
        Kind::Gauge,
        "Serverless endpoints and accounts that are served.",
        snapshot.len(),
    );
    if let Some(exporter) = &gateway.observer.exporter {
        let (sent, lost) = exporter.counts();
        let mut one = |name, help, value: u64| page.one(name, Kind::Counter, help, value);
        one(
            "cupola_trace_spans_sent_total",
            "Spans that the collector took.",
            sent,
        );
        one(
            "cupola_trace_spans_lost_total",
            "Spans that did not reach it.",
            lost,
        );
    }
    backends(gateway, page);
    ledger(&gateway.deps.store.ledger().status(), page);
}

fn rows(snapshot: &Snapshot, rows_max: usize) -> Vec<Row<'_>> {
    let mut asked: Vec<&Deployment> = snapshot
        .sites()
        .flat_map(|site| site.deployments())
        .map(|deployment| &**deployment)
        .filter(|deployment| !deployment.meters.is_untouched())
        .collect();
    // Always in the same order, so that the same ones have lines.
    asked.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    asked
        .into_iter()
        .take(rows_max)
        .map(|one| Row {
            labels: labels(&one.id, &one.name, &one.model.name),
            meters: &one.meters,
        })
        .collect()
}

fn labels<'a>(resource: &'a str, deployment: &'a str, model: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("resource", resource),
        ("deployment", deployment),
        ("model", model),
    ]
}

impl Row<'_> {
    fn sample(&self, family: &mut Family<'_>, more: &[(&str, &str)], value: u64) {
        let mut all: Vec<(&str, &str)> = self.labels.to_vec();
        all.extend_from_slice(more);
        family.sample(&all, value);
    }
}

fn deployments(rows: &[Row<'_>], page: &mut Page) {
    let mut family = page.family(
        "cupola_requests_total",
        Kind::Counter,
        "Requests that ended, by surface, operation and status.",
    );
    for row in rows {
        for ([surface, operation, status], count) in row.meters.requests() {
            let labels = [("surface", surface), ("operation", operation), ("status", status)];
            row.sample(&mut family, &labels, count);
        }
    }
    let mut family = page.family(
        "cupola_tokens_total",
        Kind::Counter,
        "Tokens that were charged, by class.",
    );
    for row in rows {
        for (class, count) in TOKENS.iter().zip(row.meters.tokens()) {
            row.sample(&mut family, &[("class", class)], count);
        }
    }
    let mut family = page.family(
        "cupola_rate_limited_total",
        Kind::Counter,
        "Requests refused with 429, by whose limit and which.",
    );
    for row in rows {
        for ((_, _, scope, limit), count) in LIMITS.iter().zip(row.meters.limits_met()) {
            row.sample(&mut family, &[("scope", scope), ("limit", limit)], count);
        }
    }
    let mut family = page.family(
        "cupola_content_filter_blocks_total",
        Kind::Counter,
        "Requests of which the content filter kept back the prompt, or some of the completion.",
    );
    for row in rows {
        for (direction, count) in BLOCKED.iter().zip(row.meters.all_blocked()) {
            row.sample(&mut family, &[("direction", direction)], count);
        }
    }
    let mut family = page.family(
        "cupola_backend_failures_total",
        Kind::Counter,
        "Requests that got no whole answer because of their backends, after all retries.",
    );
    for row in rows {
        for (reason, count) in FAILURES.iter().zip(row.meters.failures()) {
            row.sample(&mut family, &[("reason", reason)], count);
        }
    }
    let mut family = page.family(
        "cupola_requests_in_flight",
        Kind::Gauge,
        "Admitted requests that have not ended.",
    );
    for row in rows {
        row.sample(&mut family, &[], row.meters.in_flight());
    }
    let mut family = page.family(
        "cupola_request_duration_seconds",
        Kind::Histogram,
        "From the head of an admitted request to the last byte of its answer.",
    );
    for row in rows {
        family.distribution(&row.labels, row.meters.took());
    }
    let mut family = page.family(
        "cupola_time_to_first_token_seconds",
        Kind::Histogram,
        "From the head of a request to the first event of its streamed answer.",
    );
    for row in rows {
        family.distribution(&row.labels, row.meters.first_tokens());
    }
}

fn backends(gateway: &Shared, page: &mut Page) {
    let pools = gateway.deps.fleet.all_members();
    let members: Vec<_> = pools
        .iter()
        .flat_map(|(model, members)| members.iter().map(move |member| (model.as_str(), member)))
        .take(DEPLOYMENTS_MAX)
        .collect();
    let mut family = page.family(
        "cupola_backend_requests_total",
        Kind::Counter,
        "Requests that a backend was asked, by what became of them; handed-on: another one was asked instead.",
    );
    for (model, member) in &members {
        for (outcome, count) in [
            ("answered", member.answered),
            ("failed", member.failed),
            ("handed-on", member.handed_on),
        ] {
            let labels = [
                ("model", *model),
                ("backend", member.name.as_str()),
                ("outcome", outcome),
            ];
            family.sample(&labels, count);
        }
    }
    let mut family = page.family(
        "cupola_backend_requests_in_flight",
        Kind::Gauge,
        "Requests that are on their way to a backend.",
    );
    for (model, member) in &members {
        family.sample(&[("model", model), ("backend", &member.name)], member.in_flight);
    }
    let mut family = page.family(
        "cupola_backend_requests_waiting",
        Kind::Gauge,
        "Requests that wait for a place at a backend.",
    );
    for (model, member) in &members {
        family.sample(&[("model", model), ("backend", &member.name)], member.waiting);
    }
    let mut family = page.family(
        "cupola_backend_breaker_state",
        Kind::Gauge,
        "1 for the state that a backend's circuit breaker is in.",
    );
    for (model, member) in &members {
        for state in BREAKERS {
            let labels = [
                ("model", *model),
                ("backend", member.name.as_str()),
                ("state", state),
            ];
            family.sample(&labels, u8::from(member.breaker == state));
        }
    }
}

fn ledger(status: &LedgerStatus, page: &mut Page) {
    use Kind::{Counter, Gauge};
    let mut one = |name, kind, help, value: u64| page.one(name, kind, help, value);
    one(
        "cupola_ledger_records_total",
        Counter,
        "Usage records that were taken.",
        status.records,
    );
    one(
        "cupola_ledger_refused_total",
        Counter,
        "Usage records that were refused, and their answers with them.",
        status.refused,
    );
    one(
        "cupola_ledger_syncs_total",
        Counter,
        "Writes of the journal to the disk.",
        status.syncs,
    );
    one(
        "cupola_ledger_sync_failures_total",
        Counter,
        "Those that failed.",
        status.failures,
    );
    one(
        "cupola_ledger_waiting_records",
        Gauge,
        "Usage records whose answers wait for the disk.",
        status.waiting,
    );
    one(
        "cupola_ledger_lag_bytes",
        Gauge,
        "Bytes of the journal that are not in the store yet.",
        status.lag_bytes,
    );
    one(
        "cupola_ledger_journal_segments",
        Gauge,
        "Files of the journal that are in use.",
        status.segments,
    );
    one(
        "cupola_ledger_disk_full",
        Gauge,
        "1 while the disk is full, so that no request is begun.",
        u64::from(status.is_full),
    );
    page.one(
        "cupola_ledger_sync_seconds_total",
        Counter,
        "How long all writes of the journal took.",
        status.syncing_us as f64 / 1e6,
    );
}
