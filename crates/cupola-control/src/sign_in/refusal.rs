//! Why somebody does not get what they asked the identity host for, as its clients read it: `AADSTS` and a number.

use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Timestamp;
use cupola_core::name::printable;
use cupola_identity::TokenProblem;
use cupola_wire::arm::identity::TokenError;
use http::StatusCode;

/// Why there is no token.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) number: u32,
    pub(super) text: String,
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

impl Refusal {
    fn new(status: StatusCode, error: &'static str, number: u32, text: impl Into<String>) -> Self {
        Self {
            status,
            error,
            number,
            text: text.into(),
        }
    }

    /// What the audit record calls it.
    pub(super) fn code(&self) -> String {
        format!("AADSTS{}", self.number)
    }

    pub(super) fn unknown_tenant(tenant: &str) -> Self {
        let text = format!(
            "Tenant '{}' not found. Check to make sure you have the correct tenant ID.",
            printable(tenant)
        );
        Self::new(BAD, "invalid_tenant", 90002, text)
    }

    pub(super) fn unknown_client(client: &str, tenant: &str) -> Self {
        let text = format!(
            "Application with identifier '{}' was not found in the directory '{tenant}'.",
            printable(client)
        );
        Self::new(BAD, "unauthorized_client", 700_016, text)
    }

    pub(super) fn wrong_secret(client: &str) -> Self {
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, for a \
             secret added to app '{}'.",
            printable(client)
        );
        Self::new(UNAUTHORIZED, "invalid_client", 7_000_215, text)
    }

    pub(super) fn expired_secret(client: &str) -> Self {
        let text = format!(
            "The provided client secret keys for app '{}' are expired. Add a new one and use that.",
            printable(client)
        );
        Self::new(UNAUTHORIZED, "invalid_client", 7_000_222, text)
    }

    pub(super) fn disabled_client(client: &str) -> Self {
        let text = format!(
            "The service principal of app '{}' is disabled.",
            printable(client)
        );
        Self::new(UNAUTHORIZED, "unauthorized_client", 7_000_112, text)
    }

    pub(super) fn public_client_needed(client: &str) -> Self {
        let text = format!(
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret', because app '{}' \
             is not registered as a public client.",
            printable(client)
        );
        Self::new(UNAUTHORIZED, "invalid_client", 7_000_218, text)
    }

    pub(super) fn unsupported_grant(grant: &str) -> Self {
        let text = format!(
            "The grant type '{}' is not supported: use client_credentials, authorization_code, \
             urn:ietf:params:oauth:grant-type:device_code, refresh_token or password.",
            printable(grant)
        );
        Self::new(BAD, "unsupported_grant_type", 70003, text)
    }

    pub(super) fn wrong_assertion(client: &str, why: &TokenProblem) -> Self {
        match why {
            TokenProblem::Expired { expired_at, .. } => Self::new(
                UNAUTHORIZED,
                "invalid_client",
                700_024,
                format!(
                    "Client assertion of app '{}' is not within its valid time range: it expired at {expired_at}.",
                    printable(client)
                ),
            ),
            TokenProblem::WrongAudience(audience) => Self::new(
                UNAUTHORIZED,
                "invalid_client",
                700_212,
                format!(
                    "No matching audience: the client assertion is for '{}', which is not this token endpoint or an \
                     audience of a federated credential.",
                    printable(audience)
                ),
            ),
            other => Self::new(
                UNAUTHORIZED,
                "invalid_client",
                700_027,
                format!(
                    "Client assertion of app '{}' failed validation: {other}.",
                    printable(client)
                ),
            ),
        }
    }

    pub(super) fn no_federated_credential(issuer: &str, subject: &str) -> Self {
        let text = format!(
            "No matching federated identity record found for presented assertion issuer '{}' and subject '{}'. Add a \
             federated credential with exactly these values to the application.",
            printable(issuer),
            printable(subject)
        );
        Self::new(UNAUTHORIZED, "invalid_client", 700_213, text)
    }

    pub(super) fn issuer_unreachable(issuer: &str) -> Self {
        let text = format!(
            "The signing keys of the issuer '{}' could not be read. Check that this server can reach its discovery document.",
            printable(issuer)
        );
        Self::new(BAD, "invalid_request", 50_166, text)
    }

    pub(super) fn missing(field: &str, what: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{field}', {what}.");
        Self::new(BAD, "invalid_request", 900_144, text)
    }

    pub(super) fn malformed(why: &str) -> Self {
        Self::new(
            BAD,
            "invalid_request",
            9_002_313,
            format!("Invalid request. Request is malformed or invalid: {why}."),
        )
    }

    pub(super) fn wrong_scope(scope: &str) -> Self {
        let text = format!(
            "The provided value for scope '{}' is not valid: client credential flows must have a scope value with \
             /.default suffixed to the resource identifier.",
            printable(scope)
        );
        Self::new(BAD, "invalid_scope", 1_002_012, text)
    }

    pub(super) fn unusable_scope(scope: &str) -> Self {
        let text = format!(
            "The provided value for the input parameter 'scope' is not valid: '{}' names no resource; ask for RESOURCE/.default.",
            printable(scope)
        );
        Self::new(BAD, "invalid_scope", 70011, text)
    }

    pub(super) fn wrong_redirect(given: &str, client: &str) -> Self {
        let text = format!(
            "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application \
             '{}'. Register it, exactly as it is sent.",
            printable(given),
            printable(client)
        );
        Self::new(BAD, "invalid_request", 50_011, text)
    }

    pub(super) fn challenge_needed() -> Self {
        Self::new(
            BAD,
            "invalid_request",
            9_002_325,
            "Proof Key for Code Exchange is required: send code_challenge with code_challenge_method=S256.",
        )
    }

    pub(super) fn wrong_verifier() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub(super) fn other_redirect() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            500_112,
            "The reply address does not match the reply address provided when requesting the authorization code.",
        )
    }

    pub(super) fn unknown_code() -> Self {
        Self {
            error: "invalid_grant",
            ..Self::malformed("the code is not one of this server's")
        }
    }

    pub(super) fn used_code() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            54005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh \
             token. What came from it was revoked.",
        )
    }

    pub(super) fn expired_code() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
             authorization request for this user and resource.",
        )
    }

    pub(super) fn unknown_refresh_token() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            70000,
            "The provided refresh token is not valid: it was revoked, or it is not of this application. Sign in again.",
        )
    }

    pub(super) fn replayed_refresh_token() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            70043,
            "The refresh token has expired or is invalid due to sign-in frequency checks: it was used before, so everything \
             that came from its sign-in was revoked. Sign in again.",
        )
    }

    pub(super) fn wrong_password() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            50126,
            "Error validating credentials due to invalid username or password.",
        )
    }

    pub(super) fn locked() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            50053,
            "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, \
             contact your admin.",
        )
    }

    pub(super) fn disabled_user() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            50057,
            "The user account is disabled. The account has been disabled by an administrator.",
        )
    }

    pub(super) fn unknown_user() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            50034,
            "The user account does not exist in the directory any more. To sign in, the account must be added to the directory.",
        )
    }

    pub(super) fn password_must_change() -> Self {
        Self::new(
            BAD,
            "invalid_grant",
            50055,
            "The password is expired: sign in with a browser once and choose a new one.",
        )
    }

    pub(super) fn sign_in_needed() -> Self {
        Self::new(
            BAD,
            "login_required",
            50058,
            "A silent sign-in request was sent but no user is signed in.",
        )
    }

    pub(super) fn pending() -> Self {
        Self::new(
            BAD,
            "authorization_pending",
            70016,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }

    pub(super) fn slow_down() -> Self {
        Self::new(
            BAD,
            "slow_down",
            90_100,
            "The device polls too often: wait for the interval that the device code came with.",
        )
    }

    pub(super) fn expired_device() -> Self {
        Self::new(
            BAD,
            "expired_token",
            70020,
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        )
    }

    pub(super) fn declined() -> Self {
        Self::new(
            BAD,
            "authorization_declined",
            70_044,
            "The person declined the request of the device.",
        )
    }

    pub(super) fn too_many_devices() -> Self {
        Self::busy("too many devices wait for a person")
    }

    pub(super) fn busy(why: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            90033,
            format!("A transient error has occurred: {why}. Please try again in a moment."),
        )
    }

    pub(super) fn provider_failed(provider: &str, why: &str) -> Self {
        let text = format!("Sign-in with '{}' did not succeed: {why}.", printable(provider));
        Self::new(BAD, "access_denied", 50_107, text)
    }

    pub(super) fn stale_page() -> Self {
        Self::new(
            BAD,
            "invalid_request",
            90_015,
            "This page is older than its sign-in, or cookies are switched off. Go back to the application and sign in again.",
        )
    }

    pub(super) fn bad_invitation() -> Self {
        Self::new(
            BAD,
            "invalid_request",
            90_072,
            "The invitation was used, has expired, or is incomplete. Ask an administrator for a new one: cupola ad user invite.",
        )
    }
}

