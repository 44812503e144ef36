//! `GET {resource}/providers/Microsoft.Insights/metricDefinitions`: which metrics there are, and how they can be asked for.

use super::Target;
use super::definitions::{Aggregation, Metric};
use super::question::INTERVALS;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;
use serde_json::{Value, json};

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let target = Target::of(&call)?;
    let value = Metric::ALL.map(|metric| shown(&target, metric)).to_vec();
    Ok(answer::ok(&Page::whole(value)))
}

fn shown(target: &Target, metric: Metric) -> Value {
    let name = metric.as_str();
    let supported: Vec<String> = Aggregation::LISTED
        .into_iter()
        .filter(|aggregation| metric.supports(*aggregation))
        .map(Aggregation::title)
        .collect();
    let availabilities: Vec<Value> = INTERVALS
        .iter()
        .map(|interval| json!({ "timeGrain": interval.name, "retention": interval.retention }))
        .collect();
    let dimensions: Vec<Value> = metric
        .dimensions()
        .iter()
        .map(|dimension| json!({ "value": dimension.as_str(), "localizedValue": dimension.as_str() }))
        .collect();
    json!({
        "id": format!("{}/providers/Microsoft.Insights/metricDefinitions/{name}", target.id),
        "resourceId": target.id.to_string(),
        "namespace": target.namespace(),
        "category": "Usage",
        "name": { "value": name, "localizedValue": metric.title() },
        "displayDescription": metric.description(),
        "isDimensionRequired": false,
        "unit": metric.unit(),
        "primaryAggregationType": metric.primary().title(),
        "supportedAggregationTypes": supported,
        "metricAvailabilities": availabilities,
        "dimensions": dimensions,
    })
}
