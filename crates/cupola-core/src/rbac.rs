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
    /// What it allows.
    pub permissions: Permissions,
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
pub fn decide(
    principal: &Principal,
    action: &str,
    scope: &str,
    assignments: &[RoleAssignment],
    roles: &[RoleDefinition],
) -> Result<Granted, Problem> {
    let allowed = assignments
        .iter()
        .filter(|held| held.principal.eq_ignore_ascii_case(&principal.id) && covers(&held.scope, scope))
        .filter_map(|held| roles.iter().find(|role| role.id.eq_ignore_ascii_case(&held.role)))
        .any(|role| allows(&role.permissions, action) || sees_where_it_works(role, action));
    if allowed {
        return Ok(Granted {
            principal: principal.clone(),
            action: action.to_owned(),
            scope: scope.to_owned(),
        });
    }
    Err(Problem::new(
        Code::AuthorizationFailed,
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            principal.app_id.as_deref().unwrap_or(&principal.display_name),
            principal.id,
        ),
    ))
}

/// Does what is held at `held` reach `scope`? Only whole segments count: group `a` does not cover group `ab`.
pub fn covers(held: &str, scope: &str) -> bool {
    let held = fold(held.trim_end_matches('/'));
    let scope = fold(scope.trim_end_matches('/'));
    scope
        .strip_prefix(&held)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Do the permissions of one role allow a management action?
pub fn allows(permissions: &Permissions, action: &str) -> bool {
    let matched = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
    matched(&permissions.actions) && !matched(&permissions.not_actions)
}

/// Do the permissions of one role allow a data action?
pub fn allows_data(permissions: &Permissions, action: &str) -> bool {
    let matched = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
    matched(&permissions.data_actions) && !matched(&permissions.not_data_actions)
}

// Somebody who may work in a scope may see the group and the subscription around it, or sign-in shows an empty account.
fn sees_where_it_works(role: &RoleDefinition, action: &str) -> bool {
    const AROUND: [&str; 2] = [
        "microsoft.resources/subscriptions/read",
        "microsoft.resources/subscriptions/resourcegroups/read",
    ];
    !role.permissions.actions.is_empty() && AROUND.contains(&fold(action).as_str())
}

/// Matches without case; `*` is any characters, and `/*/` also matches a single `/` (the built-in roles rely on it).
pub fn matches(pattern: &str, action: &str) -> bool {
    let pattern = fold(pattern);
    let action = fold(action);
    glob(pattern.as_bytes(), action.as_bytes())
        || (pattern.contains("/*/") && glob(pattern.replacen("/*/", "/", 1).as_bytes(), action.as_bytes()))
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
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
}
