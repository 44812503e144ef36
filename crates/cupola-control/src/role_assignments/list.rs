//! `GET {scope}/providers/Microsoft.Authorization/roleAssignments`: what is held at the scope, above it and below it.

use super::{scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::paging::{self, Token};
use cupola_core::Problem;
use cupola_core::name::fold;
use cupola_core::rbac::{self, Granted, RoleAssignment};
use cupola_wire::arm::Page;

const PAGE: u32 = 500;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let filter = Filter::read(call.query.get("$filter").unwrap_or_default());
    // What is held above a scope counts in it.
    let scopes = rbac::covering(&scope);
    let below = (!filter.at_scope).then_some(scope.as_str());
    let after = call.query.get("$skiptoken").and_then(place);
    let mut reader = call.control.store().reader().await?;
    let found = match &filter.principal {
        // What one principal holds is bounded where it is given, so it is a page whatever the scope.
        Some(principal) => {
            let mut held = reader.access().assignments_of(principal).await?;
            let in_scope =
                |at: &str| rbac::covers(at, &scope) || (below.is_some() && rbac::covers(&scope, at));
            held.retain(|one| in_scope(&one.assignment.scope));
            let value = held.iter().map(|one| shown(&scope, one)).collect();
            return Ok(answer::ok(&Page::whole(value)));
        }
        None => {
            reader
                .access()
                .assignments_at(&scopes, below, after, PAGE)
                .await?
        }
    };
    let next_link = (found.len() == PAGE as usize)
        .then(|| found.last())
        .flatten()
        .map(|last| link(&call, &last.assignment));
    Ok(answer::ok(&Page {
        value: found.iter().map(|one| shown(&scope, one)).collect(),
        next_link,
    }))
}

// `ID@SCOPE`: the last assignment of the page before.
fn place(token: &str) -> Option<(&str, &str)> {
    let (id, scope) = token.split_once('@')?;
    Some((scope, id))
}

fn link(call: &Call, last: &RoleAssignment) -> String {
    paging::next(
        call,
        Token::SkipToken,
        &format!("{}@{}", last.id, fold(&last.scope)),
    )
}

/// What of the assignments is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    /// Leave out what is held below.
    at_scope: bool,
    principal: Option<String>,
}

impl Filter {
    // Odd filters leave nothing out. `assignedTo` means groups of the principal too, and there are none.
    fn read(text: &str) -> Self {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_lowercase();
        let principal = ["principalideq'", "assignedto('"]
            .into_iter()
            .find_map(|prefix| text.split_once(prefix))
            .and_then(|(_, rest)| rest.split('\'').next().map(str::to_owned));
        Self {
            at_scope: text.contains("atscope()"),
            principal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, at_scope: bool, principal: Option<&str>) {
        let expected = Filter {
            at_scope,
            principal: principal.map(str::to_owned),
        };
        assert_eq!(Filter::read(filter), expected, "{filter}");
    }

    #[test]
    fn assignments_are_listed_by_scope_and_principal() {
        check("", false, None);
        check("atScope()", true, None);
        check("principalId eq 'P'", false, Some("p"));
        check("atScope() and assignedTo('p')", true, Some("p"));
        check("assignedTo('{p", false, Some("{p"));
        check("whatever", false, None);
    }
}
