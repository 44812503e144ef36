//! `GET …/serverlessEndpoints`

use super::workspace;
use crate::dispatch::{Call, Reply};
use crate::kinds::{ENDPOINT, require_workspace};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::resources::Below;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let workspace = workspace(&call);
    require_workspace(reader.resources(), &workspace).await?;
    let below = Below::Children(&workspace, ENDPOINT);
    page(&call, reader.resources(), below, Token::Skip, |found| {
        Some(envelope(&call.control, &found))
    })
    .await
}
