//! Access tokens instead of keys: whose they are, and whether their principal may ask this site for this.

use crate::Shared;
use crate::keys::{self, Credential};
use crate::refusal::Refusal;
use crate::route::{Action, Route};
use crate::snapshot::Site;
use arc_swap::ArcSwap;
use cupola_core::{Operation, Timestamp};
use cupola_identity::{Denial, Permit, Right, looks_like_token};
use cupola_wire::openai::Surface;
use http::Method;
use http::request::Parts;
use std::collections::HashMap;
use std::sync::Arc;

// A role that is taken away goes on for so long at most: what the store says is asked again after it.
const PERMIT_S: i64 = 30;
// Whoever was just given a role does not wait long; whoever keeps asking without one does not reach the store each time.
const REFUSAL_S: i64 = 5;
const VERDICTS_MAX: usize = 1024;

// The service of serverless endpoints has its scoring among the actions of a role, not among the data actions: so stands
// `onlineEndpoints/score/action` in the built-in roles, and so Azure AI Developer reaches it.
const SCORE: Right =
    Right::Action("Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/score/action");

// Reading what was used is managing, not asking.
const ENDPOINT_USAGE: Right =
    Right::Action("Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read");
const ACCOUNT_USAGE: Right = Right::Action("Microsoft.CognitiveServices/accounts/usages/read");

/// What was decided a moment ago. Only tokens with a good signature get in, so that nobody can fill it with nonsense.
#[derive(Default)]
pub(crate) struct Verdicts(ArcSwap<HashMap<Key, Kept>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Of the token: the token itself is kept nowhere.
    digest: [u8; 32],
    right: Right,
    scope: Arc<str>,
}

#[derive(Debug, Clone)]
struct Kept {
    principal: Arc<str>,
    is_allowed: bool,
    /// Unix seconds.
    until_s: i64,
}

/// Passes who has a token for this, after no key fitted.
pub(crate) async fn check(
    gateway: &Shared,
    site: &Site,
    head: &Parts,
    route: &Route<'_>,
) -> Result<Credential, Refusal> {
    let surface = route.surface;
    let Some(token) = keys::bearer_of(&head.headers).filter(|text| looks_like_token(text)) else {
        let some_key = keys::candidates(&head.headers).next().is_some();
        return Err(Refusal::no_key(surface, site, some_key));
    };
    if !site.takes_tokens {
        return Err(Refusal::keys_alone(surface));
    }
    let now = gateway.deps.clock.now();
    let key = Key {
        digest: gateway.deps.keyring.digest(token.as_bytes()),
        right: right(site.is_account(), route, &head.method),
        scope: Arc::clone(&site.id),
    };
    let kept = match gateway.verdicts.find(&key, now) {
        Some(kept) => kept,
        None => {
            let judged = gateway.deps.tokens.judge(token, key.right, &site.id, now).await;
            let kept = kept(judged, now).map_err(|denial| match denial {
                Denial::Unproven(why) => Refusal::unproven(surface, site, &why),
                Denial::Forbidden { .. } | Denial::Unavailable => Refusal::undecided(surface),
            })?;
            gateway.verdicts.keep(key.clone(), kept.clone(), now);
            kept
        }
    };
    if kept.is_allowed {
        return Ok(Credential {
            name: kept.principal,
            key: None,
        });
    }
    Err(Refusal::forbidden(
        surface,
        (&kept.principal, key.right, &site.id),
        (&head.method, head.uri.path()),
    ))
}

// What is known of the principal, and how long; the rest is about the token or about us.
fn kept(judged: Result<Permit, Denial>, now: Timestamp) -> Result<Kept, Denial> {
    let (principal, is_allowed, expires_at, seconds) = match judged {
        Ok(Permit {
            principal,
            expires_at,
        }) => (principal, true, expires_at, PERMIT_S),
        Err(Denial::Forbidden {
            principal,
            expires_at,
        }) => (principal, false, expires_at, REFUSAL_S),
        Err(other) => return Err(other),
    };
    Ok(Kept {
        principal: principal.into(),
        is_allowed,
        until_s: (now.as_second() + seconds).min(expires_at.as_second()),
    })
}

