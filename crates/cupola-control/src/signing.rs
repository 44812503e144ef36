//! The keys that sign access tokens: sealed in the store, made where there are none.

use crate::control::{ControlDeps, ControlError};
use cupola_core::rbac::Granted;
use cupola_identity::{Issuer, SigningKey};
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
    let key = SigningKey::generate(&*deps.entropy)?;
    let sealed = key.seal(&deps.keyring, &*deps.entropy)?;
    let stored = SealedSigningKey {
        id: key.id.clone(),
        sealed,
        created_at: deps.clock.now(),
        retired_at: None,
    };
    let mut work = deps.store.begin().await?;
    work.access()
        .rotate_signing_key(&Granted::to_platform("rotateSigningKey"), &stored)
        .await?;
    work.save().await?;
    Ok(key)
}
