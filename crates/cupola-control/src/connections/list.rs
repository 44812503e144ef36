//! `GET …/connections`: those of the workspace, then those of its hub that are shared. Without credentials.
//!
//! `includeAll` asks for datastores too; there are none here, so it changes nothing, however often it is sent.

use super::{hub_of, is_shared_with, kind_in, workspace};
use crate::dispatch::{Call, Reply};
use crate::kinds::require_workspace;
use crate::owned;
use crate::paging::{Token, page_of};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::Resource;
use cupola_store::resources::Below;
use cupola_wire::arm::ConnectionProperties;

pub(super) async fn list(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let workspace = require_workspace(reader.resources(), &workspace(&call)).await?;
    let hub = hub_of(&workspace)?;
    let wanted = Wanted {
        category: call.query.get("category"),
        target: call.query.get("target"),
    };
    let (own, shared) = (kind_in(&workspace.id), hub.as_ref().map(kind_in));
    let mut lists = vec![Below::Children(&workspace.id, &own)];
    if let (Some(hub), Some(kind)) = (&hub, &shared) {
        lists.push(Below::Children(hub, kind));
    }
    page_of(&call, reader.resources(), &lists, Token::Skip, |found| {
        let own = found
            .id
            .parent()
            .is_some_and(|holder| holder.folded() == workspace.id.folded());
        let seen = own || is_shared_with(&found, grant.principal());
        (seen && wanted.passes(&found)).then(|| envelope(&call.control, &found))
    })
    .await
}

struct Wanted<'a> {
    category: Option<&'a str>,
    target: Option<&'a str>,
}

impl Wanted<'_> {
    fn passes(&self, connection: &Resource) -> bool {
        let is =
            |wanted: Option<&str>, has: &str| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(has));
        owned::body::<ConnectionProperties>(connection)
            .is_ok_and(|body| is(self.category, &body.category) && is(self.target, &body.target))
    }
}
