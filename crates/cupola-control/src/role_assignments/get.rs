//! `GET {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::name::{fold, printable};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let (scope, id) = (fold(&scope(&call)), call.param("id"));
    let mut reader = call.control.store().reader().await?;
    let all = reader.access().assignments(None).await?;
    // Looked for at this scope only: the grant is for this scope.
    match all
        .iter()
        .find(|held| held.id.eq_ignore_ascii_case(id) && fold(&held.scope) == scope)
    {
        Some(found) => Ok(answer::ok(&shown(found))),
        None => Err(Problem::new(
            Code::ResourceNotFound,
            format!(
                "The role assignment '{}' was not found at this scope.",
                printable(id)
            ),
        )),
    }
}
