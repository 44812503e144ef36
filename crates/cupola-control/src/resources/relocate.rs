//! `POST …/resourceGroups/{group}/moveResources` and `…/validateMoveResources`: an id is for ever here.

use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn relocate(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let group = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?;
    Err(Problem::new(
        Code::NotSupported,
        format!(
            "Resources of '{}' cannot be moved: keys, names and bills belong to their ids. Create them in the other group \
             and delete them here.",
            group.id.name()
        ),
    ))
}
