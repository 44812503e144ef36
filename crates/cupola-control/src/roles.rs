//! Roles: the built-in ones, from the data file that the contract gives, and those that people defined here.

use cupola_core::rbac::{Permissions, RoleDefinition};
use cupola_store::StoreError;
use cupola_store::access::Access;
use serde::Deserialize;
use std::sync::LazyLock;

/// The role that may do everything.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// The role with which the documents let people subscribe and deploy.
pub(crate) const AI_DEVELOPER: &str = "64702f94-c441-49e6-a78b-ef80e0188fee";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    name: String,
    role_name: String,
    description: String,
    permissions: Vec<StoredPermissions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredPermissions {
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
}

static BUILT_IN: LazyLock<Vec<RoleDefinition>> = LazyLock::new(|| {
    let stored: Vec<Stored> = serde_json::from_str(include_str!("../data/builtin-roles.json"))
        .expect("the file is part of the program, and a test reads it");
    stored.into_iter().map(definition).collect()
});

fn definition(stored: Stored) -> RoleDefinition {
    let permissions = stored.permissions.into_iter().map(|block| Permissions {
        actions: block.actions,
        not_actions: block.not_actions,
        data_actions: block.data_actions,
        not_data_actions: block.not_data_actions,
    });
    RoleDefinition {
        id: stored.name,
        name: stored.role_name,
        description: stored.description,
        built_in: true,
        assignable_scopes: vec!["/".to_owned()],
        permissions: permissions.collect(),
    }
}

/// Every built-in role.
pub(crate) fn built_in() -> &'static [RoleDefinition] {
    &BUILT_IN
}

/// The built-in role of this id, which may be a GUID or the full id of a definition.
pub(crate) fn find(id: &str) -> Option<&'static RoleDefinition> {
    let guid = guid_of(id);
    built_in().iter().find(|role| role.id.eq_ignore_ascii_case(guid))
}

/// The role of this id, built in or not.
pub(crate) async fn find_any(mut access: Access<'_>, id: &str) -> Result<Option<RoleDefinition>, StoreError> {
    if let Some(role) = find(id) {
        return Ok(Some(role.clone()));
    }
    let custom = access.custom_role(guid_of(id)).await?;
    Ok(custom.map(|role| role.definition))
}

/// The GUID at the end of an id.
pub(crate) fn guid_of(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Is this text a GUID?
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::rbac::{allows, allows_data};

    const ML: &str = "Microsoft.MachineLearningServices/workspaces";

    fn check(role: &str, action: &str, expected: bool) {
        let role = built_in()
            .iter()
            .find(|known| known.name == role)
            .expect("a built-in role");
        assert_eq!(
            allows(&role.permissions, action),
            expected,
            "{} {action}",
            role.name
        );
    }

    #[test]
    fn the_built_in_roles_allow_what_the_contract_says() {
        assert_eq!(
            find(&format!(
                "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"
            ))
            .map(|r| r.name.as_str()),
            Some("Owner")
        );
        check("Owner", "Microsoft.Authorization/roleAssignments/write", true);
        check(
            "Contributor",
            "Microsoft.Authorization/roleAssignments/write",
            false,
        );
        check("Contributor", &format!("{ML}/write"), true);
        check("Reader", &format!("{ML}/serverlessEndpoints/read"), true);
        check(
            "Reader",
            &format!("{ML}/serverlessEndpoints/listKeys/action"),
            false,
        );
        check("Azure AI Developer", &format!("{ML}/read"), true);
        check("Azure AI Developer", &format!("{ML}/write"), false);
        check(
            "Azure AI Developer",
            &format!("{ML}/serverlessEndpoints/write"),
            true,
        );
        check(
            "Azure AI Developer",
            &format!("{ML}/serverlessEndpoints/listKeys/action"),
            true,
        );
        check(
            "Azure AI Developer",
            &format!("{ML}/marketplaceSubscriptions/write"),
            true,
        );
    }

    #[test]
    fn the_roles_of_the_data_plane_hold_its_actions() {
        const CHAT: &str = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action";
        const MAAS: &str = "Microsoft.CognitiveServices/accounts/MaaS/chat/completions/action";
        let check_data = |role: &str, expected: [bool; 2]| {
            let role = built_in().iter().find(|known| known.name == role).expect(role);
            let found = [CHAT, MAAS].map(|action| allows_data(&role.permissions, action));
            assert_eq!(found, expected, "{}", role.name);
        };
        check_data("Azure AI Developer", [true, true]);
        check_data("Azure AI User", [true, true]);
        check_data("Cognitive Services User", [true, true]);
        check_data("Cognitive Services OpenAI User", [true, false]);
        // Whoever manages an account does not thereby ask its models.
        check_data("Owner", [false, false]);
        check_data("Contributor", [false, false]);
        let score = format!("{ML}/serverlessEndpoints/score/action");
        check("Owner", &score, true);
        check("Azure AI Developer", &score, true);
        check("AzureML Data Scientist", &score, true);
        check("Reader", &score, false);
        check("Azure AI User", &score, false);
    }
}
