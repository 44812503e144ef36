//! The deployment that serves a guard model: of the same subscription, and a chat.

use super::super::wrong;
use crate::control::Control;
use crate::owned;
use cupola_core::catalog::Task;
use cupola_core::name::printable;
use cupola_core::{ModelId, Problem, ResourceId};
use cupola_store::resources::Resources;
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties};
use cupola_wire::arm::{ENDPOINT_TYPE, EndpointProperties};

const PATH: &str = "properties.deploymentId";

/// Refuses what cannot be asked. What happens to the deployment later is found out when it is asked.
pub(super) async fn require(
    control: &Control,
    mut resources: Resources<'_>,
    provider: &ResourceId,
    deployment: &str,
) -> Result<(), Problem> {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    };
    let id = ResourceId::parse(deployment).filter(|id| same(&id.subscription, &provider.subscription));
    let Some(id) = id else {
        return Err(wrong(
            PATH,
            format!(
                "The field {PATH} must be the id of a serverless endpoint, or of a deployment of an account, in the \
                 subscription of the provider."
            ),
        ));
    };
    let Some(found) = resources.find(&id).await? else {
        return Err(wrong(
            PATH,
            format!(
                "There is no '{}'. Deploy the guard model first.",
                printable(deployment)
            ),
        ));
    };
    let kind = id.resource_type();
    let model = match () {
        () if kind.eq_ignore_ascii_case(ENDPOINT_TYPE) => {
            owned::body::<EndpointProperties>(&found)?.model_settings.model_id
        }
        () if kind.eq_ignore_ascii_case(DEPLOYMENT_TYPE) => {
            owned::body::<DeploymentProperties>(&found)?.model_id
        }
        () => String::new(),
    };
    let known = model
        .parse::<ModelId>()
        .ok()
        .and_then(|model| control.catalog().find(&model).map(|known| known.task));
    if known != Some(Task::ChatCompletion) {
        return Err(wrong(
            PATH,
            format!(
                "'{}' is nobody to chat with: a guard model is served by a serverless endpoint or a deployment of a chat \
                 model.",
                printable(deployment)
            ),
        ));
    }
    Ok(())
}
