//! The token endpoint: each grant proves something, and gets tokens for it.

use super::clients::{self, Client};
use super::issue::{self, Family, Given, usable};
use super::proof::{self, Proof, after};
use super::record::{self, Attempt};
use super::refusal::{Refusal, refuse};
use super::{is_tenant, people, scope};
use crate::dispatch::{Call, Query, Reply};
use cupola_core::{Problem, Secret};
use cupola_identity::{digest_handle, fits_challenge};
use cupola_store::sign_ins::{DeviceCode, RefreshToken, Taken, Ticket};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

// Two processes that share a cache may both renew with the token that they read from it. Only a later use is a replay.
const RENEWAL_GRACE_S: i64 = 10;

// A device may be a little early.
const POLL_TOLERANCE_MS: i64 = 1000;

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn tenant(call: Call) -> Result<Reply, Problem> {
    let name = call.param("tenant");
    if !is_tenant(&call.control, name) {
        return Ok(refuse(&call, &Refusal::unknown_tenant(name)));
    }
    grant(call).await
}

/// `POST /adfs/oauth2/token`: the tenant follows from the application.
pub(super) async fn adfs(call: Call) -> Result<Reply, Problem> {
    grant(call).await
}

/// Why there is no token, and whose it would have been.
struct Denied {
    refusal: Refusal,
    principal: String,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            principal: String::new(),
        }
    }
}

impl From<(Refusal, String)> for Denied {
    fn from((refusal, principal): (Refusal, String)) -> Self {
        Self { refusal, principal }
    }
}

type Outcome = Result<Result<Reply, Denied>, Problem>;

// `?` on a refusal inside of a function whose failures are problems.
macro_rules! ok {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    };
}

async fn grant(call: Call) -> Result<Reply, Problem> {
    let form = Query::parse(&String::from_utf8_lossy(&call.body));
    let outcome = match form.get("grant_type") {
        Some("client_credentials") => client_credentials(&call, &form).await?,
        Some("authorization_code") => authorization_code(&call, &form).await?,
        Some(DEVICE) => device_code(&call, &form).await?,
        Some("refresh_token") => refresh_token(&call, &form).await?,
        Some("password") => password(&call, &form).await?,
        Some(other) => Err(Refusal::unsupported_grant(other).into()),
        None => Err(Refusal::missing("grant_type", "such as client_credentials").into()),
    };
    match outcome {
        Ok(reply) => Ok(reply),
        Err(Denied { refusal, principal }) => {
            let attempt = Attempt {
                principal: &principal,
                client: form.get("client_id").unwrap_or_default(),
                way: form.get("grant_type").unwrap_or_default(),
            };
            // Nonsense from nobody is not worth a line; a known name or a wrong password is.
            if !principal.is_empty() || refusal.number == 50126 || refusal.number == 50053 {
                record::refused(&call, attempt, &refusal).await;
            }
            Ok(refuse(&call, &refusal))
        }
    }
}

async fn client_credentials(call: &Call, form: &Query) -> Outcome {
    let (client, proof) = ok!(proof::read(call, form));
    let proof = ok!(proof.ok_or_else(|| Refusal::missing("client_secret", "the secret of the principal")));
    let audience = ok!(scope::of_application(form));
    let principal = ok!(proof::check(call, &client, &proof, Some(&audience)).await?);
    issue::to_application(call, &principal, &audience).await.map(Ok)
}

async fn authorization_code(call: &Call, form: &Query) -> Outcome {
    let client = ok!(client_of(call, form).await?);
    let code = ok!(form
        .get("code")
        .ok_or_else(|| Refusal::missing("code", "the authorization code")));
    let digest = digest_handle(call.control.keyring(), "code", &Secret::new(code));
    let mut work = call.control.store().begin().await?;
    let ticket = match work.sign_ins().take_ticket("code", &digest, call.now).await? {
        Taken::Now(ticket) => ticket,
        Taken::Before(ticket) => {
            // Whoever comes second may be the thief or the victim, so nobody keeps anything.
            work.sign_ins().end_family(&digest).await?;
            work.save().await?;
            return Ok(Err((Refusal::used_code(), ticket.principal).into()));
        }
        Taken::Expired(ticket) => return Ok(Err((Refusal::expired_code(), ticket.principal).into())),
        Taken::Unknown => return Ok(Err(Refusal::unknown_code().into())),
    };
    if let Err(refusal) = fits_request(&ticket, &client, form) {
        // A code that is presented wrongly is spent.
        work.save().await?;
        return Ok(Err((refusal, ticket.principal).into()));
    }
    let user = ok!(usable(work.users().find(&ticket.principal).await?));
    let kept = ticket.document["scope"].as_str().unwrap_or_default();
    let given = Given {
        user: &user,
        client: &client,
        scope: form.get("scope").unwrap_or(kept),
        nonce: ticket.document["nonce"].as_str(),
        family: Family::new(call, Some(digest)),
        way: "authorization_code",
    };
    issue::to_person(call, work, given).await.map(Ok)
}

fn fits_request(ticket: &Ticket, client: &Client, form: &Query) -> Result<(), Refusal> {
    let kept = |name: &str| ticket.document[name].as_str().unwrap_or_default();
    if kept("client") != client.id {
        return Err(Refusal::unknown_code());
    }
    if form.get("redirect_uri") != Some(kept("redirect")) {
        return Err(Refusal::other_redirect());
    }
    match form.get("code_verifier") {
        Some(verifier) if fits_challenge(verifier, kept("challenge")) => Ok(()),
        _ => Err(Refusal::wrong_verifier()),
    }
}

