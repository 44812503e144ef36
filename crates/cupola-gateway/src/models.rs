//! `GET .../models`: which deployments there are, as OpenAI's clients list models.

use crate::refusal::Refusal;
use crate::snapshot::{Deployment, Serves, Site};
use cupola_core::name::fold;
use cupola_edge::{Body, json};
use cupola_wire::openai::Surface;
use http::{Response, StatusCode};
use serde_json::{Value, json};

pub(crate) fn list(site: &Site) -> Result<Response<Body>, Refusal> {
    let mut deployments = site.deployments();
    deployments.sort_by(|one, other| one.name.cmp(&other.name));
    let data: Vec<Value> = deployments.into_iter().map(|one| shown(one)).collect();
    Ok(json(StatusCode::OK, &json!({ "object": "list", "data": data })))
}

pub(crate) fn get(site: &Site, surface: Surface, name: &str) -> Result<Response<Body>, Refusal> {
    let found = match &site.serves {
        Serves::One(one) => Some(one).filter(|one| is_named(one, name)),
        Serves::Many(many) => many.get(&fold(name)),
    };
    match found {
        Some(deployment) => Ok(json(StatusCode::OK, &shown(deployment))),
        None => Err(Refusal::unknown_model(surface, name)),
    }
}

// An endpoint's model goes by the model's name as well as by the endpoint's.
fn is_named(deployment: &Deployment, name: &str) -> bool {
    deployment.name.eq_ignore_ascii_case(name) || deployment.model.name.eq_ignore_ascii_case(name)
}

fn shown(deployment: &Deployment) -> Value {
    json!({
        "id": deployment.name,
        "object": "model",
        // When a model was made is not known here; clients want a number.
        "created": 0,
        "owned_by": deployment.model.publisher,
        "model": deployment.model.name,
        "task": deployment.model.task.as_str(),
    })
}
