//! `POST` to a resource that is kept as it is, such as `listKeys`: there is nothing that could answer.

use crate::dispatch::{Call, Caller, Reply};
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};

pub(super) async fn invoke(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let (id, action) = call.param("invoked").rsplit_once('/').unwrap_or_default();
    let kind = ResourceId::parse(id)
        .map(|id| id.resource_type())
        .unwrap_or_default();
    Err(Problem::new(
        Code::NotSupported,
        format!(
            "'{}' cannot be done: resources of type '{}' are kept here as they are and nothing is made of them, so there \
             is nothing that could answer. Use the real one and pass what it answers as a parameter.",
            printable(action),
            printable(&kind),
        ),
    ))
}