async fn device_code(call: &Call, form: &Query) -> Outcome {
    let client = ok!(client_of(call, form).await?);
    let code = form.get("device_code").or(form.get("code"));
    let code = ok!(code.ok_or_else(|| Refusal::missing("device_code", "what the device was given")));
    let digest = digest_handle(call.control.keyring(), "device", &Secret::new(code));
    let mut work = call.control.store().begin().await?;
    let found = work.sign_ins().device_code(&digest).await?;
    let found = found.filter(|found| found.digest == digest && found.client == client.id);
    let Some(device) = found else {
        return Ok(Err(Refusal::expired_device().into()));
    };
    if device.expires_at <= call.now {
        work.sign_ins().remove_device_code(&digest).await?;
        work.save().await?;
        return Ok(Err(Refusal::expired_device().into()));
    }
    match device.state.as_str() {
        "approved" => {}
        "denied" => {
            work.sign_ins().remove_device_code(&digest).await?;
            work.save().await?;
            return Ok(Err((Refusal::declined(), device.principal).into()));
        }
        _ => {
            let waited = call.now.as_millisecond() - device.polled_at.as_millisecond();
            let too_soon = waited + POLL_TOLERANCE_MS < i64::from(device.interval_s) * 1000;
            let polled = DeviceCode {
                polled_at: call.now,
                ..device
            };
            work.sign_ins().update_device_code(&polled).await?;
            work.save().await?;
            let refusal = if too_soon {
                Refusal::slow_down()
            } else {
                Refusal::pending()
            };
            return Ok(Err(refusal.into()));
        }
    }
    work.sign_ins().remove_device_code(&digest).await?;
    let user = ok!(usable(work.users().find(&device.principal).await?));
    let given = Given {
        user: &user,
        client: &client,
        scope: &device.scope,
        nonce: None,
        family: Family::new(call, None),
        way: "device_code",
    };
    issue::to_person(call, work, given).await.map(Ok)
}

async fn refresh_token(call: &Call, form: &Query) -> Outcome {
    let client = ok!(client_of(call, form).await?);
    let token = form.get("refresh_token");
    let token = ok!(token.ok_or_else(|| Refusal::missing("refresh_token", "the refresh token")));
    let digest = digest_handle(call.control.keyring(), "refresh", &Secret::new(token));
    let mut work = call.control.store().begin().await?;
    let found = work.sign_ins().refresh_token(&digest).await?;
    let Some(token) = found.filter(|token| token.client == client.id) else {
        return Ok(Err(Refusal::unknown_refresh_token().into()));
    };
    if is_replay(&token, call) {
        work.sign_ins().end_family(&token.family).await?;
        work.save().await?;
        return Ok(Err((Refusal::replayed_refresh_token(), token.principal).into()));
    }
    if token.expires_at <= call.now || token.family_ends_at <= call.now {
        return Ok(Err((Refusal::expired_code(), token.principal).into()));
    }
    work.sign_ins().use_refresh_token(&digest, call.now).await?;
    let who = token.principal.clone();
    let user = ok!(usable(work.users().find(&token.principal).await?).map_err(|refusal| (refusal, who)));
    let given = Given {
        user: &user,
        client: &client,
        scope: form.get("scope").unwrap_or(&token.scope),
        nonce: None,
        family: Family {
            id: token.family,
            ends_at: token.family_ends_at,
        },
        way: "refresh_token",
    };
    issue::to_person(call, work, given).await.map(Ok)
}

fn is_replay(token: &RefreshToken, call: &Call) -> bool {
    token
        .used_at
        .is_some_and(|used| after(used, RENEWAL_GRACE_S) < call.now)
}

async fn password(call: &Call, form: &Query) -> Outcome {
    let client = ok!(client_of(call, form).await?);
    let name = ok!(form
        .get("username")
        .ok_or_else(|| Refusal::missing("username", "a userPrincipalName")));
    let password = ok!(form
        .get("password")
        .ok_or_else(|| Refusal::missing("password", "the password")));
    let user = ok!(people::check(call, name, &Secret::new(password)).await?);
    let who = user.id.clone();
    let user = ok!(usable(Some(user)).map_err(|refusal| (refusal, who)));
    let work = call.control.store().begin().await?;
    let given = Given {
        user: &user,
        client: &client,
        scope: form.get("scope").unwrap_or_default(),
        nonce: None,
        family: Family::new(call, None),
        way: "password",
    };
    issue::to_person(call, work, given).await.map(Ok)
}

/// The application that acts for a person. One that is not public proves itself too.
async fn client_of(call: &Call, form: &Query) -> Result<Result<Client, Denied>, Problem> {
    let (id, proof) = ok!(proof::read(call, form));
    let Some(client) = clients::find(&call.control, &id).await? else {
        return Ok(Err(Refusal::unknown_client(&id, call.control.tenant()).into()));
    };
    match proof {
        // The command line sends no secret; a library that sends an empty one means none.
        None if client.public => Ok(Ok(client)),
        None => Ok(Err(Refusal::public_client_needed(&id).into())),
        Some(Proof::Secret(_) | Proof::Assertion(_)) if id.eq_ignore_ascii_case(clients::COMMAND_LINE) => Ok(
            Err(Refusal::malformed("this application is public and has no secret").into()),
        ),
        // A library sends one assertion for everybody who signs in while it lasts. What gives the tokens is the code, the
        // refresh token or the password beside it, and each of these has a rule of its own.
        Some(proof) => Ok(match proof::check(call, &client.id, &proof, None).await? {
            Ok(_) => Ok(client),
            Err(denied) => Err(denied.into()),
        }),
    }
}
