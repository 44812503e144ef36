//! `POST /providers/Cupola.Identity/rotateSigningKey`: tokens are signed with a new key from now on. The key set shows both
//! keys until the last token of the old one has expired.

use crate::dispatch::{Call, Reply};
use crate::{answer, audit, signing};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::json;

pub(super) async fn post(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let internal = |error: &dyn std::error::Error| {
        tracing::error!(error = %error, "a signing key could not be made");
        Problem::internal()
    };
    // Finding two primes takes a while.
    let control = call.control.clone();
    let made = tokio::task::spawn_blocking(move || signing::generate(control.deps())).await;
    let (key, sealed) = made
        .map_err(|error| internal(&error))?
        .map_err(|error| internal(&error))?;
    let mut work = call.control.store().begin().await?;
    work.access().rotate_signing_key(&grant, &sealed).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"kid": key.id})).await?;
    work.save().await?;
    call.control.issuer().rotate(key, call.now);
    let keys = call.control.issuer().public_keys(call.now);
    Ok(answer::ok(&json!({
        "keyId": sealed.id,
        "publishedKeyIds": keys.iter().map(|key| &key.id).collect::<Vec<_>>(),
    })))
}
