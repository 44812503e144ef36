//! `GET /info`: what the model is. Clients choose their own class by `model_type`.

use crate::snapshot::Endpoint;
use cupola_edge::{Body, json};
use http::{Response, StatusCode};
use serde_json::json;

pub(crate) fn answer(endpoint: &Endpoint) -> Response<Body> {
    let model = &endpoint.model;
    let facts = json!({
        "model_name": model.name,
        "model_type": model.task.as_str(),
        "model_provider_name": model.publisher,
    });
    json(StatusCode::OK, &facts)
}
