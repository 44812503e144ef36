//! Requests to the control plane: tokens, repeats, pages and long-running operations.

pub(crate) mod operation;
mod refusal;
pub(crate) mod version;

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use http::header::IF_MATCH;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::{Secret, Settings};
use crate::token;
use crate::transport::{Address, Body, Call, Http, Reply, Unreachable, segment};
use operation::{Poll, Step};
pub(crate) use refusal::good;

// The schedule of the SDKs: three repeats, each after a longer wait.
const REPEATS: [Duration; 3] = [
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3200),
];
// A wait longer than this is an answer by itself.
const PATIENCE: Duration = Duration::from_secs(60);
// How long a server may be away, to restart, while we wait for its operation.
const AWAY_POLLS_MAX: u32 = 30;

/// The control plane, as the caller that the settings name.
pub(crate) struct Arm {
    pub(crate) settings: Settings,
    pub(crate) http: Http,
    scope: String,
    token: RefCell<Option<Secret>>,
}

/// What a request that changes something began.
pub(crate) struct Begun {
    url: String,
    method: Method,
    reply: Reply,
}

impl Arm {
    pub(crate) fn new(settings: Settings, http: Http) -> Self {
        let scope = format!("{}/.default", settings.url);
        Self::with_scope(settings, http, scope)
    }

    /// The same server, with tokens for another audience.
    pub(crate) fn with_scope(settings: Settings, http: Http, scope: String) -> Self {
        Self {
            settings,
            http,
            scope,
            token: RefCell::default(),
        }
    }

