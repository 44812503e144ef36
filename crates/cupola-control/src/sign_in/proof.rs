//! How an application proves that it is itself: with a secret, with an assertion that a registered certificate signed, or
//! with a token of an issuer that an administrator chose to trust for it.

use super::refusal::Refusal;
use super::{outbound, providers};
use crate::dispatch::{Call, Query};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cupola_backend::fetch::{Fetch, Reach};
use cupola_core::rbac::Principal;
use cupola_core::{Problem, Secret, Timestamp};
use cupola_identity::{ForeignToken, TokenProblem, WebKey, digest_handle, fits_digest, read_der};
use cupola_store::sign_ins::Ticket;
use http::header;
use serde_json::json;
use std::sync::Arc;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// The libraries make assertions for ten minutes and use one as long as it lasts.
const ASSERTION_LIFE_S_MAX: i64 = 3600;

/// What an application sends to prove itself.
pub(super) enum Proof {
    /// A secret.
    Secret(Secret),
    /// A signed assertion.
    Assertion(Secret),
}

/// Reads what a form or its header offers as the client: the application id, and the proof where there is one.
pub(super) fn read(call: &Call, form: &Query) -> Result<(String, Option<Proof>), Refusal> {
    let basic = basic(call);
    let client = form
        .get("client_id")
        .map(str::to_owned)
        .or_else(|| basic.as_ref().map(|(id, _)| id.clone()));
    let assertion = form.get("client_assertion");
    if assertion.is_some() && form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(Refusal::missing("client_assertion_type", ASSERTION_TYPE));
    }
    // An assertion of its own says whose it is.
    let subject = || {
        let token = ForeignToken::read(assertion?).ok()?;
        token
            .text("iss")
            .filter(|iss| token.text("sub") == Some(*iss))
            .map(str::to_owned)
    };
    let client = client
        .or_else(subject)
        .ok_or_else(|| Refusal::missing("client_id", "the application id of a principal"))?;
    let secret = form
        .get("client_secret")
        .map(Secret::new)
        .or_else(|| basic.map(|(_, secret)| secret));
    let proof = match (assertion, secret) {
        (Some(assertion), _) => Some(Proof::Assertion(Secret::new(assertion))),
        (None, Some(secret)) => Some(Proof::Secret(secret)),
        (None, None) => None,
    };
    Ok((client, proof))
}

fn basic(call: &Call) -> Option<(String, Secret)> {
    let value = call.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    // Both halves are form-encoded before they are joined (RFC 6749, 2.3.1).
    let whole = |text: &str| Query::parse(&format!("x={text}")).get("x").map(str::to_owned);
    Some((whole(id)?, Secret::new(whole(secret)?)))
}

/// The service principal that this proves, or why it proves nothing and whose it would have been. An assertion is good
/// once for an audience; without one, it is good as often as what it comes with.
pub(super) async fn check(
    call: &Call,
    client: &str,
    proof: &Proof,
    audience: Option<&str>,
) -> Result<Result<Principal, (Refusal, String)>, Problem> {
    let mut reader = call.control.store().reader().await?;
    let principal = reader.access().principal(client).await?;
    let active = reader.access().active_principal(client).await?.is_some();
    drop(reader);
    let Some(principal) = principal.filter(|principal| principal.kind != "User") else {
        let refusal = Refusal::unknown_client(client, call.control.tenant());
        return Ok(Err((refusal, String::new())));
    };
    let proved = match proof {
        Proof::Secret(secret) => fits_secret(call, client, &principal, secret).await?,
        Proof::Assertion(assertion) => fits_assertion(call, client, &principal, assertion, audience).await?,
    };
    let proved = match proved {
        Ok(()) if !active => Err(Refusal::disabled_client(client)),
        other => other,
    };
    Ok(match proved {
        Ok(()) => Ok(principal),
        Err(refusal) => Err((refusal, principal.id)),
    })
}

async fn fits_secret(
    call: &Call,
    client: &str,
    principal: &Principal,
    secret: &Secret,
) -> Result<Result<(), Refusal>, Problem> {
    let secrets = call
        .control
        .store()
        .reader()
        .await?
        .access()
        .secrets(&principal.id)
        .await?;
    let fitting = secrets
        .iter()
        .find(|kept| fits_digest(call.control.keyring(), secret, &kept.digest));
    Ok(match fitting {
        Some(kept) if kept.expires_at.is_some_and(|at| at <= call.now) => {
            Err(Refusal::expired_secret(client))
        }
        Some(kept) if kept.starts_at.is_none_or(|at| at <= call.now) => Ok(()),
        _ => Err(Refusal::wrong_secret(client)),
    })
}

