//! `POST …/accounts/{account}/listKeys` and `…/regenerateKey`: shown to those who may, and on the record.

use super::super::{account, require};
use crate::dispatch::{Call, Reply};
use crate::kinds::not_found;
use crate::serverless_endpoints::open_keys;
use crate::{answer, audit, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, chance};
use cupola_store::credentials::SealedKeys;
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::cognitive::AccountProperties;
use serde_json::{Value, json};

pub(super) async fn list(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = require(work.resources(), &account(&call)).await?;
    let sealed = keys_of(&mut work, &found).await?;
    shown(work, (&call, &grant), &sealed, json!({})).await
}

pub(super) async fn regenerate(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let which = call
        .json()?
        .choice("keyName", &["Key1", "Key2"])?
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidRequestContent,
                "The field keyName is required: Key1 or Key2.",
            )
            .target("keyName")
        })?;
    let mut work = call.control.store().begin().await?;
    let found = require(work.resources(), &account(&call)).await?;
    let mut sealed = keys_of(&mut work, &found).await?;
    let entropy = call.control.entropy();
    let fresh = call.control.keyring().seal(&chance::api_key(entropy), entropy);
    match which {
        "Key1" => sealed.primary = fresh,
        _ => sealed.secondary = fresh,
    }
    work.credentials().put(&found.id, &sealed, call.now).await?;
    shown(work, (&call, &grant), &sealed, json!({"keyName": which})).await
}

async fn keys_of(work: &mut UnitOfWork, found: &Resource) -> Result<SealedKeys, Problem> {
    let body: AccountProperties = owned::body(found)?;
    if body.disable_local_auth {
        return Err(Problem::new(
            Code::BadRequest,
            "Failed to list key. disableLocalAuth is set to be true: this account takes no keys.",
        ));
    }
    let sealed = work.credentials().find(&found.id).await?;
    sealed.ok_or_else(|| not_found(&found.id))
}

async fn shown(
    mut work: UnitOfWork,
    (call, grant): (&Call, &Granted),
    sealed: &SealedKeys,
    detail: Value,
) -> Result<Reply, Problem> {
    audit::change(&mut work, call, grant, "Succeeded", detail).await?;
    work.save().await?;
    let (first, second) = open_keys(&call.control, sealed)?;
    let mut reply = answer::ok(&json!({"key1": first.expose(), "key2": second.expose()}));
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}
