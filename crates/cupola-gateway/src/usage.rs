//! `GET .../usage`: what a site's clients used and what it costs, for whoever may ask the site. `?from=&to=` are instants,
//! `?grain=` is `hour`, `day` or `whole`.

use crate::Shared;
use crate::query;
use crate::refusal::Refusal;
use crate::snapshot::Site;
use cupola_core::Timestamp;
use cupola_core::money::Cost;
use cupola_core::name::printable;
use cupola_core::time::iso8601;
use cupola_edge::{Body, json};
use cupola_store::{EndpointLine, EndpointQuestion, Grain, Period};
use cupola_wire::openai::Surface;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Which part of the usage.
#[derive(Debug, Clone, Copy)]
struct Question {
    period: Period,
    grain: Grain,
}

pub(crate) async fn answer(
    gateway: &Shared,
    site: &Site,
    surface: Surface,
    head: &Parts,
) -> Result<Response<Body>, Refusal> {
    let question =
        read(head.uri.query().unwrap_or_default()).map_err(|why| Refusal::bad_parameter(surface, &why))?;
    let asked = async {
        let mut reader = gateway.deps.store.reader().await?;
        reader
            .endpoint_usage(&EndpointQuestion {
                endpoint: &site.id,
                period: question.period,
                grain: question.grain,
                credential: None,
            })
            .await
    };
    let lines = asked
        .await
        .map_err(|error| Refusal::usage_unread(surface, &error))?;
    Ok(json(StatusCode::OK, &shown(site, question, &lines)))
}

fn shown(site: &Site, question: Question, lines: &[EndpointLine]) -> Value {
    let mut totals: BTreeMap<&str, Cost> = BTreeMap::new();
    for line in lines {
        let total = totals.entry(&line.currency).or_default();
        *total = *total + line.cost;
    }
    let totals: Vec<Value> = totals
        .into_iter()
        .map(|(currency, cost)| json!({ "currency": currency, "cost": cost.to_string() }))
        .collect();
    json!({
        "object": "usage",
        "site": &*site.id,
        "from": question.period.from.map(iso8601),
        "to": question.period.to.map(iso8601),
        "grain": match question.grain {
            Grain::Hour => "hour",
            Grain::Day => "day",
            Grain::Whole => "whole",
        },
        "value": lines.iter().map(line).collect::<Vec<_>>(),
        "total": totals,
    })
}

fn line(line: &EndpointLine) -> Value {
    json!({
        "start": line.start.map(iso8601),
        "credential": line.credential,
        "operation": line.operation,
        "deployment": line.deployment,
        "meter": line.meter.as_str(),
        "quantity": line.quantity,
        "unit": line.meter.unit(),
        // Exact, and therefore text.
        "cost": line.cost.to_string(),
        "currency": line.currency,
    })
}

fn read(query: &str) -> Result<Question, String> {
    let value = |name: &str| {
        query::pairs(query)
            .find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value)
    };
    let grain = match value("grain").map(str::to_ascii_lowercase).as_deref() {
        None | Some("whole") => Grain::Whole,
        Some("hour") => Grain::Hour,
        Some("day") => Grain::Day,
        Some(other) => {
            return Err(format!(
                "grain is '{}': use hour, day or whole.",
                printable(other)
            ));
        }
    };
    let instant = |name: &str| value(name).map(|text| instant(name, text)).transpose();
    let period = Period {
        from: instant("from")?,
        to: instant("to")?,
    };
    Ok(Question { period, grain })
}

fn instant(name: &str, text: &str) -> Result<Timestamp, String> {
    // Clients escape colons; nothing else in an instant needs it, but for the plus of an offset.
    let plain = text
        .replace("%3A", ":")
        .replace("%3a", ":")
        .replace("%2B", "+")
        .replace("%2b", "+");
    // A date alone is its first instant in UTC.
    let whole = if plain.len() == 10 {
        format!("{plain}T00:00:00Z")
    } else {
        plain
    };
    whole.parse().map_err(|_| {
        format!(
            "'{}' of {name} is not an instant: use 2026-11-01 or 2026-11-01T12:00:00Z.",
            printable(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read() {
        let check = |query: &str, expected: Result<(Option<&str>, Option<&str>, Grain), &str>| {
            let found = read(query).map(|question| {
                let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
                (
                    text(question.period.from),
                    text(question.period.to),
                    question.grain,
                )
            });
            match (found, expected) {
                (Ok(found), Ok((from, to, grain))) => assert_eq!(
                    found,
                    (from.map(str::to_owned), to.map(str::to_owned), grain),
                    "{query}"
                ),
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (found, _) => panic!("{query}: {found:?}"),
            }
        };
        check("", Ok((None, None, Grain::Whole)));
        check(
            "api-version=x&FROM=2026-11-01&to=2026-11-02T01%3A00%3a00Z&grain=HOUR",
            Ok((
                Some("2026-11-01T00:00:00Z"),
                Some("2026-11-02T01:00:00Z"),
                Grain::Hour,
            )),
        );
        check("grain=day&from=", Ok((None, None, Grain::Day)));
        check(
            "to=2026-11-02T01:00:00%2B01:00",
            Ok((None, Some("2026-11-02T00:00:00Z"), Grain::Whole)),
        );
        check("grain=week", Err("grain is 'week'"));
        check("from=yesterday", Err("'yesterday' of from"));
        check("to=2026-13-01", Err("of to"));
    }
}
