//! `GET …/providers/Microsoft.CognitiveServices/deletedAccounts`

use super::DELETED_TYPE;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_store::resources::Below;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let below = Below::TypeIn(&subscription.id, DELETED_TYPE);
    page(&call, reader.resources(), below, Token::SkipToken, |found| {
        view.sees(&found.id).then(|| envelope(&call.control, &found))
    })
    .await
}
