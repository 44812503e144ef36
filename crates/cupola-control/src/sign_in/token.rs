//! The token endpoint: a principal proves itself with its secret and gets an access token for one audience.

use super::is_tenant;
use crate::dispatch::{Call, Query, Reply};
use crate::{answer, audit, first_start};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cupola_core::name::printable;
use cupola_core::rbac::Principal;
use cupola_core::{Problem, Secret, Timestamp};
use cupola_identity::{TOKEN_LIFETIME_S, fits_digest};
use cupola_wire::arm::identity::{TokenAnswer, TokenError};
use http::{StatusCode, header};

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

async fn grant(call: Call) -> Result<Reply, Problem> {
    let form = Query::parse(&String::from_utf8_lossy(&call.body));
    let asked = match Asked::read(&call, &form) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refuse(&call, &refusal)),
    };
    let mut reader = call.control.store().reader().await?;
    let Some(principal) = reader.access().principal(&asked.client).await? else {
        return Ok(refuse(
            &call,
            &Refusal::unknown_client(&asked.client, call.control.tenant()),
        ));
    };
    let secrets = reader.access().secrets(&principal.id).await?;
    drop(reader);
    let fitting = secrets
        .iter()
        .find(|kept| fits_digest(call.control.keyring(), &asked.secret, &kept.digest));
    let refusal = match fitting {
        None => Refusal::wrong_secret(&asked.client),
        Some(kept) if kept.expires_at.is_some_and(|at| at <= call.now) => {
            Refusal::expired_secret(&asked.client)
        }
        Some(_) => return issue(&call, &principal, &asked.audience).await,
    };
    let outcome = format!("AADSTS{}", refusal.number);
    audit::refused(
        &call.control,
        &call.correlation,
        &principal.id,
        "signIn",
        "/",
        &outcome,
    )
    .await;
    Ok(refuse(&call, &refusal))
}

async fn issue(call: &Call, principal: &Principal, audience: &str) -> Result<Reply, Problem> {
    let token = call
        .control
        .issuer()
        .issue(principal, audience, call.now, call.control.entropy())
        .map_err(|error| {
            tracing::error!(error = %error, "an access token could not be signed");
            Problem::internal()
        })?;
    first_start::secret_was_used(&call.control, principal).await;
    let mut reply = answer::ok(&TokenAnswer {
        token_type: "Bearer",
        expires_in: TOKEN_LIFETIME_S,
        ext_expires_in: TOKEN_LIFETIME_S,
        access_token: token.expose(),
    });
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}

/// A token request that can be decided.
#[derive(Debug)]
struct Asked {
    client: String,
    secret: Secret,
    audience: String,
}