    /// The absolute URL of a path of the control plane.
    pub(crate) fn url(&self, path: &str, version: &str) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        format!("{}{path}{join}api-version={version}", self.settings.url)
    }

    /// One resource.
    pub(crate) async fn get(&self, url: &str) -> Result<Value, Failure> {
        let reply = self.call(Method::GET, url, Body::Empty, &[]).await?;
        good(&reply)?;
        parsed(url, &reply)
    }

    /// Every item of a list, over all its pages.
    pub(crate) async fn list(&self, url: &str) -> Result<Vec<Value>, Failure> {
        self.list_some(url, usize::MAX).await
    }

    /// The first items of a list; pages behind them are not asked for.
    pub(crate) async fn list_some(&self, url: &str, most: usize) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut next = Some(url.to_owned());
        while let Some(url) = next.take_if(|_| items.len() < most) {
            let mut page = self.get(&url).await?;
            next = page["nextLink"]
                .as_str()
                .or_else(|| page["@odata.nextLink"].as_str())
                .filter(|link| !link.is_empty() && *link != url)
                .map(Into::into);
            if let Value::Array(found) = page["value"].take() {
                items.extend(found);
            }
        }
        items.truncate(most);
        Ok(items)
    }

    /// A request without a body that answers at once, such as `listKeys`.
    pub(crate) async fn post(&self, url: &str) -> Result<Value, Failure> {
        let reply = self.call(Method::POST, url, Body::Empty, &[]).await?;
        good(&reply)?;
        parsed(url, &reply)
    }

    /// A request with a body that is sent as it was written; the answer may be empty.
    pub(crate) async fn post_text(&self, url: &str, body: String) -> Result<Option<Value>, Failure> {
        let begun = self.begin_text(Method::POST, url, body).await?;
        self.finish(begun, &Progress::hidden()).await
    }

    /// A change, followed to its end.
    pub(crate) async fn change(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
        progress: &Progress,
    ) -> Result<Option<Value>, Failure> {
        let begun = self.begin(method, url, body).await?;
        self.finish(begun, progress).await
    }

    /// Whether something is there, by `HEAD`.
    pub(crate) async fn exists(&self, url: &str) -> Result<bool, Failure> {
        let reply = self.call(Method::HEAD, url, Body::Empty, &[]).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        good(&reply).map(|()| true)
    }

    /// A request as somebody wrote it, and whatever comes back.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        url: &str,
        body: String,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, Failure> {
        let body = if body.is_empty() {
            Body::Empty
        } else {
            Body::Json(Bytes::from(body))
        };
        self.call(method, url, body, headers).await
    }

    /// A token for the audience of this connection.
    pub(crate) async fn granted(&self, scope: Option<&str>) -> Result<token::Granted, Failure> {
        token::fetch(&self.http, &self.settings, scope.unwrap_or(&self.scope)).await
    }

    /// Starts a change; the answer may say that it goes on.
    pub(crate) async fn begin(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Begun, Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.begin_text(method, url, body).await
    }

    /// The same, with a body that is sent as it was written; an empty text is no body.
    pub(crate) async fn begin_text(&self, method: Method, url: &str, body: String) -> Result<Begun, Failure> {
        let body = if body.is_empty() {
            Body::Empty
        } else {
            Body::Json(Bytes::from(body))
        };
        self.begin_with(method, url, body, &[]).await
    }

    /// Starts to replace what was read under this etag; a change that somebody made meanwhile is not undone.
    pub(crate) async fn begin_replacing(
        &self,
        url: &str,
        etag: &str,
        body: &Value,
    ) -> Result<Begun, Failure> {
        let if_match = HeaderValue::from_str(etag)
            .map_err(|_| Failure::new(format!("{url} has an etag that cannot be sent back: {etag}")))?;
        let body = Body::Json(Bytes::from(body.to_string()));
        let headers = [(IF_MATCH, if_match)];
        self.begin_with(Method::PUT, url, body, &headers).await
    }

    async fn begin_with(
        &self,
        method: Method,
        url: &str,
        body: Body,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Begun, Failure> {
        let reply = self.call(method.clone(), url, body, headers).await?;
        good(&reply)?;
        Ok(Begun {
            url: url.to_owned(),
            method,
            reply,
        })
    }

    /// Follows a change to its end and answers with the resource as it is then.
    pub(crate) async fn finish(&self, begun: Begun, progress: &Progress) -> Result<Option<Value>, Failure> {
        let mut step = operation::first(&begun.method, &begun.url, &begun.reply)?;
        let mut polls = 0;
        loop {
            match step {
                Step::Done(value) => return Ok(value),
                Step::Fetch(url) => return self.get(&url).await.map(Some),
                Step::Poll(poll) => {
                    tokio::time::sleep(poll.pause(polls)).await;
                    polls += 1;
                    let reply = self.poll(&poll, progress).await?;
                    step = operation::next(&begun.method, &begun.url, &poll, &reply, |note| {
                        progress.note(note)
                    })?;
                }
            }
        }
    }

    // The operation is a row in the store: a server that restarts still knows it, so we wait for the server.
    async fn poll(&self, poll: &Poll, progress: &Progress) -> Result<Reply, Failure> {
        let mut away = 0;
        loop {
            match self.once(Method::GET, &poll.url, &Body::Empty, &[]).await {
                Ok(reply) if !is_passing(reply.status) => return Ok(reply),
                Ok(reply) if away >= AWAY_POLLS_MAX => return Ok(reply),
                Ok(reply) => {
                    let wait = reply
                        .retry_after()
                        .unwrap_or(Duration::from_secs(1))
                        .min(PATIENCE);
                    tokio::time::sleep(wait).await;
                }
                Err(trouble) if trouble.passing && away < AWAY_POLLS_MAX => {
                    progress.note("the server is away, waiting for it");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(trouble) => return Err(trouble.into()),
            }
            away += 1;
        }
    }

    // Repeats what is safe to repeat, on the schedule of the SDKs.
    async fn call(
        &self,
        method: Method,
        url: &str,
        body: Body,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, Failure> {
        let mut renewed = false;
        let mut repeats = REPEATS.iter();
        loop {
            let reply = self
                .once(method.clone(), url, &body, headers)
                .await
                .map_err(|trouble| self.explained(trouble))?;
            if reply.status == StatusCode::UNAUTHORIZED && !renewed {
                // The token may have ended while an operation went on. A second 401 is the answer.
                renewed = true;
                self.token.take();
                continue;
            }
            let repeatable = method != Method::POST || reply.status == StatusCode::TOO_MANY_REQUESTS;
            let wait = if repeatable && is_passing(reply.status) {
                repeats.next()
            } else {
                None
            };
            let Some(wait) = wait else { return Ok(reply) };
            let wait = reply.retry_after().unwrap_or(*wait);
            if wait > PATIENCE {
                return Ok(reply);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(
        &self,
        method: Method,
        url: &str,
        body: &Body,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, Unreachable> {
        let lasting = |failure| Unreachable {
            failure,
            passing: false,
        };
        let here = Address::parse(&self.settings.url).map_err(lasting)?;
        let there = Address::parse(url).map_err(lasting)?;
        // Links in answers are followed with the token only on the server that the token is for.
        if !here.origin.trusts(&there.origin) {
            return Err(lasting(
                Failure::new(format!(
                    "The server points to another one, {url}; the token was not sent there"
                ))
                .hint(format!(
                    "export CUPOLA_URL=https://{}, if that is its right name",
                    there.origin.host_header()
                )),
            ));
        }
        let token = self.token().await.map_err(lasting)?;
        let bearer = Some(token.reveal());
        self.http
            .send(&Call {
                method,
                url,
                bearer,
                body: body.clone(),
                headers,
            })
            .await
    }

    // A shell that was pointed at yesterday's server is the likeliest reason for silence.
    fn explained(&self, trouble: Unreachable) -> Failure {
        let failure = Failure::from(trouble);
        if self.settings.from_environment && !failure.speaks_of("cupola env") {
            failure.hint("eval \"$(cupola env)\"")
        } else {
            failure
        }
    }

    async fn token(&self) -> Result<Secret, Failure> {
        if let Some(token) = self.token.borrow().as_ref() {
            return Ok(token.clone());
        }
        let token = token::fetch(&self.http, &self.settings, &self.scope).await?.token;
        *self.token.borrow_mut() = Some(token.clone());
        Ok(token)
    }

    /// `/subscriptions/{S}`.
    pub(crate) fn subscription(&self) -> String {
        format!("/subscriptions/{}", segment(&self.settings.subscription))
    }

    /// `/subscriptions/{S}/resourceGroups/{group}`.
    pub(crate) fn group(&self, group: &str) -> String {
        format!("{}/resourceGroups/{}", self.subscription(), segment(group))
    }
}

fn parsed(url: &str, reply: &Reply) -> Result<Value, Failure> {
    serde_json::from_slice(&reply.body)
        .map_err(|error| Failure::new(format!("{url} did not answer with JSON: {error}")))
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}
