//! Which deployment of a site answers.

use crate::infer::Asked;
use crate::refusal::Refusal;
use crate::snapshot::{Deployment, Serves};
use cupola_core::Operation;
use cupola_core::name::fold;
use http::HeaderName;
use std::sync::Arc;

const MODEL_DEPLOYMENT: HeaderName = HeaderName::from_static("azureml-model-deployment");
const MESH_MODEL_NAME: HeaderName = HeaderName::from_static("x-ms-model-mesh-model-name");

/// Refuses what no body could mend: a deployment that the path names or that is the only one.
pub(crate) fn before_body(asked: &Asked<'_>, operation: Operation) -> Result<(), Refusal> {
    match (&asked.site.serves, asked.deployment) {
        (Serves::Many(_), None) => Ok(()),
        _ => deployment(asked, operation, None).map(|_| ()),
    }
}

/// The deployment of a request whose body names none.
pub(crate) fn only<'a>(asked: &'a Asked<'_>, operation: Operation) -> Result<&'a Arc<Deployment>, Refusal> {
    let named = match &asked.site.serves {
        Serves::Many(many) if many.len() == 1 => many.values().next().map(|one| one.name.as_str()),
        _ => None,
    };
    deployment(asked, operation, named)
}

/// The deployment of the path, of the body's `model` or of a header; the only one of an endpoint, whatever they say. It
/// answers, and it can do what is asked.
pub(crate) fn deployment<'a>(
    asked: &'a Asked<'_>,
    operation: Operation,
    model: Option<&str>,
) -> Result<&'a Arc<Deployment>, Refusal> {
    let found = match &asked.site.serves {
        Serves::One(one) => one,
        Serves::Many(many) => {
            let named = asked
                .deployment
                .or(model)
                .or_else(|| asked.head.headers.get(MESH_MODEL_NAME)?.to_str().ok())
                .or_else(|| asked.head.headers.get(MODEL_DEPLOYMENT)?.to_str().ok())
                .filter(|name| !name.is_empty())
                .ok_or_else(|| Refusal::no_model_name(asked.surface))?;
            many.get(&fold(named)).ok_or_else(|| match asked.deployment {
                Some(_) => Refusal::no_such_deployment(asked.surface),
                None => Refusal::unknown_model(asked.surface, named),
            })?
        }
    };
    asked.visit.place(found, operation);
    if !operation.fits(found.model.task) {
        return Err(Refusal::no_such_route(asked.surface, &found.model));
    }
    match Refusal::not_serving(asked.surface, asked.site, found) {
        Some(refusal) => Err(refusal),
        None => Ok(found),
    }
}
