//! Who may not ask: no key, a wrong one, a token that proves nothing, a principal without the role.

use super::{Refusal, WRONG_KEY};
use crate::snapshot::Site;
use cupola_core::name::printable;
use cupola_identity::Right;
use cupola_wire::openai::{Surface, envelope};
use http::{Method, StatusCode};
use serde_json::json;

impl Refusal {
    /// Neither a key of the site nor anything that could be a token.
    pub(crate) fn no_key(surface: Surface, site: &Site, some_key: bool) -> Self {
        if !site.is_account() {
            let message = match (site.local_auth, some_key) {
                (false, _) => {
                    "Auth token validation failed: keys of this endpoint are not taken (authMode is AAD); send an access \
                     token for https://ml.azure.com as 'Authorization: Bearer TOKEN'."
                }
                (true, true) => "Auth token validation failed: it is neither of the endpoint's two keys.",
                (true, false) => {
                    "Auth token validation failed: send one of the endpoint's keys as 'Authorization: Bearer KEY' or \
                     'api-key: KEY'."
                }
            };
            return Self::new(surface, StatusCode::UNAUTHORIZED, "Unauthorized", message);
        }
        if some_key || has_words_of_its_own(surface) {
            let message = if site.local_auth {
                WRONG_KEY
            } else {
                "Keys of this account are disabled (disableLocalAuth); send an access token for \
                 https://cognitiveservices.azure.com as 'Authorization: Bearer TOKEN'."
            };
            return Self::new(surface, StatusCode::UNAUTHORIZED, "401", message);
        }
        Self::no_token(surface, "")
    }

    /// A token, where keys alone are taken.
    pub(crate) fn keys_alone(surface: Surface) -> Self {
        let message = "Auth token validation failed: this endpoint takes its two keys and no tokens (authMode is Key). Put the \
                       endpoint again with properties.authMode KeyAndAAD or AAD, or send a key.";
        Self::new(surface, StatusCode::UNAUTHORIZED, "Unauthorized", message)
    }

    /// A token that proves nothing, and why not.
    pub(crate) fn unproven(surface: Surface, site: &Site, why: &str) -> Self {
        let why = printable(why);
        if site.is_account() {
            return Self::no_token(surface, &format!(" In this case, {why}."));
        }
        let message = format!("Auth token validation failed: {why}.");
        Self::new(surface, StatusCode::UNAUTHORIZED, "Unauthorized", &message)
    }

    // What stands before an account answers in words of its own.
    fn no_token(surface: Surface, why: &str) -> Self {
        let message = format!(
            "Unauthorized. Access token is missing, invalid, audience is incorrect \
             (https://cognitiveservices.azure.com), or have expired.{why}"
        );
        if has_words_of_its_own(surface) {
            return Self::new(surface, StatusCode::UNAUTHORIZED, "401", &message);
        }
        let body = json!({ "statusCode": 401, "message": message });
        Self::with_body(StatusCode::UNAUTHORIZED, "401", body)
    }

    /// The token is good, and its principal lacks the right; with the command that gives it.
    pub(crate) fn forbidden(
        surface: Surface,
        (principal, right, scope): (&str, Right, &str),
        (method, path): (&Method, &str),
    ) -> Self {
        let kind = match right {
            Right::Action(_) => "action",
            Right::Data(_) => "data action",
        };
        let message = format!(
            "The principal `{principal}` lacks the required {kind} `{}` to perform `{} {}` operation. Give it with: az role \
             assignment create --assignee {principal} --role '{}' --scope {scope}",
            right.name(),
            printable(method.as_str()),
            printable(path),
            role_with(right),
        );
        let body = envelope(surface, "PermissionDenied", &message, None);
        Self::with_body(StatusCode::FORBIDDEN, "PermissionDenied", body)
    }

    /// Nobody can tell what the bearer of a token holds.
    pub(crate) fn undecided(surface: Surface) -> Self {
        let message =
            "What the bearer of the access token may do cannot be read at the moment. Try again shortly.";
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "AuthorizationUnavailable",
            message,
        )
        .retry_after(1)
    }
}

// Clients of these read their own shape alone.
fn has_words_of_its_own(surface: Surface) -> bool {
    matches!(surface, Surface::Anthropic | Surface::Cohere)
}

/// The built-in role that gives a right and little else.
fn role_with(right: Right) -> &'static str {
    match right {
        Right::Action(name) if name.ends_with("/read") => "Reader",
        Right::Action(_) => "Azure AI Developer",
        Right::Data(name) if name.contains("/OpenAI/") => "Cognitive Services OpenAI User",
        Right::Data(_) => "Cognitive Services User",
    }
}
