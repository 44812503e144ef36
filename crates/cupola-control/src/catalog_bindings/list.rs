//! `GET /providers/Cupola.Catalog/registries/{registry}/bindings`

use super::shown;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let bindings = call.control.store().reader().await?.bindings().list().await?;
    let registry = call.param("registry");
    let here = bindings
        .iter()
        .filter(|binding| binding.model.registry().eq_ignore_ascii_case(registry));
    Ok(answer::ok(&Page::whole(
        here.map(|binding| shown(&call.control, binding)).collect(),
    )))
}
