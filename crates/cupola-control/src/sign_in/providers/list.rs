//! `GET /providers/Cupola.Identity/identityProviders`

use super::{Provider, all};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let all = all(&call).await?;
    Ok(answer::ok(&Page::whole(
        all.iter().map(Provider::shown).collect(),
    )))
}
