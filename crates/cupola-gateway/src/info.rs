//! `GET /info`: what the model is. Clients choose their own class by `model_type`.

use crate::query;
use crate::refusal::Refusal;
use crate::snapshot::{Serves, Site};
use cupola_core::name::fold;
use cupola_edge::{Body, json};
use cupola_wire::openai::Surface;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::json;

/// The only model of an endpoint; of an account the one that `?model=` names, which older clients leave away where there
/// is but one.
pub(crate) fn answer(site: &Site, surface: Surface, head: &Parts) -> Result<Response<Body>, Refusal> {
    let query = head.uri.query().unwrap_or_default();
    let named = query::pairs(query).find_map(|(name, value)| (name == "model").then_some(value));
    let deployment = match (&site.serves, named) {
        (Serves::One(one), _) => one,
        (Serves::Many(many), Some(name)) => many
            .get(&fold(name))
            .ok_or_else(|| Refusal::unknown_model(surface, name))?,
        (Serves::Many(many), None) => {
            let mut all = many.values();
            match (all.next(), all.next()) {
                (Some(only), None) => only,
                _ => return Err(Refusal::no_model_name(surface)),
            }
        }
    };
    let model = &deployment.model;
    let facts = json!({
        "model_name": model.name,
        "model_type": model.task.as_str(),
        "model_provider_name": model.publisher,
    });
    Ok(json(StatusCode::OK, &facts))
}
