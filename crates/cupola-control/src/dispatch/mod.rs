//! From a request to the one handler that may answer it: route, caller, authorization, body, in this order.
//!
//! Authorization comes before any look at the target, so that a stranger learns nothing about what exists.

mod access;
mod authority;
mod call;
pub(crate) mod inward;
mod path;
mod query;
mod route;
mod standing;

pub(crate) use authority::{Caller, Doing, View, known};
pub(crate) use call::{Call, Reply, Trace, stamp};
pub(crate) use path::{Params, encode, fit, segments};
pub(crate) use query::Query;
pub(crate) use route::{
    Access, Answer, Route, action, anonymous, derived, list, route, signed_in, unversioned,
};
pub(crate) use standing::DISABLED;

use crate::answer::{self, Exchange};
use crate::control::Control;
use crate::{audit, opaque, providers, routes};
use bytes::Bytes;
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_edge::{Body, BoxError, Peer};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use std::pin::pin;
use std::sync::OnceLock;
use tokio::time::Instant;

/// Answers a request; never fails, because a failure is an answer too.
pub(crate) async fn handle<B>(control: &Control, request: Request<B>, peer: Peer) -> Response<Body>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    let begun = Instant::now();
    let exchange = Exchange::new(control, &parts, peer);
    let mut body = pin!(body);
    let taken = OnceLock::new();
    let outcome = answer(control, &parts, body.as_mut(), peer, &exchange, &taken).await;
    cupola_edge::discard(body).await;
    let mut response = match outcome {
        Ok(response) => response,
        Err(problem) => answer::refusal(control, &exchange, &problem),
    };
    if parts.method == Method::HEAD {
        // Whether it exists is all that HEAD asks.
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        *response.body_mut() = cupola_edge::empty();
    }
    answer::stamp(&exchange, &mut response);
    let took_us = begun.elapsed().as_micros() as u64;
    let route = taken.get().copied();
    control
        .meters()
        .answered(route, response.status().as_u16(), took_us);
    if let Some(log) = control.access_log() {
        access::write(log, &exchange, &parts, route, (response.status(), took_us));
    }
    response
}

async fn answer<B>(
    control: &Control,
    parts: &Parts,
    body: B,
    peer: Peer,
    exchange: &Exchange,
    taken: &OnceLock<&'static Route>,
) -> Result<Response<Body>, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Some(path) = segments(parts.uri.path()) else {
        return Err(nothing_there(parts.uri.path()));
    };
    let (route, params) = match find(&parts.method, &path) {
        Found::Route(route, params) => (route, params),
        Found::OtherMethods(allowed) => return Ok(answer::method_not_allowed(control, exchange, &allowed)),
        Found::Nothing => return Err(nothing_there(parts.uri.path())),
    };
    // There is one route, and so one value.
    let _ = taken.set(route);
    refuse_plain_http_from_afar(peer, route)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let scope = scope_of(&path, &params);
    let entry = authority::enter(control, route, &parts.headers, &query, &scope, exchange).await?;
    standing::refuse_while_disabled(control, route, &scope).await?;
    let body = cupola_edge::read_body(body, route.body_bytes_max).await?;
    let call = Call {
        control: control.clone(),
        params,
        api_version: query.get("api-version").unwrap_or_default().to_owned(),
        query,
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
        body,
        origin: exchange.origin.clone(),
        correlation: exchange.correlation.clone(),
        now: exchange.now,
        trace: exchange.trace.clone(),
    };
    let doing = entry.doing(&scope);
    let body = call.body.clone();
    match entry.serve(call).await {
        Err(problem) if doing.is_kept(&parts.method, &problem) => {
            audit::problem(control, exchange, &doing, &problem, &body).await;
            Err(problem)
        }
        other => other,
    }
}

