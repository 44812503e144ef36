//! `GET …/deployments/{name}/skus`: to what a deployment can be changed.

use super::super::{account, require};
use super::{CAPACITY_MAX, SKUS};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;
use cupola_wire::arm::cognitive::DEPLOYMENT_TYPE;
use serde_json::{Value, json};

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let id = account(&call).child("deployments", call.param("name"));
    require(call.control.store().reader().await?.resources(), &id).await?;
    let shown = |sku: &str| -> Value {
        json!({
            "resourceType": DEPLOYMENT_TYPE,
            "sku": {"name": sku},
            "capacity": {"minimum": 1, "maximum": CAPACITY_MAX, "step": 1, "default": 1},
        })
    };
    Ok(answer::ok(&Page::whole(
        SKUS.iter().map(|sku| shown(sku)).collect(),
    )))
}
