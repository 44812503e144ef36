//! Who may do what where: one decision, made before anything is looked up.

use crate::name::fold;
use crate::problem::{Code, Problem};
use crate::time::Timestamp;

/// What a role allows, as actions with `*` standing for any characters, `/` included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Allowed management actions.
    pub actions: Vec<String>,
    /// Taken away from `actions` of this role alone.
    pub not_actions: Vec<String>,
    /// Allowed data actions.
    pub data_actions: Vec<String>,
    /// Taken away from `data_actions` of this role alone.
    pub not_data_actions: Vec<String>,
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDefinition {
    /// A GUID.
    pub id: String,
    /// For people, such as `Azure AI Developer`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// False for a role that somebody here defined.
    pub built_in: bool,
    /// Where it can be assigned; `/` is everywhere.
    pub assignable_scopes: Vec<String>,
    /// What it allows, in blocks: what one block takes away, another one may still give.
    pub permissions: Vec<Permissions>,
}

/// A principal holds a role at a scope and below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    /// A GUID, chosen by the client.
    pub id: String,
    /// Where: `/`, a subscription, a group, or a resource id.
    pub scope: String,
    /// Which role.
    pub role: String,
    /// Who.
    pub principal: String,
    /// `ServicePrincipal`, `User` or `Group`.
    pub principal_type: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The kind of a principal that a resource has. It signs in nowhere.
pub const MANAGED_IDENTITY: &str = "ManagedIdentity";

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The object id.
    pub id: String,
    /// The application id, for a service principal.
    pub app_id: Option<String>,
    /// For people and for `createdBy`.
    pub display_name: String,
    /// `Application` or `User`, as `systemData.createdByType` wants it.
    pub kind: &'static str,
}

/// Proof that a check passed: only `decide` and `Granted::to_job` make one.
#[derive(Debug, Clone)]
pub struct Granted {
    principal: Principal,
    action: String,
    scope: String,
}

impl Granted {
    /// Who was allowed.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What was allowed.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Where.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The platform's own hand, for jobs that finish what a caller was allowed to begin and for first start.
    pub fn to_platform(action: &str) -> Self {
        Self {
            principal: Principal {
                id: "00000000-0000-0000-0000-000000000000".to_owned(),
                app_id: None,
                display_name: "Cupola".to_owned(),
                kind: "Application",
            },
            action: action.to_owned(),
            scope: "/".to_owned(),
        }
    }
}

/// May `principal` do `action` at `scope`? A stranger learns nothing about what exists: the scope is only text here.
/// `role` finds a definition by its id.
pub fn decide<'a>(
    principal: &Principal,
    action: &str,
    scope: &str,
    assignments: impl IntoIterator<Item = &'a RoleAssignment>,
    role: impl Fn(&str) -> Option<&'a RoleDefinition>,
) -> Result<Granted, Problem> {
    let allowed = assignments
        .into_iter()
        .filter(|held| held.principal.eq_ignore_ascii_case(&principal.id) && covers(&held.scope, scope))
        .filter_map(|held| role(&held.role))
        .any(|role| allows(&role.permissions, action) || sees_where_it_works(role, action));
    if allowed {
        return Ok(Granted {
            principal: principal.clone(),
            action: action.to_owned(),
            scope: scope.to_owned(),
        });
    }
    Err(refused(principal, action, scope))
}

/// The refusal that names who, what and where.
pub fn refused(principal: &Principal, action: &str, scope: &str) -> Problem {
    Problem::new(
        Code::AuthorizationFailed,
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            principal.app_id.as_deref().unwrap_or(&principal.display_name),
            principal.id,
        ),
    )
}

/// Does what is held at `held` reach `scope`? Only whole segments count: group `a` does not cover group `ab`.
pub fn covers(held: &str, scope: &str) -> bool {
    let held = held.trim_end_matches('/').as_bytes();
    let scope = scope.trim_end_matches('/').as_bytes();
    scope.split_at_checked(held.len()).is_some_and(|(head, rest)| {
        head.eq_ignore_ascii_case(held) && rest.first().is_none_or(|next| *next == b'/')
    })
}

/// The scopes that cover this one, from `/` down to itself, folded.
pub fn covering(scope: &str) -> Vec<String> {
    let scope = fold(scope.trim_end_matches('/'));
    let mut all = vec!["/".to_owned()];
    let ends = scope.match_indices('/').map(|(at, _)| at).skip(1);
    all.extend(
        ends.chain([scope.len()])
            .filter(|end| *end > 0)
            .map(|end| scope[..end].to_owned()),
    );
    all
}

/// Do the permissions of one role allow a management action? A block allows what its actions name and its own
/// notActions do not.
pub fn allows(permissions: &[Permissions], action: &str) -> bool {
    permissions
        .iter()
        .any(|block| named(&block.actions, action) && !named(&block.not_actions, action))
}

/// Do the permissions of one role allow a data action?
pub fn allows_data(permissions: &[Permissions], action: &str) -> bool {
    permissions
        .iter()
        .any(|block| named(&block.data_actions, action) && !named(&block.not_data_actions, action))
}

fn named(patterns: &[String], action: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, action))
}

// Somebody who may work in a scope may see the group and the subscription around it, or sign-in shows an empty account.
fn sees_where_it_works(role: &RoleDefinition, action: &str) -> bool {
    const AROUND: [&str; 2] = [
        "microsoft.resources/subscriptions/read",
        "microsoft.resources/subscriptions/resourcegroups/read",
    ];
    AROUND.iter().any(|known| known.eq_ignore_ascii_case(action))
        && role
            .permissions
            .iter()
            .any(|block| !block.actions.is_empty() && !named(&block.not_actions, action))
}

/// More stars than this in one pattern are refused where roles are written.
pub const STARS_MAX: usize = 6;

