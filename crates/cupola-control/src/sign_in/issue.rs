//! Tokens: what an application gets for itself, and what it gets in the name of a person.

use super::clients::Client;
use super::proof::after;
use super::record::{self, Attempt};
use super::refusal::{Refusal, refuse};
use super::scope;
use crate::dispatch::{Call, Reply};
use crate::{answer, first_start};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::Timestamp;
use cupola_core::rbac::Principal;
use cupola_core::{Problem, Secret, chance};
use cupola_identity::{Bearer, IdToken, TOKEN_LIFETIME_S, digest_handle, new_handle};
use cupola_store::UnitOfWork;
use cupola_store::sign_ins::RefreshToken;
use cupola_store::users::User;
use serde_json::{Value, json};

const DAY_S: i64 = 24 * 3600;

// A refresh token must be used within two weeks, and a sign-in lasts three months however often it is.
const IDLE_S: i64 = 14 * DAY_S;
const FAMILY_S: i64 = 90 * DAY_S;

/// How many sign-ins of one person are remembered; the oldest makes room.
const FAMILIES_MAX: u32 = 50;

/// The sign-in from which refresh tokens come.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) id: String,
    pub(super) ends_at: Timestamp,
}

impl Family {
    /// A new sign-in. A code names its family, so that a replay of the code ends what came from it.
    pub(super) fn new(call: &Call, id: Option<String>) -> Self {
        Self {
            id: id.unwrap_or_else(|| chance::uuid(call.control.entropy())),
            ends_at: after(call.now, FAMILY_S),
        }
    }
}

/// What a person's application gets.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) user: &'a User,
    pub(super) client: &'a Client,
    pub(super) scope: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) family: Family,
    /// The grant, for the audit record.
    pub(super) way: &'a str,
}

/// The answer to an application that proved itself.
pub(super) async fn to_application(
    call: &Call,
    principal: &Principal,
    audience: &str,
) -> Result<Reply, Problem> {
    let bearer = Bearer {
        principal,
        upn: None,
        client: principal.app_id.as_deref(),
        origin: &call.origin,
    };
    let token = call
        .control
        .issuer()
        .issue_for(bearer, audience, call.now, call.control.entropy())
        .map_err(unsigned)?;
    first_start::secret_was_used(&call.control, principal).await;
    let mut work = call.control.store().begin().await?;
    let attempt = Attempt {
        principal: &principal.id,
        client: principal.app_id.as_deref().unwrap_or_default(),
        way: "client_credentials",
    };
    record::success(&mut work, call, attempt).await?;
    work.save().await?;
    Ok(granted(&json!({
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME_S,
        "ext_expires_in": TOKEN_LIFETIME_S,
        "access_token": token.expose(),
    })))
}

/// The answer to an application in which a person signed in. It is saved with what the caller did in `work`.
pub(super) async fn to_person(call: &Call, mut work: UnitOfWork, given: Given<'_>) -> Result<Reply, Problem> {
    let Given { user, client, .. } = given;
    let audience = match scope::of_person(given.scope) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(refuse(call, &refusal)),
    };
    let (issuer, entropy) = (call.control.issuer(), call.control.entropy());
    let principal = principal_of(user);
    let bearer = Bearer {
        principal: &principal,
        upn: Some(&user.upn),
        client: Some(&client.id),
        origin: &call.origin,
    };
    let access = issuer
        .issue_for(bearer, &audience, call.now, entropy)
        .map_err(unsigned)?;
    let mut body = json!({
        "token_type": "Bearer",
        "scope": given.scope,
        "expires_in": TOKEN_LIFETIME_S,
        "ext_expires_in": TOKEN_LIFETIME_S,
        "access_token": access.expose(),
        "client_info": client_info(&user.id, call.control.tenant()),
    });
    if scope::has(given.scope, "openid") {
        let id = IdToken {
            principal: &principal,
            upn: &user.upn,
            mail: user.mail.as_deref(),
            client: &client.id,
            nonce: given.nonce,
        };
        let id = issuer.issue_id_token(id, call.now, entropy).map_err(unsigned)?;
        body["id_token"] = id.expose().into();
    }
    if scope::has(given.scope, "offline_access") {
        let refresh = add_refresh_token(call, &mut work, &given).await?;
        body["refresh_token"] = refresh.expose().into();
    }
    let attempt = Attempt {
        principal: &user.id,
        client: &client.id,
        way: given.way,
    };
    record::success(&mut work, call, attempt).await?;
    work.save().await?;
    Ok(granted(&body))
}

async fn add_refresh_token(call: &Call, work: &mut UnitOfWork, given: &Given<'_>) -> Result<Secret, Problem> {
    let handle = new_handle(call.control.entropy());
    let token = RefreshToken {
        digest: digest_handle(call.control.keyring(), "refresh", &handle),
        family: given.family.id.clone(),
        principal: given.user.id.clone(),
        client: given.client.id.clone(),
        scope: given.scope.to_owned(),
        expires_at: after(call.now, IDLE_S).min(given.family.ends_at),
        family_ends_at: given.family.ends_at,
        used_at: None,
    };
    work.sign_ins().add_refresh_token(&token, FAMILIES_MAX).await?;
    Ok(handle)
}

/// Who a user is to the rest of the platform.
pub(super) fn principal_of(user: &User) -> Principal {
    Principal {
        id: user.id.clone(),
        app_id: None,
        display_name: user.display_name.clone(),
        kind: "User",
    }
}

/// Whose tokens these are, as the libraries keep them apart.
pub(super) fn client_info(user: &str, tenant: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": user, "utid": tenant}).to_string())
}

/// A user who may have tokens now.
pub(super) fn usable(user: Option<User>) -> Result<User, Refusal> {
    match user {
        None => Err(Refusal::unknown_user()),
        Some(user) if !user.enabled => Err(Refusal::disabled_user()),
        Some(user) if user.must_change => Err(Refusal::password_must_change()),
        Some(user) => Ok(user),
    }
}

fn granted(body: &Value) -> Reply {
    let mut reply = answer::ok(body);
    answer::set(&mut reply, "cache-control", "no-store");
    reply
}

/// A token that could not be signed is a fault of ours.
pub(super) fn unsigned(error: cupola_identity::IssuerError) -> Problem {
    tracing::error!(error = %error, "a token could not be signed");
    Problem::internal()
}
