//! `POST …/serverlessEndpoints/{name}/regenerateKeys`: one new key, the other one stays.

use super::{keys_of, open_keys, shown_keys};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, chance};
use serde_json::json;

pub(super) async fn regenerate_keys(call: Call, grant: Granted) -> Result<Reply, Problem> {
    // `keyValue` may come along; it is the current key, and the new one is always ours to make.
    let which = call
        .json()?
        .choice("keyType", &["Primary", "Secondary"])?
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidRequestContent,
                "The field keyType is required: Primary or Secondary.",
            )
            .target("keyType")
        })?;
    let mut work = call.control.store().begin().await?;
    let (found, mut sealed) = keys_of(&mut work, &call).await?;
    let entropy = call.control.entropy();
    let fresh = call.control.keyring().seal(&chance::api_key(entropy), entropy);
    match which {
        "Primary" => sealed.primary = fresh,
        _ => sealed.secondary = fresh,
    }
    work.credentials().put(&found.id, &sealed, call.now).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"keyType": which})).await?;
    work.save().await?;
    let (primary, secondary) = open_keys(&call.control, &sealed)?;
    let mut reply = answer::ok(&shown_keys(&primary, &secondary));
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}
