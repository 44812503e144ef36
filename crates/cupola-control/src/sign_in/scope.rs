//! Scopes: which audience a token is for. The audience is the scope without `/.default`. The cloud's command line writes
//! `{ARM}//.default`, so its audience ends in a slash; both spellings are for the same resource.

use super::refusal::Refusal;
use crate::dispatch::Query;

const AUDIENCE_BYTES_MAX: usize = 256;

/// What a scope may weigh; it is kept with codes and refresh tokens.
pub(super) const SCOPE_BYTES_MAX: usize = 1024;

/// The audience that an application asks for.
pub(super) fn of_application(form: &Query) -> Result<String, Refusal> {
    let scope = form.get("scope").unwrap_or_default();
    let named = scope
        .split_whitespace()
        .find_map(|scope| scope.strip_suffix("/.default"))
        .or(form.get("resource"));
    match named {
        Some(audience) if is_usable(audience) => Ok(audience.to_owned()),
        _ => Err(Refusal::wrong_scope(scope)),
    }
}

// A token for the directory opens nothing else: an application that only wants to know who somebody is, and asks for no
// resource, gets nothing with which it could act for them.
const GRAPH: &str = "https://graph.microsoft.com";

/// The audience that a person's application asks for. Permissions by name are taken for their resource; without a resource
/// they are Graph's, which this server answers itself.
pub(super) fn of_person(scope: &str) -> Result<String, Refusal> {
    if scope.len() > SCOPE_BYTES_MAX {
        return Err(Refusal::unusable_scope("…"));
    }
    let named = scope.split_whitespace().find(|part| !is_reserved(part));
    let audience = match named {
        None => GRAPH,
        Some(part) => match (part.strip_suffix("/.default"), part.rsplit_once('/')) {
            (Some(audience), _) => audience,
            (None, Some((resource, _))) if resource.contains("://") && !resource.ends_with("//") => resource,
            (None, Some(_)) => return Err(Refusal::unusable_scope(scope)),
            (None, None) => GRAPH,
        },
    };
    if is_usable(audience) {
        Ok(audience.to_owned())
    } else {
        Err(Refusal::unusable_scope(scope))
    }
}

/// Is this word in the scope?
pub(super) fn has(scope: &str, word: &str) -> bool {
    scope.split_whitespace().any(|part| part == word)
}

fn is_reserved(part: &str) -> bool {
    ["openid", "profile", "offline_access", "email"].contains(&part)
}

fn is_usable(audience: &str) -> bool {
    !audience.is_empty()
        && audience.len() <= AUDIENCE_BYTES_MAX
        && audience.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_the_scope_without_its_suffix() {
        let read = |form: &str| of_application(&Query::parse(form)).ok();
        assert_eq!(
            read("scope=https%3A%2F%2Farm.test%2F.default").as_deref(),
            Some("https://arm.test")
        );
        assert_eq!(
            read("scope=https://arm.test//.default").as_deref(),
            Some("https://arm.test/")
        );
        assert_eq!(
            read("scope=openid+https://arm.test/.default").as_deref(),
            Some("https://arm.test")
        );
        assert_eq!(
            read("resource=https://arm.test/").as_deref(),
            Some("https://arm.test/")
        );
        assert_eq!(read("scope=/.default"), None);
        assert_eq!(read("scope=https://arm.test/read"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn people_may_name_permissions() {
        let check = |scope: &str, expected: Option<&str>| {
            assert_eq!(of_person(scope).ok().as_deref(), expected, "{scope}");
        };
        check(
            "https://arm.test//.default offline_access openid",
            Some("https://arm.test/"),
        );
        check("openid profile https://g.test/User.Read", Some("https://g.test"));
        check("User.Read", Some(GRAPH));
        check("openid", Some(GRAPH));
        check("", Some(GRAPH));
        check("/.default", None);
        check("https:///x", None);
        check("a/b", None);
        check(&format!("https://{}/.default", "x".repeat(300)), None);
    }
}