/// What a role has to allow. Whoever asks for what there is not, needs what reading needs.
fn right(is_account: bool, route: &Route<'_>, method: &Method) -> Right {
    use Operation::{Chat, Completions, Embeddings, Forecast, ImageEmbeddings, Images, Rerank};
    match (route.action, is_account) {
        (Some(Action::Usage), false) => return ENDPOINT_USAGE,
        (Some(Action::Usage), true) => return ACCOUNT_USAGE,
        (_, false) => return SCORE,
        (Some(Action::Responses(route)), true) => return Right::Data(route.data_action(method)),
        (_, true) => {}
    }
    let operation = match route.action {
        Some(Action::Infer(form)) => Some(form.operation()),
        // What a prompt weighs is asked by whoever sends it.
        Some(Action::CountTokens) => Some(Chat),
        Some(Action::Forecast(_)) => Some(Forecast),
        Some(Action::Info | Action::Models | Action::Model(_) | Action::Usage | Action::Responses(_))
        | None => None,
    };
    let is_openai = matches!(route.surface, Surface::OpenAi | Surface::AzureOpenAi);
    Right::Data(match (is_openai, operation) {
        (true, Some(Chat)) => {
            "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
        }
        (true, Some(Completions)) => {
            "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action"
        }
        (true, Some(Embeddings)) => {
            "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action"
        }
        (true, Some(Images)) => "Microsoft.CognitiveServices/accounts/OpenAI/images/generations/action",
        (true, None) => "Microsoft.CognitiveServices/accounts/OpenAI/models/read",
        (false, Some(Chat)) => "Microsoft.CognitiveServices/accounts/MaaS/chat/completions/action",
        (_, Some(Completions)) => "Microsoft.CognitiveServices/accounts/MaaS/completions/action",
        (false, Some(Embeddings)) => "Microsoft.CognitiveServices/accounts/MaaS/embeddings/action",
        (_, Some(ImageEmbeddings)) => "Microsoft.CognitiveServices/accounts/MaaS/images/embeddings/action",
        (_, Some(Images)) => "Microsoft.CognitiveServices/accounts/MaaS/images/generations/action",
        (_, Some(Rerank)) => "Microsoft.CognitiveServices/accounts/MaaS/rerank/action",
        (_, Some(Forecast)) => "Microsoft.CognitiveServices/accounts/MaaS/forecast/action",
        (false, None) => "Microsoft.CognitiveServices/accounts/MaaS/info/read",
    })
}

impl Verdicts {
    fn find(&self, key: &Key, now: Timestamp) -> Option<Kept> {
        let all = self.0.load();
        all.get(key)
            .filter(|kept| now.as_second() < kept.until_s)
            .cloned()
    }

