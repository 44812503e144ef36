//! `GET {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{held_at, scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let (scope, id) = (scope(&call), call.param("id"));
    let mut reader = call.control.store().reader().await?;
    match held_at(&mut reader.access(), &scope, id).await? {
        Some(found) => Ok(answer::ok(&shown(&scope, &found))),
        None => Err(Problem::new(
            Code::ResourceNotFound,
            format!(
                "The role assignment '{}' was not found at this scope.",
                printable(id)
            ),
        )),
    }
}
