//! `GET {scope}/providers/Microsoft.Authorization/roleAssignments`

use super::{scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::{self, Granted, RoleAssignment};
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let filter = call.query.get("$filter").unwrap_or_default();
    let mut reader = call.control.store().reader().await?;
    let all = reader.access().assignments(None).await?;
    let found = all
        .iter()
        .filter(|held| concerns(held, &scope, filter))
        .map(shown);
    Ok(answer::ok(&Page::whole(found.collect())))
}

// What is held above a scope counts in it. `atScope()` leaves out what is held below.
fn concerns(held: &RoleAssignment, scope: &str, filter: &str) -> bool {
    let filter: String = filter
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let above = rbac::covers(&held.scope, scope);
    let below = rbac::covers(scope, &held.scope) && !filter.contains("atscope()");
    let principal = ["principalideq'", "assignedto('"]
        .into_iter()
        .find_map(|prefix| filter.split_once(prefix))
        .and_then(|(_, rest)| rest.split('\'').next().map(str::to_owned));
    (above || below) && principal.is_none_or(|principal| held.principal.eq_ignore_ascii_case(&principal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(held_at: &str, filter: &str, expected: bool) {
        let held = RoleAssignment {
            id: "i".into(),
            scope: held_at.into(),
            role: "r".into(),
            principal: "p".into(),
            principal_type: "ServicePrincipal".into(),
            created_at: cupola_core::Timestamp::UNIX_EPOCH,
        };
        assert_eq!(
            concerns(&held, "/subscriptions/s", filter),
            expected,
            "{held_at} with {filter}"
        );
    }

    #[test]
    fn assignments_are_listed_by_scope_and_principal() {
        check("/", "", true);
        check("/subscriptions/s/resourceGroups/g", "", true);
        check("/subscriptions/s/resourceGroups/g", "atScope()", false);
        check("/subscriptions/S", "atScope()", true);
        check("/subscriptions/other", "", false);
        check("/", "principalId eq 'P'", true);
        check("/", "principalId eq 'q'", false);
        check("/", "atScope() and assignedTo('p')", true);
    }
}
