//! `POST …/deployments/{name}/exportTemplate`: the template as it was sent.

use super::{id, look_up, request};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::json;

pub(super) async fn post(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    look_up(&call).await?;
    let sealed = call
        .control
        .store()
        .reader()
        .await?
        .deployments()
        .request(&id(&call))
        .await?;
    let Some(sealed) = sealed else {
        return Err(super::missing(&call));
    };
    let request = request::unseal_request(&call.control, &sealed)?;
    Ok(answer::ok(&json!({"template": request.template.to_value()})))
}