async fn fits_assertion(
    call: &Call,
    client: &str,
    principal: &Principal,
    assertion: &Secret,
    audience: Option<&str>,
) -> Result<Result<(), Refusal>, Problem> {
    let token = match ForeignToken::read(assertion.expose()) {
        Ok(token) => token,
        Err(problem) => return Ok(Err(Refusal::wrong_assertion(client, &problem))),
    };
    let issuer = token.text("iss").unwrap_or_default();
    let own = issuer.eq_ignore_ascii_case(client);
    let checked = if own {
        own_assertion(call, client, principal, &token).await?
    } else {
        return federated(call, client, principal, &token).await;
    };
    if let Err(problem) = checked {
        return Ok(Err(Refusal::wrong_assertion(client, &problem)));
    }
    let Some(audience) = audience else {
        return Ok(Ok(()));
    };
    // The libraries send one assertion for every resource that they need until it expires; the same resource twice is
    // somebody who listened.
    let id = token.text("jti").unwrap_or_default();
    let audience = audience.trim_end_matches('/').to_ascii_lowercase();
    let ticket = Ticket {
        kind: "assertion",
        digest: digest_handle(
            call.control.keyring(),
            "assertion",
            &Secret::new(format!("{}|{audience}|{id}", principal.id)),
        ),
        principal: principal.id.clone(),
        document: json!({}),
        expires_at: after(call.now, ASSERTION_LIFE_S_MAX + 600),
    };
    let mut work = call.control.store().begin().await?;
    if !work.sign_ins().add_ticket(&ticket).await? {
        let problem = TokenProblem::Invalid("it was used before for the same resource (jti)");
        return Ok(Err(Refusal::wrong_assertion(client, &problem)));
    }
    work.save().await?;
    Ok(Ok(()))
}

async fn own_assertion(
    call: &Call,
    client: &str,
    principal: &Principal,
    token: &ForeignToken,
) -> Result<Result<(), TokenProblem>, Problem> {
    let certificates = call
        .control
        .store()
        .reader()
        .await?
        .apps()
        .certificates(&principal.id)
        .await?;
    let good = |certificate: &&cupola_store::apps::Certificate| {
        certificate.starts_at <= call.now && call.now < certificate.expires_at
    };
    // The header names the certificate by a thumbprint; any of the usual places will do.
    let named = |certificate: &&cupola_store::apps::Certificate| {
        let by_kid = token.key_id.as_deref().is_some_and(|kid| {
            kid == certificate.sha1
                || kid == certificate.sha256
                || kid.eq_ignore_ascii_case(&certificate.id)
                || kid.eq_ignore_ascii_case(&hex_of(&certificate.sha1))
        });
        match (&token.sha256, &token.sha1, &token.key_id) {
            (Some(sha256), _, _) => *sha256 == certificate.sha256,
            (None, Some(sha1), _) => *sha1 == certificate.sha1,
            (None, None, Some(_)) => by_kid,
            (None, None, None) => true,
        }
    };
    let keys: Vec<WebKey> = certificates
        .iter()
        .filter(good)
        .filter(named)
        .filter_map(|certificate| Some(read_der(&certificate.der).ok()?.key))
        .collect();
    if keys.is_empty() {
        return Ok(Err(TokenProblem::Invalid(
            "it names no certificate that is registered for the application and valid today",
        )));
    }
    Ok(verify_own(call, client, token, &keys))
}

fn verify_own(call: &Call, client: &str, token: &ForeignToken, keys: &[WebKey]) -> Result<(), TokenProblem> {
    use TokenProblem::Invalid;
    token.verify(keys)?;
    token.check_time(call.now)?;
    let expires = token.seconds("exp").unwrap_or_default();
    if expires > call.now.as_second() + ASSERTION_LIFE_S_MAX + 300 {
        return Err(Invalid("it is good for more than an hour"));
    }
    if !token
        .text("sub")
        .is_some_and(|subject| subject.eq_ignore_ascii_case(client))
    {
        return Err(Invalid("its subject (sub) is not the application"));
    }
    if !token.text("jti").is_some_and(|id| (1..=200).contains(&id.len())) {
        return Err(Invalid("it has no id (jti)"));
    }
    let ours = audiences(call);
    if !token.is_for(|audience| ours.iter().any(|known| known.eq_ignore_ascii_case(audience))) {
        let named = token.text("aud").unwrap_or_default().to_owned();
        return Err(TokenProblem::WrongAudience(named));
    }
    Ok(())
}