enum Found {
    Route(&'static Route, Params),
    OtherMethods(Vec<&'static str>),
    Nothing,
}

fn find(method: &Method, path: &[String]) -> Found {
    let fitting = || routes::all().filter_map(|route| fit(route.path, path).map(|params| (route, params)));
    let of = |wanted: &str| fitting().find(|(route, _)| route.method == wanted);
    if let Some((route, params)) = of(method.as_str()) {
        return Found::Route(route, params);
    }
    // HEAD is GET without the body, wherever nothing else was said.
    if *method == Method::HEAD
        && let Some((route, params)) = of("GET")
    {
        return Found::Route(route, params);
    }
    let mut allowed: Vec<&'static str> = fitting().map(|(route, _)| route.method).collect();
    allowed.sort_unstable();
    allowed.dedup();
    if !allowed.is_empty() {
        return Found::OtherMethods(allowed);
    }
    // What no route knows may still be of a type that is kept as it is.
    match opaque::find(method, path) {
        Some((route, params)) => Found::Route(route, params),
        None => Found::Nothing,
    }
}

// The longest part of the path that is the id of something; `/` where none is. Only text: nothing is looked up.
fn scope_of(path: &[String], params: &Params) -> String {
    // Extension routes name their scope themselves.
    if path.len() > 1 && params.has("scope") {
        let scope = params.get("scope");
        return if scope.is_empty() {
            "/".to_owned()
        } else {
            scope.to_owned()
        };
    }
    (1..=path.len())
        .rev()
        .find_map(|length| ResourceId::parse(&path[..length].join("/")).filter(|id| !is_view(id)))
        .map_or_else(|| "/".to_owned(), |id| id.to_string())
}

// Views of a subscription have addresses like resources and are none: who may see it is decided at the subscription.
fn is_view(id: &ResourceId) -> bool {
    id.provider
        .as_deref()
        .is_some_and(|provider| provider.eq_ignore_ascii_case("Microsoft.Insights"))
        && id
            .path
            .first()
            .is_some_and(|(kind, _)| kind.eq_ignore_ascii_case("eventtypes"))
}

// A bearer token on an open network belongs to whoever listens. On loopback nobody else does.
fn refuse_plain_http_from_afar(peer: Peer, route: &Route) -> Result<(), Problem> {
    if peer.secure || peer.address.ip().is_loopback() || route.is_probe() {
        return Ok(());
    }
    Err(Problem::new(
        Code::AuthorizationFailed,
        "Plain http is served to this machine alone; use the https address of this server.",
    ))
}

fn nothing_there(path: &str) -> Problem {
    let fixed: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let provider = fixed
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    match provider.and_then(|at| fixed.get(at + 1..)) {
        Some([namespace, rest @ ..]) if !rest.is_empty() => {
            let kinds: Vec<&str> = rest.iter().step_by(2).copied().collect();
            providers::unknown_type(namespace, &kinds.join("/"))
        }
        _ => Problem::new(
            Code::ResourceNotFound,
            format!("There is nothing at '{}'.", printable(path)),
        ),
    }
    .target("path")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(path: &str) -> String {
        scope_of(&segments(path).expect("a path"), &Params::default())
    }

    #[test]
    fn the_scope_is_the_longest_id_of_a_path() {
        assert_eq!(scope("/subscriptions"), "/");
        assert_eq!(scope("/providers/Cupola.Catalog/models"), "/");
        assert_eq!(scope("/subscriptions/s/resourcegroups"), "/subscriptions/s");
        assert_eq!(
            scope("/subscriptions/s/providers/N/workspaces"),
            "/subscriptions/s"
        );
        assert_eq!(
            scope("/subscriptions/s/resourcegroups/g"),
            "/subscriptions/s/resourceGroups/g"
        );
        let workspace = "/subscriptions/s/resourceGroups/g/providers/N/workspaces/w";
        assert_eq!(scope(&format!("{workspace}/serverlessEndpoints")), workspace);
        assert_eq!(
            scope("/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values"),
            "/subscriptions/s"
        );
        let endpoint = format!("{workspace}/serverlessEndpoints/e");
        assert_eq!(scope(&format!("{endpoint}/listKeys")), endpoint);
    }
}
