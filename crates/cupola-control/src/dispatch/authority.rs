//! Who calls, and may they? A bearer token becomes a caller, a caller and an action become a grant.

use super::{Access, Call, Query, Reply, Route};
use crate::answer::Exchange;
use crate::audit;
use crate::control::Control;
use crate::{locks, roles};
use cupola_core::rbac::{self, Granted, Principal, RoleDefinition};
use cupola_core::{Code, Problem, ResourceId};
use cupola_identity::{Claims, Right, TokenProblem};
use cupola_store::roles::Held;
use cupola_store::{Reader, UnitOfWork};
use http::{HeaderMap, Method, header};
use std::sync::Arc;

// So many uses of expired tokens are recorded in ten minutes from one address.
const EXPIRED_MAX: u32 = 100;

/// Somebody who signed in, with what they hold.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    held: Arc<[Held]>,
}

impl Caller {
    /// What a principal holds, read in one question whose cost is what they hold.
    pub(crate) async fn of(reader: &mut Reader, principal: Principal) -> Result<Self, Problem> {
        let held = reader.access().held(&principal.id).await?.into();
        Ok(Self { principal, held })
    }

    /// The same, as the unit of work sees it.
    pub(crate) async fn within(work: &mut UnitOfWork, principal: Principal) -> Result<Self, Problem> {
        let held = work.access().held(&principal.id).await?.into();
        Ok(Self { principal, held })
    }

    /// May they do this there?
    pub(crate) fn decide(&self, action: &str, scope: &str) -> Result<Granted, Problem> {
        let grant = self
            .decide_plainly(action, scope)
            .or_else(|refusal| match other_name(action) {
                Some(other) => self.decide_plainly(&other, scope).map_err(|_| refusal),
                None => Err(refusal),
            })?;
        if action.eq_ignore_ascii_case(SUBSCRIBE) {
            self.may_buy(scope)?;
        }
        if writes_principals(action) {
            self.may_be_anybody(action, scope)?;
        }
        Ok(grant)
    }

    // Who writes principals can sign in as any of them. A role that allows everything but giving roles, as Contributor
    // does, must not lead there: it takes the right to give roles, or a role that names this very thing.
    fn may_be_anybody(&self, action: &str, scope: &str) -> Result<(), Problem> {
        let names_it = |role: &RoleDefinition| {
            let named = |patterns: &[String]| {
                patterns
                    .iter()
                    .any(|pattern| writes_principals(pattern) && rbac::matches(pattern, action))
            };
            role.permissions
                .iter()
                .any(|block| named(&block.actions) && rbac::allows(std::slice::from_ref(block), action))
        };
        let named = self
            .reaching(scope)
            .any(|(held, role)| !held.conditional && role.is_some_and(names_it));
        if named {
            return Ok(());
        }
        self.decide_plainly("Microsoft.Authorization/roleAssignments/write", scope)
            .map(|_| ())
            .map_err(|_| rbac::refused(&self.principal, action, scope))
    }

