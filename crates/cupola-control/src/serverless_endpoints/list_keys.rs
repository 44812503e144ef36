//! `POST …/serverlessEndpoints/{name}/listKeys`: shown to those who may, and on the record.

use super::{keys_of, open_keys, shown_keys};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::json;

pub(super) async fn list_keys(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let (_, sealed) = keys_of(&mut work, &call).await?;
    let (primary, secondary) = open_keys(&call.control, &sealed)?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    let mut reply = answer::ok(&shown_keys(&primary, &secondary));
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}
