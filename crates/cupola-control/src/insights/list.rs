//! `GET {resource}/providers/Microsoft.Insights/metrics`: numbers over time, in the shape of the service's monitor.

use super::Target;
use super::question::Question;
use super::series::{self, Series, Sources};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::facets;
use cupola_core::rbac::Granted;
use cupola_core::{Problem, Timestamp};
use cupola_store::{Period, Timeline};
use serde_json::{Value, json};

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let target = Target::of(&call)?;
    let question = Question::read(&call.query, call.now)?;
    let timeline = Timeline {
        period: Period {
            from: instant(question.from_ms),
            to: instant(question.to_ms),
        },
        width_ms: Some(question.interval.width_ms).filter(|width_ms| *width_ms > 0),
    };
    let mut sources = Sources {
        reader: call.control.store().reader().await?,
        scope: facets::usage_scope(&target.scope),
        timeline,
        requests: None,
        usage: None,
    };
    let (mut value, mut points) = (Vec::new(), 0);
    for metric in &question.metrics {
        let found = series::of(&mut sources, &question, *metric).await?;
        let shown: Vec<Value> = found
            .iter()
            .map(|series| {
                let mut shown = json!({ "metadatavalues": metadata(series) });
                if !question.metadata_alone {
                    let data = series.points(*metric, &question, &told);
                    points += data.len();
                    shown["data"] = data.into();
                }
                shown
            })
            .collect();
        value.push(json!({
            "id": format!("{}/providers/Microsoft.Insights/metrics/{}", target.id, metric.as_str()),
            "type": "Microsoft.Insights/metrics",
            "name": { "value": metric.as_str(), "localizedValue": metric.title() },
            "displayDescription": metric.description(),
            "unit": metric.unit(),
            "timeseries": shown,
            "errorCode": "Success",
        }));
    }
    Ok(answer::ok(&json!({
        "cost": points,
        "timespan": format!("{}/{}", told(question.from_ms), told(question.to_ms)),
        "interval": question.interval.name,
        "namespace": target.namespace(),
        "resourceregion": call.control.region(),
        "value": value,
    })))
}

fn metadata(series: &Series) -> Vec<Value> {
    series
        .values
        .iter()
        .map(|(dimension, value)| {
            // The monitor writes names of dimensions in small letters here.
            let name = dimension.as_str().to_ascii_lowercase();
            json!({ "name": { "value": name, "localizedValue": name }, "value": value })
        })
        .collect()
}

fn instant(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn told(ms: i64) -> String {
    instant(ms).map(|at| format!("{at:.0}")).unwrap_or_default()
}
