//! The keys that sign access tokens: sealed in the store, made where there are none.

use crate::control::{ControlDeps, ControlError};
use cupola_core::rbac::Granted;
use cupola_identity::{Issuer, IssuerError, SigningKey};
use cupola_store::access::SealedSigningKey;

/// The issuer of this store's tokens.
pub(crate) async fn issuer(deps: &ControlDeps, tenant: &str) -> Result<Issuer, ControlError> {
    let stored = deps.store.reader().await?.access().signing_keys().await?;
    let mut keys = Vec::with_capacity(stored.len());
    for key in stored {
        keys.push(SigningKey::open(
            &key.id,
            &key.sealed,
            key.retired_at,
            &deps.keyring,
        )?);
    }
    if keys.iter().all(|key| key.retired_at.is_some()) {
        keys.insert(0, make(deps).await?);
    }
    Ok(Issuer::new(&deps.addresses.https, tenant, keys)?)
}

/// A new key, kept before it signs: a token must not outlive what a restart knows.
pub(crate) async fn make(deps: &ControlDeps) -> Result<SigningKey, ControlError> {
    let (key, stored) = generate(deps)?;
    let mut work = deps.store.begin().await?;
    work.access()
        .rotate_signing_key(&Granted::to_platform("rotateSigningKey"), &stored)
        .await?;
    work.save().await?;
    Ok(key)
}

/// A new key, and what the store is to keep of it.
pub(crate) fn generate(deps: &ControlDeps) -> Result<(SigningKey, SealedSigningKey), IssuerError> {
    let key = SigningKey::generate(&*deps.entropy)?;
    let stored = SealedSigningKey {
        id: key.id.clone(),
        sealed: key.seal(&deps.keyring, &*deps.entropy)?,
        created_at: deps.clock.now(),
        retired_at: None,
    };
    Ok((key, stored))
}
