//! Who calls, and may they? A bearer token becomes a caller, a caller and an action become a grant.

use super::{Access, Call, Query, Reply, Route};
use crate::answer::Exchange;
use crate::audit;
use crate::control::Control;
use crate::roles;
use cupola_core::rbac::{self, Granted, Principal, RoleAssignment};
use cupola_core::{Code, Problem, ResourceId};
use cupola_identity::{Claims, TokenProblem};
use http::{HeaderMap, header};

/// Somebody who signed in, with what they hold.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    assignments: Vec<RoleAssignment>,
}

impl Caller {
    /// May they do this there?
    pub(crate) fn decide(&self, action: &str, scope: &str) -> Result<Granted, Problem> {
        let roles = roles::built_in();
        let decide = |action: &str| rbac::decide(&self.principal, action, scope, &self.assignments, roles);
        decide(action).or_else(|refusal| match other_name(action) {
            Some(other) => decide(&other).map_err(|_| refusal),
            None => Err(refusal),
        })
    }

    /// Do they hold anything at this scope, above it or below it?
    pub(crate) fn touches(&self, scope: &str) -> bool {
        self.assignments
            .iter()
            .any(|held| rbac::covers(&held.scope, scope) || rbac::covers(scope, &held.scope))
    }
}

// The documents write the permission for marketplace subscriptions in two ways; custom roles may hold either.
fn other_name(action: &str) -> Option<String> {
    action
        .contains("/marketplaceSubscriptions/")
        .then(|| action.replace("/marketplaceSubscriptions/", "/marketplaceModelSubscriptions/"))
}

/// What a caller may see of a list.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) caller: Caller,
    action: &'static str,
}

impl View {
    /// Is this resource in the list, as this caller sees it?
    pub(crate) fn sees(&self, id: &ResourceId) -> bool {
        self.caller.decide(self.action, &id.to_string()).is_ok()
    }

    /// Is this resource of any type in the list, as this caller sees it?
    pub(crate) fn may_read(&self, id: &ResourceId) -> bool {
        self.caller
            .decide(&format!("{}/read", id.resource_type()), &id.to_string())
            .is_ok()
    }
}

/// Authorization that passed, and the handler that it opens.
pub(super) enum Entry {
    Anonymous(fn(Call) -> super::Answer),
    SignedIn(fn(Call, Caller) -> super::Answer, Caller),
    List(fn(Call, View) -> super::Answer, View),
    Action(fn(Call, Granted) -> super::Answer, Granted),
}

impl Entry {
    pub(super) async fn serve(self, call: Call) -> Result<Reply, Problem> {
        match self {
            Self::Anonymous(handler) => handler(call).await,
            Self::SignedIn(handler, caller) => handler(call, caller).await,
            Self::List(handler, view) => handler(call, view).await,
            Self::Action(handler, grant) => handler(call, grant).await,
        }
    }
}

/// Decides whether this request may reach its handler.
pub(super) async fn enter(
    control: &Control,
    route: &'static Route,
    headers: &HeaderMap,
    query: &Query,
    scope: &str,
    exchange: &Exchange,
) -> Result<Entry, Problem> {
    if let Access::Anonymous(handler) = route.access {
        return Ok(Entry::Anonymous(handler));
    }
    let caller = sign_in(control, headers, exchange).await?;
    if route.versioned {
        query.api_version()?;
    }
    admit(control, route, caller, scope, exchange).await
}

/// Decides whether this caller may reach the handler of a route.
pub(super) async fn admit(
    control: &Control,
    route: &'static Route,
    caller: Caller,
    scope: &str,
    exchange: &Exchange,
) -> Result<Entry, Problem> {
    let asked = route.access.action(scope).unwrap_or_default();
    let asked = &asked;
    let refused = |caller: Caller, problem: Problem| async move {
        audit::refusal(
            control,
            exchange,
            &caller.principal.id,
            asked,
            scope,
            problem.code,
        )
        .await;
        problem
    };
    match route.access {
        Access::Anonymous(handler) => Ok(Entry::Anonymous(handler)),
        Access::SignedIn(handler) => Ok(Entry::SignedIn(handler, caller)),
        Access::List(action, handler) => match caller.decide(action, scope) {
            Err(problem) if !caller.touches(scope) => Err(refused(caller, problem).await),
            _ => Ok(Entry::List(handler, View { caller, action })),
        },
        Access::Action(action, handler) => match caller.decide(action, scope) {
            Ok(grant) => Ok(Entry::Action(handler, grant)),
            Err(problem) => Err(refused(caller, problem).await),
        },
        Access::Derived(_, handler) => match caller.decide(asked, scope) {
            Ok(grant) => Ok(Entry::Action(handler, grant)),
            Err(problem) => Err(refused(caller, problem).await),
        },
    }
}