    /// May they do this at another scope too, which their request names?
    pub(crate) fn decide_linked(&self, grant: &Granted, action: &str, linked: &str) -> Result<(), Problem> {
        if self.decide(action, linked).is_ok() {
            return Ok(());
        }
        Err(Problem::new(
            Code::LinkedAuthorizationFailed,
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; however, it does \
                 not have permission to perform action '{action}' on the linked scope(s) '{linked}' (or the linked scope(s) \
                 are invalid).",
                self.principal
                    .app_id
                    .as_deref()
                    .unwrap_or(&self.principal.display_name),
                self.principal.id,
                grant.action(),
                grant.scope(),
            ),
        ))
    }

    fn decide_plainly(&self, action: &str, scope: &str) -> Result<Granted, Problem> {
        let counted = self
            .held
            .iter()
            .filter(|held| !held.conditional || !is_narrowed(action))
            .map(|held| &held.assignment);
        rbac::decide(&self.principal, action, scope, counted, |id| self.role(id))
    }

    // The documents let an Azure AI Developer subscribe, although that role names no action of a marketplace: the service
    // buys on the developer's behalf. Everybody else needs those actions where the bill goes.
    fn may_buy(&self, scope: &str) -> Result<(), Problem> {
        let develops = self.held.iter().any(|held| {
            held.assignment.role.eq_ignore_ascii_case(roles::AI_DEVELOPER)
                && rbac::covers(&held.assignment.scope, scope)
        });
        if develops {
            return Ok(());
        }
        let group = ResourceId::parse(scope)
            .map(|id| crate::owned::group_of(&id).to_string())
            .unwrap_or_else(|| scope.to_owned());
        for action in BUYING {
            self.decide_plainly(action, &group)?;
        }
        Ok(())
    }

    /// May they read this resource, whatever its type?
    pub(crate) fn may_read(&self, id: &ResourceId) -> bool {
        self.decide(&format!("{}/read", id.resource_type()), &id.to_string())
            .is_ok()
    }

    /// Does a role that they hold give them this right there? Conditions are not evaluated, so an assignment with one gives
    /// no data action: a condition can then only ever allow less than it says.
    pub(crate) fn has(&self, right: Right, scope: &str) -> bool {
        match right {
            Right::Action(action) => self.decide(action, scope).is_ok(),
            Right::Data(action) => self.reaching(scope).any(|(held, role)| {
                !held.conditional && role.is_some_and(|role| rbac::allows_data(&role.permissions, action))
            }),
        }
    }

    /// Do they hold anything at this scope, above it or below it?
    pub(crate) fn touches(&self, scope: &str) -> bool {
        self.held.iter().any(|held| {
            rbac::covers(&held.assignment.scope, scope) || rbac::covers(scope, &held.assignment.scope)
        })
    }

    /// What they hold that reaches this scope, with the role where it is known.
    pub(crate) fn reaching<'a>(
        &'a self,
        scope: &'a str,
    ) -> impl Iterator<Item = (&'a Held, Option<&'a RoleDefinition>)> {
        self.held
            .iter()
            .filter(move |held| rbac::covers(&held.assignment.scope, scope))
            .map(|held| (held, self.role(&held.assignment.role)))
    }

    fn role(&self, id: &str) -> Option<&RoleDefinition> {
        roles::find(id).or_else(|| {
            self.held
                .iter()
                .filter_map(|held| held.custom.as_deref())
                .find(|role| role.id.eq_ignore_ascii_case(id))
        })
    }
}

/// Subscribing a workspace to an offer.
const SUBSCRIBE: &str = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/write";

/// What subscribing needs beside the write on the workspace, at the group or above it.
const BUYING: [&str; 3] = [
    "Microsoft.MarketplaceOrdering/agreements/offers/plans/sign/action",
    "Microsoft.SaaS/register/action",
    "Microsoft.SaaS/resources/write",
];

fn writes_principals(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("cupola.identity/") && !action.ends_with("/read")
}

// Conditions are kept and not evaluated. They exist to narrow who may be given which role, so an assignment with one gives
// nothing of that: a condition can then only ever allow less than it says.
fn is_narrowed(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("microsoft.authorization/") && !action.ends_with("/read")
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
        self.caller.may_read(id)
    }
}

/// Authorization that passed, and the handler that it opens.
pub(super) enum Entry {
    Anonymous(fn(Call) -> super::Answer),
    SignedIn(fn(Call, Caller) -> super::Answer, Caller),
    List(fn(Call, View) -> super::Answer, View),
    Action(fn(Call, Granted) -> super::Answer, Granted),
}

/// Who is about to do what where: what the audit record says of a request.
#[derive(Debug, Clone)]
pub(crate) struct Doing {
    pub(crate) principal: Option<Principal>,
    pub(crate) action: String,
    pub(crate) scope: String,
}

impl Doing {
    /// Is this failure one for the audit record? Refusals are, and changes that came to nothing.
    pub(super) fn is_kept(&self, method: &Method, problem: &Problem) -> bool {
        let reads = [Method::GET, Method::HEAD].contains(method);
        self.principal.is_some() && (!reads || problem.http_status() == 403)
    }
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

