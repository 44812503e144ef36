//! `GET …/accounts/{account}/skus`: there is one.

use super::super::{account, require};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;
use cupola_wire::arm::cognitive::ACCOUNT_TYPE;
use serde_json::json;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    require(call.control.store().reader().await?.resources(), &account(&call)).await?;
    let only = json!({"resourceType": ACCOUNT_TYPE, "sku": {"name": "S0", "tier": "Standard"}});
    Ok(answer::ok(&Page::whole(vec![only])))
}
