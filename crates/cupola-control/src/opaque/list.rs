//! `GET` of a type that is kept as it is: of a subscription, of a group, or below another resource.

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{require_group, require_subscription};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::{Problem, ResourceId};
use cupola_store::resources::Below;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    // A name behind the type makes it an id, which knows its own type and holder.
    let id = ResourceId::parse(&format!("{}/x", call.param("listed"))).ok_or_else(Problem::internal)?;
    let (kind, holder) = (id.resource_type(), id.parent().ok_or_else(Problem::internal)?);
    let mut reader = call.control.store().reader().await?;
    let subscription = holder.subscription.as_deref().unwrap_or_default();
    let below = match (&holder.provider, &holder.group) {
        (Some(_), _) => {
            super::require(reader.resources(), &holder).await?;
            Below::Children(&holder, &kind)
        }
        (None, Some(group)) => {
            require_group(reader.resources(), subscription, group).await?;
            Below::Children(&holder, &kind)
        }
        (None, None) => {
            require_subscription(reader.resources(), subscription).await?;
            Below::TypeIn(&holder, &kind)
        }
    };
    page(&call, reader.resources(), below, Token::SkipToken, |found| {
        view.may_read(&found.id).then(|| envelope(&call.control, &found))
    })
    .await
}