impl Asked {
    fn read(call: &Call, form: &Query) -> Result<Self, Refusal> {
        match form.get("grant_type") {
            Some("client_credentials") => {}
            Some(other) => return Err(Refusal::unsupported_grant(other)),
            None => return Err(Refusal::missing("grant_type", "client_credentials")),
        }
        let basic = basic(call);
        let client = form
            .get("client_id")
            .map(str::to_owned)
            .or_else(|| basic.as_ref().map(|(id, _)| id.clone()));
        let client =
            client.ok_or_else(|| Refusal::missing("client_id", "the application id of a principal"))?;
        if form.get("client_assertion").is_some() {
            return Err(Refusal::unsupported_assertion());
        }
        let secret = form
            .get("client_secret")
            .map(Secret::new)
            .or_else(|| basic.map(|(_, secret)| secret));
        let secret =
            secret.ok_or_else(|| Refusal::missing("client_secret", "the secret of the principal"))?;
        Ok(Self {
            client,
            secret,
            audience: audience(form)?,
        })
    }
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

// The audience is the scope without `/.default`. The cloud's command line writes `{ARM}//.default`, so its audience ends
// in a slash; both spellings are for the same resource.
fn audience(form: &Query) -> Result<String, Refusal> {
    let scope = form.get("scope").unwrap_or_default();
    let named = scope
        .split_whitespace()
        .find_map(|scope| scope.strip_suffix("/.default"))
        .or(form.get("resource"));
    match named {
        Some(audience) if !audience.is_empty() && audience.len() <= 256 => Ok(audience.to_owned()),
        _ => Err(Refusal::wrong_scope(scope)),
    }
}

/// Why there is no token.
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    number: u32,
    text: String,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, number: u32, text: String) -> Self {
        Self {
            status,
            error,
            number,
            text,
        }
    }

    pub(super) fn unknown_tenant(tenant: &str) -> Self {
        let text = format!(
            "Tenant '{}' not found. Check to make sure you have the correct tenant ID.",
            printable(tenant)
        );
        Self::new(StatusCode::BAD_REQUEST, "invalid_tenant", 90002, text)
    }

    fn unknown_client(client: &str, tenant: &str) -> Self {
        let text = format!(
            "Application with identifier '{}' was not found in the directory '{tenant}'.",
            printable(client)
        );
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", 700016, text)
    }

    fn wrong_secret(client: &str) -> Self {
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, for a \
             secret added to app '{}'.",
            printable(client)
        );
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", 7_000_215, text)
    }

    fn expired_secret(client: &str) -> Self {
        let text = format!(
            "The provided client secret keys for app '{}' are expired.",
            printable(client)
        );
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", 7_000_222, text)
    }

    fn unsupported_grant(grant: &str) -> Self {
        let text = format!(
            "The grant type '{}' is not supported yet: sign in as a service principal (client_credentials). Browser, device \
             code and refresh tokens come with a later version.",
            printable(grant)
        );
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", 70003, text)
    }

    fn unsupported_assertion() -> Self {
        let text = "Client assertions are not supported yet: use client_secret.".to_owned();
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", 70003, text)
    }

    fn missing(field: &str, what: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{field}', {what}.");
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", 900_144, text)
    }

    fn wrong_scope(scope: &str) -> Self {
        let text = format!(
            "The provided value for scope '{}' is not valid: client credential flows must have a scope value with \
             /.default suffixed to the resource identifier.",
            printable(scope)
        );
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", 1_002_012, text)
    }
}

/// A refusal as sign-in writes it, which is not how the resource manager does.
pub(super) fn refuse(call: &Call, refusal: &Refusal) -> Reply {
    let trace = call.new_id();
    let correlation = call
        .headers
        .get("client-request-id")
        .and_then(|id| id.to_str().ok())
        .map_or_else(|| call.correlation.clone(), printable);
    let time = shown(call.now);
    let mut reply = cupola_edge::json(
        refusal.status,
        &TokenError {
            error: refusal.error,
            error_description: format!(
                "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
                refusal.number, refusal.text
            ),
            error_codes: vec![refusal.number],
            timestamp: time.clone(),
            trace_id: trace,
            correlation_id: correlation,
        },
    );
    answer::set(&mut reply, "cache-control", "no-store");
    reply
}

fn shown(at: Timestamp) -> String {
    format!("{at:.0}").replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_the_scope_without_its_suffix() {
        let read = |form: &str| audience(&Query::parse(form)).ok();
        assert_eq!(
            read("scope=https%3A%2F%2Farm.test%2F.default").as_deref(),
            Some("https://arm.test")
        );
        assert_eq!(
            read("scope=https://arm.test//.default").as_deref(),
            Some("https://arm.test/")
        );
        assert_eq!(
            read("scope=openid+https://arm.test/.default").as_deref(),
            Some("https://arm.test")
        );
        assert_eq!(
            read("resource=https://arm.test/").as_deref(),
            Some("https://arm.test/")
        );
        assert_eq!(read("scope=/.default"), None);
        assert_eq!(read("scope=https://arm.test/read"), None);
        assert_eq!(read(""), None);
    }
}