    pub(super) fn doing(&self, scope: &str) -> Doing {
        let (principal, action) = match self {
            Self::Anonymous(_) => (None, "anonymous"),
            Self::SignedIn(_, caller) => (Some(&caller.principal), "signedIn"),
            Self::List(_, view) => (Some(&view.caller.principal), view.action),
            Self::Action(_, grant) => (Some(grant.principal()), grant.action()),
        };
        Doing {
            principal: principal.cloned(),
            action: action.to_owned(),
            scope: scope.to_owned(),
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

/// Decides whether this caller may reach the handler of a route: rights first, then locks.
pub(super) async fn admit(
    control: &Control,
    route: &'static Route,
    caller: Caller,
    scope: &str,
    exchange: &Exchange,
) -> Result<Entry, Problem> {
    let action = route.access.action(scope).unwrap_or_default();
    let decided = match &route.access {
        Access::Anonymous(_) | Access::SignedIn(_) => Ok(None),
        Access::List(..) => match caller.decide(&action, scope) {
            Err(problem) if !caller.touches(scope) => Err(problem),
            _ => Ok(None),
        },
        Access::Action(..) | Access::Derived(..) => match caller.decide(&action, scope) {
            // What only reads changes nothing that a lock protects, also where its question comes in a body.
            Ok(grant) if ["GET", "HEAD"].contains(&route.method) || action.ends_with("/read") => {
                Ok(Some(grant))
            }
            Ok(grant) => locks::refuse(control, &action, scope).await.map(|()| Some(grant)),
            Err(problem) => Err(problem),
        },
    };
    let grant = match decided {
        Ok(grant) => grant,
        Err(problem) => {
            audit::denied(control, exchange, &caller, &action, scope, &problem).await;
            return Err(problem);
        }
    };
    Ok(match (&route.access, grant) {
        (Access::Anonymous(handler), _) => Entry::Anonymous(*handler),
        (Access::SignedIn(handler), _) => Entry::SignedIn(*handler, caller),
        (Access::List(action, handler), _) => Entry::List(*handler, View { caller, action }),
        (Access::Action(_, handler) | Access::Derived(_, handler), Some(grant)) => {
            Entry::Action(*handler, grant)
        }
        (Access::Action(..) | Access::Derived(..), None) => {
            return Err(rbac::refused(&caller.principal, &action, scope));
        }
    })
}

async fn sign_in(control: &Control, headers: &HeaderMap, exchange: &Exchange) -> Result<Caller, Problem> {
    let token = bearer(headers)?;
    let claims = match verify(control, token, exchange) {
        Ok(claims) => claims,
        Err(problem) => {
            let outward = outward(&problem);
            // An old token says whose it was as often as somebody sends it; the record is for more than that.
            if let TokenProblem::Expired { oid, .. } = &problem
                && control
                    .sign_in()
                    .spend("expired", &exchange.trace.address, EXPIRED_MAX, exchange.now)
            {
                audit::expired(control, exchange, oid, &outward).await;
            }
            return Err(outward);
        }
    };
    known(control, &claims.oid).await
}

/// The caller of this object id, with what they hold now.
pub(crate) async fn known(control: &Control, oid: &str) -> Result<Caller, Problem> {
    let mut reader = control.store().reader().await?;
    let principal = reader.access().active_principal(oid).await?.ok_or_else(|| {
        Problem::new(
            Code::InvalidAuthenticationToken,
            format!("The principal '{oid}' of the access token is not in this tenant any more."),
        )
    })?;
    Caller::of(&mut reader, principal).await
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
    let own = [Some(addresses.https.as_str()), addresses.http.as_deref()];
    let public = [
        "https://management.azure.com",
        "https://management.core.windows.net",
    ];
    let directory = exchange.graph.then_some("https://graph.microsoft.com");
    let known = own.into_iter().flatten().chain(public).chain(directory);
    let mut audiences: Vec<String> = known.flat_map(both).collect();
    let fixed = audiences.len();
    audiences.extend(both(&exchange.origin));
    let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
    let claims = control.issuer().verify(token, exchange.now, &audiences)?;
    // The caller writes the name under which we are asked, so it says nothing about whose name that is: whoever got a
    // token for their own service could ask us under the name of that service. What counts is that the one who asked
    // for the token found this server under it.
    let is = |known: &str| known.eq_ignore_ascii_case(&claims.aud);
    if claims.own || audiences[..fixed].iter().any(|known| is(known)) {
        return Ok(claims);
    }
    Err(TokenProblem::WrongAudience(claims.aud))
}

fn both(name: &str) -> [String; 2] {
    [name.to_owned(), format!("{name}/")]
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