async fn sign_in(control: &Control, headers: &HeaderMap, exchange: &Exchange) -> Result<Caller, Problem> {
    let token = bearer(headers)?;
    let claims = match verify(control, token, exchange) {
        Ok(claims) => claims,
        Err(problem) => {
            if let TokenProblem::Expired { oid, .. } = &problem {
                audit::refusal(
                    control,
                    exchange,
                    oid,
                    "signIn",
                    "/",
                    Code::ExpiredAuthenticationToken,
                )
                .await;
            }
            return Err(outward(&problem));
        }
    };
    known(control, &claims.oid).await
}

/// The caller of this object id, with what they hold now.
pub(super) async fn known(control: &Control, oid: &str) -> Result<Caller, Problem> {
    let mut reader = control.store().reader().await?;
    let principal = reader.access().active_principal(oid).await?.ok_or_else(|| {
        Problem::new(
            Code::InvalidAuthenticationToken,
            format!("The principal '{oid}' of the access token is not in this tenant any more."),
        )
    })?;
    let assignments = reader.access().assignments(Some(&principal.id)).await?;
    Ok(Caller {
        principal,
        assignments,
    })
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = |why| {
        Problem::new(
            Code::AuthenticationFailed,
            format!("Authentication failed. {why}"),
        )
    };
    let value = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| missing("The 'Authorization' header is missing."))?;
    let value = value
        .to_str()
        .map_err(|_| missing("The 'Authorization' header cannot be read."))?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim())
        }
        _ => Err(missing(
            "The 'Authorization' header must be 'Bearer TOKEN', with a token from this server's token endpoint.",
        )),
    }
}

// The resource manager is known under several names; a token for any of them, with or without a slash, is for us.
fn verify(control: &Control, token: &str, exchange: &Exchange) -> Result<Claims, TokenProblem> {
    let addresses = control.addresses();
    let own = [
        Some(addresses.https.as_str()),
        addresses.http.as_deref(),
        Some(exchange.origin.as_str()),
    ];
    let public = [
        "https://management.azure.com",
        "https://management.core.windows.net",
    ];
    let mut audiences: Vec<String> = Vec::with_capacity(12);
    for name in own.into_iter().flatten().chain(public) {
        audiences.push(name.to_owned());
        audiences.push(format!("{name}/"));
    }
    let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
    control.issuer().verify(token, exchange.now, &audiences)
}

fn outward(problem: &TokenProblem) -> Problem {
    match problem {
        TokenProblem::Expired { expired_at, .. } => Problem::new(
            Code::ExpiredAuthenticationToken,
            format!("The access token expiry UTC time '{expired_at}' is earlier than current UTC time."),
        ),
        other => Problem::new(
            Code::InvalidAuthenticationToken,
            format!("The access token is invalid: {other}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_marketplace_permission_count() {
        let other = other_name("Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/read");
        assert!(other.is_some_and(|name| name.ends_with("workspaces/marketplaceModelSubscriptions/read")));
        assert_eq!(
            other_name("Microsoft.MachineLearningServices/workspaces/read"),
            None
        );
    }

    #[test]
    fn only_a_bearer_header_carries_a_token() {
        let read = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, http::HeaderValue::from_static(value));
            }
            bearer(&headers)
                .map(str::to_owned)
                .map_err(|problem| problem.code)
        };
        assert_eq!(read(Some("bearer  abc ")), Ok("abc".to_owned()));
        for wrong in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic abc")] {
            assert_eq!(read(wrong), Err(Code::AuthenticationFailed), "{wrong:?}");
        }
    }
}