    // Copies what there is, which happens once in half a minute for each token and right.
    fn keep(&self, key: Key, kept: Kept, now: Timestamp) {
        let now_s = now.as_second();
        if kept.until_s <= now_s {
            return;
        }
        self.0.rcu(|all| {
            let mut next: HashMap<Key, Kept> = all
                .iter()
                .filter(|(_, kept)| now_s < kept.until_s)
                .map(|(key, kept)| (key.clone(), kept.clone()))
                .collect();
            if next.len() >= VERDICTS_MAX
                && let Some(first) = next
                    .iter()
                    .min_by_key(|(_, kept)| kept.until_s)
                    .map(|(key, _)| key.clone())
            {
                next.remove(&first);
            }
            next.insert(key.clone(), kept.clone());
            next
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn key(number: u32) -> Key {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        Key {
            digest,
            right: SCORE,
            scope: "/s".into(),
        }
    }

    fn permit(expires: i64) -> Result<Permit, Denial> {
        Ok(Permit {
            principal: "o".into(),
            expires_at: at(expires),
        })
    }

    #[test]
    fn a_verdict_lasts_half_a_minute_and_no_longer_than_its_token() {
        let check = |judged, seconds, expected| {
            let kept = kept(judged, at(0)).expect("a verdict");
            let verdicts = Verdicts::default();
            verdicts.keep(key(1), kept, at(0));
            assert_eq!(
                verdicts.find(&key(1), at(seconds)).is_some(),
                expected,
                "after {seconds} s"
            );
            assert!(verdicts.find(&key(2), at(0)).is_none());
        };
        check(permit(3600), 29, true);
        check(permit(3600), 30, false);
        check(permit(10), 9, true);
        check(permit(10), 10, false);
        check(permit(-100), 0, false);
        let refused = || {
            Err(Denial::Forbidden {
                principal: "o".into(),
                expires_at: at(3600),
            })
        };
        check(refused(), 4, true);
        check(refused(), 5, false);
    }

    #[test]
    fn there_is_a_bound_on_what_is_kept_and_what_ends_first_goes_first() {
        let verdicts = Verdicts::default();
        for number in 0..VERDICTS_MAX as u32 + 10 {
            let expires = if number == 7 { 5 } else { 3600 };
            verdicts.keep(
                key(number),
                kept(permit(expires), at(0)).expect("a verdict"),
                at(0),
            );
        }
        assert_eq!(verdicts.0.load().len(), VERDICTS_MAX);
        assert!(verdicts.find(&key(7), at(0)).is_none());
        assert!(verdicts.find(&key(VERDICTS_MAX as u32 + 9), at(0)).is_some());
        verdicts.keep(key(0), kept(permit(3600), at(40)).expect("a verdict"), at(40));
        assert_eq!(verdicts.0.load().len(), 1, "what is over is forgotten");
    }

    #[test]
    fn what_proves_nothing_is_not_kept() {
        for denial in [Denial::Unproven("x".into()), Denial::Unavailable] {
            assert_eq!(kept(Err(denial.clone()), at(0)).expect_err("no verdict"), denial);
        }
    }

    #[test]
    fn each_surface_of_an_account_has_its_own_right() {
        let check_of = |method: &Method, surface, action, expected: &str| {
            let route = Route {
                surface,
                action,
                deployment: None,
            };
            let found = right(true, &route, method);
            assert_eq!(
                found.name().strip_prefix("Microsoft.CognitiveServices/accounts/"),
                Some(expected)
            );
            assert_eq!(right(false, &route, method), SCORE);
        };
        let check = |surface, action, expected: &str| check_of(&Method::POST, surface, action, expected);
        let chat = Some(Action::Infer(crate::forms::Form::Chat));
        check(
            Surface::OpenAi,
            chat,
            "OpenAI/deployments/chat/completions/action",
        );
        check(
            Surface::AzureOpenAi,
            chat,
            "OpenAI/deployments/chat/completions/action",
        );
        check(Surface::ModelInference, chat, "MaaS/chat/completions/action");
        check(Surface::Anthropic, chat, "MaaS/chat/completions/action");
        check(Surface::AzureOpenAi, Some(Action::Models), "OpenAI/models/read");
        check(Surface::ModelInference, Some(Action::Info), "MaaS/info/read");
        check(Surface::TimeGen, None, "MaaS/info/read");
        let kept = |route| Some(Action::Responses(route));
        let one = kept(kept::Route::One("r"));
        check(
            Surface::OpenAi,
            kept(kept::Route::Create),
            "OpenAI/deployments/chat/completions/action",
        );
        check_of(&Method::GET, Surface::AzureOpenAi, one, "OpenAI/responses/read");
        check_of(
            &Method::DELETE,
            Surface::AzureOpenAi,
            one,
            "OpenAI/responses/delete",
        );
        check_of(
            &Method::GET,
            Surface::OpenAi,
            kept(kept::Route::InputItems("r")),
            "OpenAI/responses/read",
        );
        check(
            Surface::OpenAi,
            kept(kept::Route::Cancel("r")),
            "OpenAI/responses/write",
        );
    }
}
