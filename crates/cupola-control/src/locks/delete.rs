//! `DELETE {scope}/providers/Microsoft.Authorization/locks/{name}`

use super::{scope, shown};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let (scope, name) = (scope(&call), call.param("name"));
    let mut work = call.control.store().begin().await?;
    let Some(lock) = work.locks().find(&scope, name).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    work.locks().delete(&grant, &scope, name).await?;
    audit::change(
        &mut work,
        &call,
        &grant,
        "Succeeded",
        json!({"before": shown(&lock)}),
    )
    .await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}
