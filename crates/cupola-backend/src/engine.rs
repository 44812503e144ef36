//! A worker of ours: OpenAI-shaped HTTP over a unix socket.

use crate::answer::Answer;
use crate::connect::{Dialer, Origin, Place};
use crate::error::{BackendError, Kind};
use crate::fleet::{Fleet, Worker};
use crate::upstream::{cannot, openai_route};
use crate::{Call, connections};
use bytes::Bytes;
use cupola_core::ModelId;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use std::path::PathBuf;
use std::sync::Arc;

// A number and its name, or a complaint.
const COUNT_BYTES_MAX: usize = 64 << 10;

#[derive(serde::Deserialize)]
struct Count {
    count: u64,
}

/// The worker of a model, wherever it is at the moment.
#[derive(Debug)]
pub struct Engine {
    model: ModelId,
    fleet: Fleet,
    dialer: Dialer,
}

impl Engine {
    /// The worker of this model in this fleet.
    pub fn new(model: ModelId, fleet: Fleet, dialer: Dialer) -> Self {
        Self { model, fleet, dialer }
    }

    pub(crate) async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        let path = openai_route(call.operation)
            .and_then(|route| Uri::try_from(format!("/v1/{route}")).ok())
            .ok_or_else(|| cannot("openai", call.operation))?;
        self.send(&path, &call.body, call.request_id, call.traceparent.as_ref())
            .await
    }

    /// What a conversation, a chat request in OpenAI's shape, weighs with the model's own tokenizer and template.
    pub(crate) async fn count_tokens(&self, chat: &Bytes, request_id: &str) -> Result<u64, BackendError> {
        let answer = self
            .send(&Uri::from_static("/tokenize"), chat, request_id, None)
            .await?;
        let status = answer.status;
        let body = answer.body.collect(COUNT_BYTES_MAX).await?;
        serde_json::from_slice(&body)
            .ok()
            .filter(|_| status == StatusCode::OK)
            .map(|Count { count }| count)
            .ok_or_else(|| BackendError::broke("the worker did not count tokens"))
    }

    async fn send(
        &self,
        path: &Uri,
        body: &Bytes,
        request_id: &str,
        traceparent: Option<&HeaderValue>,
    ) -> Result<Answer, BackendError> {
        let origin = origin(self.socket()?);
        let request_id = HeaderValue::from_str(request_id).ok();
        connections::send(&self.dialer, &origin, || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = path.clone();
            let headers = request.headers_mut();
            headers.insert(header::HOST, HeaderValue::from_static("engine"));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(id) = &request_id {
                headers.insert("x-request-id", id.clone());
            }
            if let Some(traceparent) = traceparent {
                headers.insert("traceparent", traceparent.clone());
            }
            request
        })
        .await
    }

    fn socket(&self) -> Result<PathBuf, BackendError> {
        // Why a worker does not run is the operator's business: the node's log has it.
        let (message, seconds) = match self.fleet.worker(&self.model) {
            Some(Worker::Ready { socket, .. }) => return Ok(socket),
            None | Some(Worker::Starting) => ("The model is being loaded. Try again in a second.", 1),
            Some(Worker::BackingOff { .. }) => ("The model's worker stopped and is started again.", 2),
            Some(Worker::Broken { .. }) => (
                "The model's worker cannot run; the operator finds the reason in the server's log.",
                30,
            ),
        };
        Err(BackendError::new(Kind::NotReady, message).retry_after(seconds))
    }
}

fn origin(socket: PathBuf) -> Origin {
    let key: Arc<str> = format!("unix:{}", socket.display()).into();
    Origin {
        key,
        place: Place::Unix(socket),
    }
}
