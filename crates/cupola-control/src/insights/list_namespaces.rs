//! `GET {resource}/providers/Microsoft.Insights/metricNamespaces`: one, the resource's type.

use super::Target;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;
use serde_json::json;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let target = Target::of(&call)?;
    let name = target.namespace();
    let namespace = json!({
        "id": format!("{}/providers/microsoft.insights/metricNamespaces/{name}", target.id),
        "type": "Microsoft.Insights/metricNamespaces",
        "name": name,
        "classification": "Platform",
        "properties": { "metricNamespaceName": name },
    });
    Ok(answer::ok(&Page::whole(vec![namespace])))
}
