//! `POST …/connections/{name}/listsecrets`: the connection with its credentials, to those who may, and on the record.

use super::{credentials, id, require};
use crate::dispatch::{Call, Reply};
use crate::show::envelope;
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::{Value, json};

pub(super) async fn list_secrets(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = require(work.resources(), &id(&call), grant.principal()).await?;
    let sealed = work.secrets().find(&found.id).await?;
    audit::change(
        &mut work,
        &call,
        &grant,
        "Succeeded",
        json!({"connection": found.id.to_string()}),
    )
    .await?;
    work.save().await?;
    let mut shown = envelope(&call.control, &found);
    if let (Some(sealed), Some(Value::Object(fields))) = (sealed, &mut shown.properties) {
        let opened = credentials::open(&call.control, &sealed)?;
        fields.insert("credentials".to_owned(), opened);
    }
    let mut reply = answer::ok(&shown);
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}
