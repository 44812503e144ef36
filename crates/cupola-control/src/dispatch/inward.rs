//! Requests that the platform makes on behalf of a caller: a template deployment does nothing that its caller could not
//! do from outside, so everything it does goes through the same route table, authorization and handlers.
//!
//! What the caller holds is read at each request: a right that was taken away while a deployment runs is gone.

use super::{Call, Query, authority, find, nothing_there, path::segments, scope_of, standing};
use super::{Caller, Found, Trace, encode};
use crate::answer::Exchange;
use crate::audit;
use crate::control::Control;
use bytes::Bytes;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem};
use cupola_edge::Body;
use cupola_wire::arm::{Circumstances, ErrorBody};
use http::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::pin::Pin;

// Answers of our own handlers; a list of a large group is the largest.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// On whose behalf requests are made, and in which larger request they belong.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    /// The object id of the principal.
    pub(crate) principal: String,
    /// Links in answers lead there.
    pub(crate) origin: String,
    pub(crate) correlation: String,
    /// From where the larger request came.
    pub(crate) source: Source,
}

/// From where a request came: who asks from inside asks for a client that is somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Source {
    pub(crate) address: String,
    pub(crate) user_agent: String,
}

impl Source {
    /// The client of this request.
    pub(crate) fn of(trace: &Trace) -> Self {
        Self {
            address: trace.address.clone(),
            user_agent: trace.user_agent.clone(),
        }
    }
}

/// An answer from inside.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null where there is none.
    pub(crate) body: Value,
}

impl Told {
    /// The operation that ends what was begun, where something was.
    pub(crate) fn operation(&self) -> Option<String> {
        let link = ["azure-asyncoperation", "location"]
            .iter()
            .find_map(|name| self.headers.get(*name))?
            .to_str()
            .ok()?;
        let path = link.split('?').next()?;
        path.rsplit('/')
            .find(|segment| !segment.is_empty())
            .map(str::to_owned)
    }

    /// The ARM error object of a refusal.
    pub(crate) fn error(&self) -> Option<&Value> {
        self.body.get("error")
    }
}

impl Errand {
    /// What the principal holds now.
    pub(crate) async fn caller(&self, control: &Control) -> Result<Caller, Problem> {
        authority::known(control, &self.principal).await
    }

    /// Makes a request; never fails, because a refusal is an answer too. `id` is not percent-encoded.
    ///
    /// Boxed, because a request may put a deployment, which makes requests.
    pub(crate) fn send<'a>(
        &'a self,
        control: &'a Control,
        method: Method,
        id: &'a str,
        api_version: &'a str,
        body: Option<&'a Value>,
    ) -> Pin<Box<dyn Future<Output = Told> + Send + 'a>> {
        Box::pin(async move {
            let exchange = Exchange::inward(control, &method, id, self);
            match self
                .answer(control, &exchange, &method, id, (api_version, body))
                .await
            {
                Ok(told) => told,
                Err(problem) => refusal(control, &exchange, &problem),
            }
        })
    }

    async fn answer(
        &self,
        control: &Control,
        exchange: &Exchange,
        method: &Method,
        id: &str,
        (api_version, body): (&str, Option<&Value>),
    ) -> Result<Told, Problem> {
        let path = encoded(id);
        let segments = segments(&path).ok_or_else(|| nothing_there(id))?;
        let Found::Route(route, params) = find(method, &segments) else {
            return Err(nothing_there(id));
        };
        let query = Query::parse(&format!("api-version={}", encode(api_version)));
        if route.versioned {
            query.api_version()?;
        }
        let body = match body {
            Some(body) => serde_json::to_vec(body).map_err(|_| Problem::internal())?,
            None => Vec::new(),
        };
        if body.len() > route.body_bytes_max {
            return Err(Problem::new(
                Code::RequestBodyTooLarge,
                format!(
                    "The resource '{id}' is {} bytes of JSON, more than the {} that its route takes.",
                    body.len(),
                    route.body_bytes_max
                ),
            ));
        }
        let scope = scope_of(&segments, &params);
        let caller = self.caller(control).await?;
        let entry = authority::admit(control, route, caller, &scope, exchange).await?;
        standing::refuse_while_disabled(control, route, &scope).await?;
        let call = Call {
            control: control.clone(),
            params,
            api_version: api_version.to_owned(),
            query,
            path,
            headers: HeaderMap::new(),
            body: body.into(),
            origin: exchange.origin.clone(),
            correlation: exchange.correlation.clone(),
            now: exchange.now,
            trace: exchange.trace.clone(),
        };
        let doing = entry.doing(&scope);
        let sent = call.body.clone();
        let served = entry.serve(call).await;
        if let Err(problem) = &served
            && doing.is_kept(method, problem)
        {
            audit::problem(control, exchange, &doing, problem, &sent).await;
        }
        let (parts, body) = served?.into_parts();
        let body = whole(body).await?;
        Ok(Told {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

fn refusal(control: &Control, exchange: &Exchange, problem: &Problem) -> Told {
    let time = iso8601(exchange.now);
    let circumstances = Circumstances {
        correlation: &exchange.correlation,
        request: &exchange.request,
        region: control.region(),
        time: &time,
    };
    let mut headers = HeaderMap::new();
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(http::header::RETRY_AFTER, seconds.into());
    }
    Told {
        status: StatusCode::from_u16(problem.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers,
        body: json!(ErrorBody::new(problem, circumstances)),
    }
}

// Boxed to have one type for the error: the body's own does not say how long it lives.
fn whole(body: Body) -> Pin<Box<dyn Future<Output = Result<Bytes, Problem>> + Send>> {
    Box::pin(cupola_edge::read_body(body, ANSWER_BYTES_MAX))
}

/// May this caller make this request? Decided as if it were made, without making it.
pub(crate) fn authorize(caller: &Caller, method: &Method, id: &str) -> Result<Option<Granted>, Problem> {
    let segments = segments(&encoded(id)).ok_or_else(|| nothing_there(id))?;
    let Found::Route(route, params) = find(method, &segments) else {
        return Err(nothing_there(id));
    };
    let scope = scope_of(&segments, &params);
    match route.access.action(&scope) {
        Some(action) => caller.decide(&action, &scope).map(Some),
        None => Ok(None),
    }
}

fn encoded(id: &str) -> String {
    let mut path = String::with_capacity(id.len() + 8);
    for segment in id.split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        path.push_str(&encode(segment));
    }
    path
}
