//! `GET …/workspaces`, of a group or of a subscription, of every kind or of some.

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{WORKSPACE, require_group, require_subscription};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::{Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Below;

pub(super) async fn in_group(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let group = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?
    .id;
    let kinds = Kinds::asked(&call);
    page(
        &call,
        reader.resources(),
        Below::Children(&group, WORKSPACE),
        Token::Skip,
        |found| (kinds.have(&found) && view.sees(&found.id)).then(|| envelope(&call.control, &found)),
    )
    .await
}

pub(super) async fn in_subscription(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription: ResourceId = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    let kinds = Kinds::asked(&call);
    page(
        &call,
        reader.resources(),
        Below::TypeIn(&subscription, WORKSPACE),
        Token::Skip,
        |found| (kinds.have(&found) && view.sees(&found.id)).then(|| envelope(&call.control, &found)),
    )
    .await
}

/// `kind=hub,project`; none asked for means all.
struct Kinds(Vec<String>);

impl Kinds {
    fn asked(call: &Call) -> Self {
        let asked = call.query.get("kind").unwrap_or_default();
        Self(
            asked
                .split(',')
                .map(|kind| kind.trim().to_ascii_lowercase())
                .filter(|kind| !kind.is_empty())
                .collect(),
        )
    }

    fn have(&self, workspace: &Resource) -> bool {
        let kind = workspace
            .kind
            .as_deref()
            .unwrap_or("Default")
            .to_ascii_lowercase();
        self.0.is_empty() || self.0.contains(&kind)
    }
}
