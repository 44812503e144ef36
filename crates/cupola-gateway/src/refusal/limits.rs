//! Too much for this minute: whose limit, which one, how much of it is used, when it is free again.

use super::Refusal;
use crate::infer::Asked;
use crate::snapshot::Deployment;
use cupola_core::quota::{Limit, Refusal as OverLimit, Whose};
use cupola_wire::openai::envelope;
use http::StatusCode;
use serde_json::json;

impl Refusal {
    pub(crate) fn over_limit(
        asked: &Asked<'_>,
        deployment: &Deployment,
        whose: Whose,
        over: &OverLimit,
    ) -> Self {
        let unit = match over.limit {
            Limit::Tokens => "tokens",
            Limit::Requests => "requests",
        };
        let (scope, whose) = match whose {
            Whose::Key => ("key", format!("the {} key", asked.credential.name)),
            Whose::Deployment if asked.site.is_account() => {
                ("deployment", format!("the deployment '{}'", deployment.name))
            }
            Whose::Deployment => ("endpoint", format!("the endpoint '{}'", deployment.name)),
        };
        let message = format!(
            "Rate limit is exceeded. Try again in {} seconds. {} of {} {unit} per minute of {whose} are used or reserved.",
            over.retry_after_s, over.used, over.allowed
        );
        let mut body = envelope(asked.surface, "429", &message, None);
        body["error"]["details"] = json!([{
            "code": "RateLimitReached",
            "target": format!("{unit}_per_minute"),
            "scope": scope,
            "message": format!("used {}, limit {}, reset in {} s", over.used, over.allowed, over.retry_after_s),
        }]);
        Self::with_body(StatusCode::TOO_MANY_REQUESTS, "429", body)
            .retry_after(over.retry_after_s)
            .standing(over.standing)
    }
}