// The token endpoint has a name for every way to write the tenant and every way to reach this server.
fn audiences(call: &Call) -> Vec<String> {
    let addresses = call.control.addresses();
    let bases = [
        Some(call.origin.as_str()),
        Some(&addresses.https),
        addresses.http.as_deref(),
    ];
    let mut names = vec![call.control.issuer().name().to_owned()];
    for base in bases.into_iter().flatten() {
        for tenant in [call.control.tenant(), "common", "organizations"] {
            names.push(format!("{base}/{tenant}/oauth2/v2.0/token"));
            names.push(format!("{base}/{tenant}/v2.0"));
        }
        names.push(format!("{base}/adfs/oauth2/token"));
        names.push(format!("{base}/adfs"));
    }
    names
}

async fn federated(
    call: &Call,
    client: &str,
    principal: &Principal,
    token: &ForeignToken,
) -> Result<Result<(), Refusal>, Problem> {
    let (issuer, subject) = (
        token.text("iss").unwrap_or_default().to_owned(),
        token.text("sub").unwrap_or_default().to_owned(),
    );
    let trusted = call
        .control
        .store()
        .reader()
        .await?
        .apps()
        .federated(&principal.id)
        .await?;
    // Nothing is fetched for an issuer that no administrator named.
    let fitting: Vec<_> = trusted
        .iter()
        .filter(|known| known.issuer == issuer && known.subject == subject)
        .collect();
    if fitting.is_empty() {
        return Ok(Err(Refusal::no_federated_credential(&issuer, &subject)));
    }
    if !token.is_for(|audience| {
        fitting
            .iter()
            .any(|known| known.audiences.iter().any(|one| one == audience))
    }) {
        let named = token.text("aud").unwrap_or_default().to_owned();
        return Ok(Err(Refusal::wrong_assertion(
            client,
            &TokenProblem::WrongAudience(named),
        )));
    }
    let reach = providers::reach_of(call, &issuer).await?;
    let verified = match keys_for(call, &issuer, &reach, token).await {
        Ok(keys) => token.verify(&keys).and_then(|()| token.check_time(call.now)),
        Err(why) => {
            tracing::warn!(issuer, why, "the keys of a trusted issuer could not be read");
            return Ok(Err(Refusal::issuer_unreachable(&issuer)));
        }
    };
    Ok(verified.map_err(|problem| Refusal::wrong_assertion(client, &problem)))
}

/// The keys of an issuer that can verify this token: known ones, or read anew where the token names one that is not known.
pub(super) async fn keys_for(
    call: &Call,
    issuer: &str,
    reach: &Reach,
    token: &ForeignToken,
) -> Result<Arc<[WebKey]>, String> {
    let memory = call.control.sign_in();
    let has = |keys: &[WebKey]| token.key_id.is_none() || keys.iter().any(|key| key.id == token.key_id);
    if let Some(keys) = memory.keys(issuer, call.now, false) {
        if has(&keys) {
            return Ok(keys);
        }
        // A key that is not there may be a new one; asking again has a pace, so that forged names cost the issuer nothing.
        if let Some(keys) = memory.keys(issuer, call.now, true) {
            return Ok(keys);
        }
    }
    if let Some(why) = memory.trouble(issuer, call.now) {
        return Err(why);
    }
    // Whoever has no proof at all can lead us here, so only a few are on the way at once.
    let _turn = memory
        .reads
        .try_acquire()
        .map_err(|_| "the keys of too many issuers are being read".to_owned())?;
    match read_keys(call, issuer, reach).await {
        Ok(keys) => Ok(memory.keep_keys(issuer, keys, call.now)),
        Err(why) => {
            memory.keep_trouble(issuer, &why, call.now);
            Err(why)
        }
    }
}

async fn read_keys(call: &Call, issuer: &str, reach: &Reach) -> Result<Vec<WebKey>, String> {
    let memory = call.control.sign_in();
    let document = outbound::discover(memory, issuer, reach, call.now).await?;
    let url = document["jwks_uri"]
        .as_str()
        .ok_or("its discovery document names no jwks_uri")?;
    let request = Fetch {
        url: url.to_owned(),
        reach: reach.clone(),
        ..Fetch::default()
    };
    let set = outbound::json(&*memory.outbound, &request).await?;
    Ok(WebKey::read_set(&set))
}

fn hex_of(thumbprint: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = URL_SAFE_NO_PAD.decode(thumbprint).unwrap_or_default();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many seconds later.
pub(super) fn after(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}
