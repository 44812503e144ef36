//! `GET {scope}/providers/Microsoft.Authorization/permissions`: what the caller may do there, block by block. Everybody may
//! ask about themselves; the scope is only text, so that nobody learns what exists.

use super::{block, scope};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::Problem;
use cupola_wire::arm::Page;
use serde_json::Value;

pub(super) async fn list(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let blocks = caller
        .reaching(&scope)
        .filter_map(|(held, role)| role.map(|role| (held, role)))
        .flat_map(|(held, role)| {
            role.permissions.iter().map(|permissions| {
                let mut shown = block(permissions);
                shown["conditional"] = Value::Bool(held.conditional);
                shown
            })
        });
    Ok(answer::ok(&Page::whole(blocks.collect())))
}