/// The numbers under which a refusal can be found again.
pub(super) struct Traced {
    pub(super) trace: String,
    pub(super) correlation: String,
    pub(super) time: String,
}

pub(super) fn trace(call: &Call) -> Traced {
    let correlation = call
        .headers
        .get("client-request-id")
        .and_then(|id| id.to_str().ok())
        .map_or_else(|| call.correlation.clone(), printable);
    Traced {
        trace: call.new_id(),
        correlation,
        time: shown(call.now),
    }
}

/// A refusal as sign-in writes it, which is not how the resource manager does.
pub(super) fn refuse(call: &Call, refusal: &Refusal) -> Reply {
    let traced = trace(call);
    let mut reply = cupola_edge::json(
        refusal.status,
        &TokenError {
            error: refusal.error,
            error_description: described(refusal, &traced),
            error_codes: vec![refusal.number],
            timestamp: traced.time,
            trace_id: traced.trace,
            correlation_id: traced.correlation,
        },
    );
    answer::set(&mut reply, "cache-control", "no-store");
    if refusal.status == StatusCode::SERVICE_UNAVAILABLE {
        answer::set(&mut reply, "retry-after", "2");
    }
    reply
}

/// The sentence that clients print.
pub(super) fn described(refusal: &Refusal, traced: &Traced) -> String {
    format!(
        "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
        refusal.number, refusal.text, traced.trace, traced.correlation, traced.time
    )
}

fn shown(at: Timestamp) -> String {
    format!("{at:.0}").replace('T', " ")
}
