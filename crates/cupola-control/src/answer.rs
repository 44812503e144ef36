//! Answers: the headers that every one carries, refusals, and where links lead.

use crate::control::Control;
use crate::dispatch::inward::Errand;
use crate::dispatch::{Reply, Trace};
use crate::graph;
use cupola_core::{Code, Problem, Timestamp, chance, name::printable, time::iso8601};
use cupola_edge::{Body, Peer, json};
use cupola_wire::arm::{Circumstances, ErrorBody};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde::Serialize;

/// What is known of a request whatever it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) request: String,
    pub(crate) correlation: String,
    pub(crate) origin: String,
    pub(crate) now: Timestamp,
    pub(crate) trace: Trace,
    /// Is the directory asked? It has an audience and a shape of errors of its own.
    pub(crate) graph: bool,
    client_request: Option<HeaderValue>,
    // What is left of the hour's budget, as the service writes it: by method, and with a subscription or without.
    budget: (HeaderName, HeaderValue),
    region: String,
}

impl Exchange {
    pub(crate) fn new(control: &Control, parts: &Parts, peer: Peer) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let echoed =
            text("x-ms-return-client-request-id").is_some_and(|wish| wish.eq_ignore_ascii_case("true"));
        let correlation = text("x-ms-correlation-request-id")
            .filter(|id| is_id(id))
            .map(str::to_ascii_lowercase);
        let request = chance::uuid(control.entropy());
        let trace = Trace {
            request: request.clone(),
            client_request: text("x-ms-client-request-id").map(printable).unwrap_or_default(),
            address: peer.address.ip().to_string(),
            user_agent: text("user-agent").map(printable).unwrap_or_default(),
            method: parts.method.to_string(),
            ..Trace::default()
        };
        Self {
            request,
            trace,
            correlation: correlation.unwrap_or_else(|| chance::uuid(control.entropy())),
            origin: origin(control, parts, peer),
            now: control.now(),
            client_request: parts
                .headers
                .get("x-ms-client-request-id")
                .filter(|_| echoed)
                .cloned(),
            budget: budget(&parts.method, parts.uri.path()),
            graph: is_graph(parts.uri.path()),
            region: control.region().to_owned(),
        }
    }

    /// A request that the platform makes by itself, as a part of a larger one.
    pub(crate) fn inward(control: &Control, method: &Method, path: &str, errand: &Errand) -> Self {
        let request = chance::uuid(control.entropy());
        let trace = Trace {
            request: request.clone(),
            inside: true,
            address: errand.source.address.clone(),
            user_agent: errand.source.user_agent.clone(),
            method: method.to_string(),
            ..Trace::default()
        };
        Self {
            request,
            trace,
            graph: false,
            correlation: errand.correlation.clone(),
            origin: errand.origin.clone(),
            now: control.now(),
            client_request: None,
            budget: budget(method, path),
            region: control.region().to_owned(),
        }
    }
}

fn is_graph(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty());
    first.is_some_and(|segment| segment.eq_ignore_ascii_case("v1.0"))
}

fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

