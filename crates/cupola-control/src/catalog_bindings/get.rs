//! `GET /providers/Cupola.Catalog/registries/{registry}/bindings/{model}`

use super::{model, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::serverless_endpoints::put::unbound;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let model = model(&call)?;
    let found = call
        .control
        .store()
        .reader()
        .await?
        .bindings()
        .find(&model)
        .await?;
    match found {
        Some(binding) => Ok(answer::ok(&shown(&call.control, &binding))),
        None => Err(Problem::new(Code::ResourceNotFound, unbound(&model).message)),
    }
}
