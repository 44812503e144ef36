//! `GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`

use super::{find, scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let mut reader = call.control.store().reader().await?;
    let role = find(reader.access(), &scope, call.param("id")).await?;
    let role = role.ok_or_else(|| {
        Problem::new(
            Code::ResourceNotFound,
            format!(
                "The role definition '{}' was not found.",
                printable(call.param("id"))
            ),
        )
    })?;
    Ok(answer::ok(&shown(&scope, &role)))
}
