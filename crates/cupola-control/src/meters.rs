//! What is counted of the control plane: requests by route and status. The routes are a fixed table, so the page is bounded.

use crate::dispatch::Route;
use crate::{opaque, routes};
use cupola_edge::metrics::{Distribution, Kind, Page, read};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

// What else there is, is `other`.
const STATUSES: [(u16, &str); 18] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (204, "204"),
    (302, "302"),
    (303, "303"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (409, "409"),
    (412, "412"),
    (413, "413"),
    (422, "422"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
];

type Row = [AtomicU64; STATUSES.len() + 1];

/// Counters of every route, made once and only ever added to.
#[derive(Debug)]
pub(crate) struct Meters {
    by_route: HashMap<(&'static str, &'static str), Row>,
    nowhere: Row,
    took: Distribution,
}

fn row() -> Row {
    std::array::from_fn(|_| AtomicU64::new(0))
}

impl Default for Meters {
    fn default() -> Self {
        let all = routes::all().chain(opaque::ROUTES);
        Self {
            by_route: all.map(|route| ((route.method, route.path), row())).collect(),
            nowhere: row(),
            took: Distribution::default(),
        }
    }
}

impl Meters {
    /// A request ended; without a route it came to nothing that there is.
    pub(crate) fn answered(&self, route: Option<&Route>, status: u16, took_us: u64) {
        let known = route.and_then(|route| self.by_route.get(&(route.method, route.path)));
        let at = STATUSES
            .iter()
            .position(|(known, _)| *known == status)
            .unwrap_or(STATUSES.len());
        if let Some(counter) = known.unwrap_or(&self.nowhere).get(at) {
            counter.fetch_add(1, Relaxed);
        }
        self.took.note_us(took_us);
    }

    /// Writes the families.
    pub(crate) fn write(&self, page: &mut Page) {
        let nowhere = ("", "(none)");
        let mut rows: Vec<_> = self.by_route.iter().map(|(route, row)| (*route, row)).collect();
        rows.push((nowhere, &self.nowhere));
        rows.sort_unstable_by_key(|((method, path), _)| (*path, *method));
        let mut family = page.family(
            "cupola_control_requests_total",
            Kind::Counter,
            "Requests to the control plane that were answered, by route and status.",
        );
        for ((method, path), row) in rows {
            let statuses = STATUSES.iter().map(|(_, name)| *name).chain(["other"]);
            for (status, counter) in statuses.zip(row) {
                let count = read(counter);
                if count > 0 {
                    let labels = [("method", method), ("route", path), ("status", status)];
                    family.sample(&labels, count);
                }
            }
        }
        page.family(
            "cupola_control_request_duration_seconds",
            Kind::Histogram,
            "From the head of a request to the control plane to the head of its answer.",
        )
        .distribution(&[], [&self.took].into_iter());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_edge::metrics::Format;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let meters = Meters::default();
        let route = routes::all().next().expect("a route");
        meters.answered(Some(route), 200, 10);
        meters.answered(Some(route), 418, 10);
        meters.answered(None, 404, 10);
        let mut page = Page::new(Format::Prometheus);
        meters.write(&mut page);
        let text = page.finish();
        let (method, path) = (route.method, route.path);
        for line in [
            format!(r#"cupola_control_requests_total{{method="{method}",route="{path}",status="200"}} 1"#),
            format!(r#"cupola_control_requests_total{{method="{method}",route="{path}",status="other"}} 1"#),
            r#"cupola_control_requests_total{method="",route="(none)",status="404"} 1"#.to_owned(),
            "cupola_control_request_duration_seconds_count 3".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
