//! `GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`

use super::shown;
use crate::dispatch::{Call, Reply};
use crate::{answer, roles};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let role = roles::find(call.param("id")).ok_or_else(|| {
        Problem::new(
            Code::ResourceNotFound,
            format!(
                "The role definition '{}' was not found.",
                printable(call.param("id"))
            ),
        )
    })?;
    Ok(answer::ok(&shown(call.param("scope"), role)))
}
