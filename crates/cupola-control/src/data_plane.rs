//! Who may ask the data plane with an access token: this server's tokens, and what their principals hold.

use crate::control::Control;
use crate::dispatch;
use cupola_core::{Code, Timestamp};
use cupola_identity::{Denial, Judge, Judging, Permit, Right};

// What inference clients ask tokens for, as each of them spells it.
const AUDIENCES: [&str; 6] = [
    "https://ml.azure.com",
    "https://ml.azure.com/",
    "https://cognitiveservices.azure.com",
    "https://cognitiveservices.azure.com/",
    "https://ai.azure.com",
    "https://ai.azure.com/",
];

impl Judge for Control {
    fn judge<'a>(&'a self, token: &'a str, right: Right, scope: &'a str, now: Timestamp) -> Judging<'a> {
        Box::pin(judged(self, token, right, scope, now))
    }
}

async fn judged(
    control: &Control,
    token: &str,
    right: Right,
    scope: &str,
    now: Timestamp,
) -> Result<Permit, Denial> {
    let claims = control
        .issuer()
        .verify(token, now, &AUDIENCES)
        .map_err(|problem| Denial::Unproven(problem.to_string()))?;
    let caller = dispatch::known(control, &claims.oid).await.map_err(|problem| {
        if problem.code == Code::InvalidAuthenticationToken {
            return Denial::Unproven(
                "the principal of the access token is not in this tenant any more".to_owned(),
            );
        }
        tracing::error!(error = %problem, "what the bearer of a token holds could not be read");
        Denial::Unavailable
    })?;
    let expires_at = Timestamp::from_second(claims.exp).unwrap_or(now);
    let principal = caller.principal.id.clone();
    if caller.has(right, scope) {
        Ok(Permit {
            principal,
            expires_at,
        })
    } else {
        Err(Denial::Forbidden {
            principal,
            expires_at,
        })
    }
}
