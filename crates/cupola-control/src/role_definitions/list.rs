//! `GET {scope}/providers/Microsoft.Authorization/roleDefinitions`: all, or those of a name.

use super::shown;
use crate::dispatch::{Call, Reply};
use crate::{answer, roles};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let wanted = call.query.get("$filter").and_then(role_name);
    let found = roles::built_in()
        .iter()
        .filter(|role| {
            wanted
                .as_ref()
                .is_none_or(|name| role.name.eq_ignore_ascii_case(name))
        })
        .map(|role| shown(call.param("scope"), role));
    Ok(answer::ok(&Page::whole(found.collect())))
}

// Other filters, such as atScopeAndBelow(), leave nothing out: every built-in role can be assigned everywhere.
fn role_name(filter: &str) -> Option<String> {
    let rest = filter
        .trim()
        .get(..8)
        .filter(|head| head.eq_ignore_ascii_case("roleName"))
        .and_then(|_| filter.trim().get(8..))?;
    let rest = rest.trim_start().strip_prefix("eq")?.trim();
    Some(rest.trim_matches('\'').replace("''", "'"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_role_is_found_by_its_name() {
        let read = super::role_name;
        assert_eq!(
            read("roleName eq 'Azure AI Developer'").as_deref(),
            Some("Azure AI Developer")
        );
        assert_eq!(read("atScopeAndBelow()"), None);
        assert_eq!(read(""), None);
    }
}
