//! A worker of ours: OpenAI-shaped HTTP over a unix socket.

use crate::answer::Answer;
use crate::connect::{Dialer, Origin, Place};
use crate::error::{BackendError, Kind};
use crate::fleet::{Fleet, Worker};
use crate::upstream::{cannot, openai_route};
use crate::{Call, connections};
use cupola_core::ModelId;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use std::path::PathBuf;
use std::sync::Arc;

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
        let origin = origin(self.socket()?);
        let path = openai_route(call.operation)
            .and_then(|route| Uri::try_from(format!("/v1/{route}")).ok())
            .ok_or_else(|| cannot("openai", call.operation))?;
        let request_id = HeaderValue::from_str(call.request_id).ok();
        connections::send(&self.dialer, &origin, || {
            let mut request = Request::new(Full::new(call.body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = path.clone();
            let headers = request.headers_mut();
            headers.insert(header::HOST, HeaderValue::from_static("engine"));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(id) = &request_id {
                headers.insert("x-request-id", id.clone());
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