/// Matches without case; `*` is any characters, and `/*/` also matches a single `/` (the built-in roles rely on it).
pub fn matches(pattern: &str, action: &str) -> bool {
    if glob(pattern.as_bytes(), action.as_bytes()) {
        return true;
    }
    let holes: Vec<usize> = pattern
        .match_indices("/*/")
        .map(|(at, _)| at)
        .take(STARS_MAX)
        .collect();
    // Each hole is closed or left open: a few stars are a few tries.
    (1..1usize << holes.len()).any(|closed| glob(&without(pattern, &holes, closed), action.as_bytes()))
}

fn without(pattern: &str, holes: &[usize], closed: usize) -> Vec<u8> {
    let is_closed = |at: usize| {
        holes
            .iter()
            .enumerate()
            .any(|(nth, hole)| closed & (1 << nth) != 0 && (at == hole + 1 || at == hole + 2))
    };
    pattern
        .bytes()
        .enumerate()
        .filter(|(at, _)| !is_closed(*at))
        .map(|(_, byte)| byte)
        .collect()
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p].eq_ignore_ascii_case(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, action: &str, expected: bool) {
        assert_eq!(matches(pattern, action), expected, "{pattern} on {action}");
    }

    #[test]
    fn patterns_match_as_the_built_in_roles_expect() {
        check("*", "Microsoft.X/y/read", true);
        check("*/read", "Microsoft.X/y/READ", true);
        check("*/read", "Microsoft.X/y/listKeys/action", false);
        check(
            "Microsoft.X/workspaces/*/read",
            "Microsoft.X/workspaces/serverlessEndpoints/read",
            true,
        );
        check(
            "Microsoft.X/workspaces/*/read",
            "Microsoft.X/workspaces/read",
            true,
        );
        check(
            "Microsoft.X/workspaces/*/read",
            "Microsoft.X/workspacesread",
            false,
        );
        check(
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/roleAssignments/write",
            true,
        );
        check("a*b*c", "axxbyyc", true);
        check("a*b*c", "axxbyy", false);
    }

    #[test]
    fn scopes_cover_whole_segments() {
        assert!(covers("/", "/subscriptions/s"));
        assert!(covers("/subscriptions/S", "/subscriptions/s/resourceGroups/g"));
        assert!(!covers(
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s/resourceGroups/gg"
        ));
        assert!(!covers("/subscriptions/s/resourceGroups/g", "/subscriptions/s"));
    }

    #[test]
    fn several_holes_are_closed_one_by_one() {
        check("N/*/b/*/read", "N/b/read", true);
        check("N/*/b/*/read", "N/x/b/read", true);
        check("N/*/b/*/read", "N/b/x/read", true);
        check("N/*/b/*/read", "N/c/read", false);
    }

    #[test]
    fn a_block_takes_nothing_from_another_block() {
        let block = |actions: &[&str], not: &[&str]| Permissions {
            actions: actions.iter().map(|text| (*text).to_owned()).collect(),
            not_actions: not.iter().map(|text| (*text).to_owned()).collect(),
            data_actions: vec!["N/data/*".to_owned()],
            not_data_actions: not.iter().map(|text| (*text).to_owned()).collect(),
        };
        let apart = [block(&["*"], &["N/x/write"]), block(&["N/x/write"], &[])];
        assert!(allows(&apart, "n/X/write"));
        assert!(!allows(&apart[..1], "N/x/write"));
        assert!(allows_data(&apart, "N/data/read"));
        assert!(!allows_data(&apart, "N/x/write"));
    }

    #[test]
    fn the_scopes_above_are_found_from_the_text() {
        assert_eq!(covering("/"), ["/"]);
        assert_eq!(
            covering("/subscriptions/S/resourceGroups/g"),
            [
                "/",
                "/subscriptions",
                "/subscriptions/s",
                "/subscriptions/s/resourcegroups",
                "/subscriptions/s/resourcegroups/g"
            ]
        );
    }

    // What matching means, said without cleverness: a star is nothing or one more character, a hole may be a slash.
    fn slowly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'/', b'*', b'/', ..], _) if slowly(&[&b"/"[..], &pattern[3..]].concat(), text) => true,
            ([b'*', rest @ ..], _) => slowly(rest, text) || (!text.is_empty() && slowly(pattern, &text[1..])),
            ([p, rest @ ..], [t, more @ ..]) => p.eq_ignore_ascii_case(t) && slowly(rest, more),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_is_what_it_says(pattern in "[aB/*]{0,8}", text in "[Ab/]{0,8}") {
            prop_assume!(pattern.matches('*').count() <= STARS_MAX && !pattern.contains("/*/*/"));
            prop_assert_eq!(matches(&pattern, &text), slowly(pattern.as_bytes(), text.as_bytes()), "{} on {}", pattern, text);
        }

        #[test]
        fn case_never_matters(pattern in "[a-z/*.]{0,20}", text in "[a-z/.]{0,20}") {
            prop_assert_eq!(matches(&pattern, &text), matches(&pattern.to_uppercase(), &text));
            prop_assert_eq!(covers(&pattern, &text), covers(&pattern.to_uppercase(), &text));
        }

        #[test]
        fn what_covers_is_among_the_covering(held in "(/[ab]{1,2}){0,3}", scope in "(/[ab]{1,2}){0,4}") {
            let held = if held.is_empty() { "/".to_owned() } else { held };
            prop_assert_eq!(covers(&held, &scope), covering(&scope).contains(&held));
        }

        #[test]
        fn the_star_allows_everything_and_the_empty_pattern_nothing(action in "[a-zA-Z./]{1,40}") {
            prop_assert!(matches("*", &action));
            prop_assert!(!matches("", &action));
            prop_assert!(matches(&action, &action));
        }
    }
}