// Links lead where the client already is: the host that it asked, over https. Plain http is for loopback alone, so a
// request that arrives without TLS for another name came through a proxy, and the public address is the right one.
fn origin(control: &Control, parts: &Parts, peer: Peer) -> String {
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
        .filter(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
        });
    match host {
        Some(host) if peer.secure => format!("https://{host}"),
        Some(host) if is_loopback(host) => format!("http://{host}"),
        _ => control.addresses().https.clone(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.starts_with("localhost:")
        || host.starts_with("[::1]")
        || host
            .rsplit_once(':')
            .map_or(host, |(name, _)| name)
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn budget(method: &Method, path: &str) -> (HeaderName, HeaderValue) {
    let subscribed = path
        .trim_start_matches('/')
        .get(..13)
        .is_some_and(|head| head.eq_ignore_ascii_case("subscriptions"))
        && path.trim_matches('/').contains('/');
    let (name, left) = match (subscribed, method) {
        (true, &Method::GET | &Method::HEAD) => ("x-ms-ratelimit-remaining-subscription-reads", "11999"),
        (true, &Method::DELETE) => ("x-ms-ratelimit-remaining-subscription-deletes", "14999"),
        (true, _) => ("x-ms-ratelimit-remaining-subscription-writes", "1199"),
        (false, &Method::GET | &Method::HEAD) => ("x-ms-ratelimit-remaining-tenant-reads", "11999"),
        (false, _) => ("x-ms-ratelimit-remaining-tenant-writes", "1199"),
    };
    (HeaderName::from_static(name), HeaderValue::from_static(left))
}

/// Adds what every answer carries.
pub(crate) fn stamp(exchange: &Exchange, response: &mut Response<Body>) {
    let (name, left) = exchange.budget.clone();
    let routing = format!(
        "{}:{:.0}:{}",
        exchange.region.to_ascii_uppercase(),
        exchange.now,
        exchange.correlation
    )
    .replace(['-', ' '], "");
    set(response, "x-ms-request-id", &exchange.request);
    set(response, "x-ms-correlation-request-id", &exchange.correlation);
    set(response, "x-ms-routing-request-id", &routing);
    set(response, "x-content-type-options", "nosniff");
    let headers = response.headers_mut();
    headers.insert(name, left);
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    if let Some(id) = &exchange.client_request {
        headers.insert("x-ms-client-request-id", id.clone());
    }
}

/// Sets a header; text that cannot be one is left out.
pub(crate) fn set(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The answer to a request that was refused.
pub(crate) fn refusal(control: &Control, exchange: &Exchange, problem: &Problem) -> Response<Body> {
    let time = iso8601(exchange.now);
    let body = ErrorBody::new(
        problem,
        Circumstances {
            correlation: &exchange.correlation,
            request: &exchange.request,
            region: &exchange.region,
            time: &time,
        },
    );
    let status = StatusCode::from_u16(problem.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        tracing::error!(request.id = %exchange.request, code = problem.code.as_str(), "a request failed: {}", problem.message);
    }
    let mut response = if exchange.graph {
        json(status, &graph::refusal_body(exchange, problem))
    } else {
        json(status, &body)
    };
    set(&mut response, "x-ms-failure-cause", failure_cause(problem.code));
    if status == StatusCode::UNAUTHORIZED {
        let error = if problem.code == Code::AuthenticationFailed {
            "invalid_request"
        } else {
            "invalid_token"
        };
        set(
            &mut response,
            "www-authenticate",
            &format!(
                "Bearer authorization_uri=\"{}/{}\", error=\"{error}\", error_description=\"{}\"",
                exchange.origin,
                control.tenant(),
                problem.message.replace(['"', '\\'], "'"),
            ),
        );
    }
    if let Some(seconds) = problem.retry_after_s {
        set(&mut response, "retry-after", &seconds.to_string());
    }
    response
}

// The gateway is what decides before a resource provider is asked.
fn failure_cause(code: Code) -> &'static str {
    match code {
        Code::AuthenticationFailed
        | Code::InvalidAuthenticationToken
        | Code::ExpiredAuthenticationToken
        | Code::AuthorizationFailed
        | Code::LinkedAuthorizationFailed
        | Code::ScopeLocked
        | Code::MissingApiVersionParameter
        | Code::InvalidApiVersionParameter
        | Code::InvalidResourceType
        | Code::InvalidResourceNamespace
        | Code::ReadOnlyDisabledSubscription
        | Code::MethodNotAllowed
        | Code::SubscriptionNotFound
        | Code::ResourceGroupNotFound
        | Code::RequestBodyTooLarge => "gateway",
        _ => "service",
    }
}

/// The answer to a path that exists with other methods.
pub(crate) fn method_not_allowed(control: &Control, exchange: &Exchange, allowed: &[&str]) -> Response<Body> {
    let allowed = allowed.join(", ");
    let problem = Problem::new(Code::MethodNotAllowed, format!("This path takes {allowed}."));
    let mut response = refusal(control, exchange, &problem);
    set(&mut response, "allow", &allowed);
    response
}

/// 200 with JSON.
pub(crate) fn ok(value: &impl Serialize) -> Reply {
    json(StatusCode::OK, value)
}

/// A status without a body.
pub(crate) fn bare(status: StatusCode) -> Reply {
    let mut response = Response::new(cupola_edge::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_several_names() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:1",
            "127.1.2.3",
            "[::1]:8080",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "example.com:80", "10.0.0.1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_budget_is_named_by_method_and_scope() {
        let name = |method: Method, path: &str| budget(&method, path).0.as_str().to_owned();
        assert_eq!(
            name(Method::GET, "/subscriptions"),
            "x-ms-ratelimit-remaining-tenant-reads"
        );
        assert_eq!(
            name(Method::GET, "/Subscriptions/s"),
            "x-ms-ratelimit-remaining-subscription-reads"
        );
        assert_eq!(
            name(Method::PUT, "//subscriptions/s/x"),
            "x-ms-ratelimit-remaining-subscription-writes"
        );
        assert_eq!(
            name(Method::DELETE, "/subscriptions/s/x"),
            "x-ms-ratelimit-remaining-subscription-deletes"
        );
    }
}
