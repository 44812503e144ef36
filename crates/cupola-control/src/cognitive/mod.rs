//! `Microsoft.CognitiveServices`: one endpoint and one pair of keys for many models, and what screens their prompts and
//! completions. Policies, blocklists and their items are served below serverless endpoints too, by the same code.

pub(crate) mod accounts;
pub(crate) mod blocklists;
pub(crate) mod deleted;
pub(crate) mod deployments;
pub(crate) mod items;
pub(crate) mod places;
pub(crate) mod policies;
pub(crate) mod projects;
pub(crate) mod providers;

mod needs;
mod steps;

pub(crate) use needs::needs;

use crate::dispatch::Call;
use crate::kinds::{not_found, require_group, workspace_id};
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Resources;

pub(crate) const NAMESPACE: &str = "Microsoft.CognitiveServices";

/// What only the server says of its resources, as it is stored: no template repeats it.
pub(crate) const READ_ONLY: &[&str] = &[
    "internalId",
    "dateCreated",
    "modelId",
    "isDefault",
    "accountDomain",
    "type",
];

/// Is this a resource of this namespace?
pub(crate) fn is_of(id: &ResourceId) -> bool {
    id.provider
        .as_deref()
        .is_some_and(|provider| provider.eq_ignore_ascii_case(NAMESPACE))
}

/// The path of an account, or of something below it.
macro_rules! account_path {
    ($below:literal) => {
        concat!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}",
            $below
        )
    };
}

/// The path of something below a serverless endpoint.
macro_rules! endpoint_path {
    ($below:literal) => {
        concat!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/\
             {workspace}/serverlessEndpoints/{endpoint}",
            $below
        )
    };
}

use {account_path, endpoint_path};

/// The account that a path is of or below.
pub(crate) fn account(call: &Call) -> ResourceId {
    ResourceId::group(call.param("subscription"), call.param("group")).resource(
        NAMESPACE,
        "accounts",
        call.param("account"),
    )
}

/// The account or the serverless endpoint that a path is below.
fn holder(call: &Call) -> ResourceId {
    if call.params.has("account") {
        return account(call);
    }
    workspace_id(
        call.param("subscription"),
        call.param("group"),
        call.param("workspace"),
    )
    .child("serverlessEndpoints", call.param("endpoint"))
}

/// The resource, or the refusal: the outermost of what should hold it and is not there is told.
async fn require(mut resources: Resources<'_>, id: &ResourceId) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(id).await? {
        return Ok(found);
    }
    let mut missing = id.clone();
    let mut above = id.parent();
    while let Some(holder) = above.filter(|holder| holder.provider.is_some()) {
        if resources.find(&holder).await?.is_none() {
            missing = holder.clone();
        }
        above = holder.parent();
    }
    let (subscription, group) = (id.subscription.as_deref(), id.group.as_deref());
    require_group(
        resources,
        subscription.unwrap_or_default(),
        group.unwrap_or_default(),
    )
    .await?;
    Err(not_found(&missing))
}

/// What a new resource is to be put in, or the refusal that a PUT gets.
pub(crate) async fn require_parent(
    resources: Resources<'_>,
    child: &ResourceId,
) -> Result<Resource, Problem> {
    let parent = child.parent().ok_or_else(Problem::internal)?;
    require(resources, &parent).await.map_err(|problem| match problem.code {
        Code::ResourceNotFound => Problem::new(
            Code::ParentResourceNotFound,
            format!(
                "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{parent}' could not \
                 be found.",
                child.resource_type()
            ),
        ),
        _ => problem,
    })
}

/// A letter or digit, then letters, digits and `_.-`: names of this namespace.
fn check_name(what: &str, name: &str, shortest: usize) -> Result<(), Problem> {
    let fits = (shortest..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if fits {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidResourceName,
        format!(
            "The {what} name '{}' is not valid: use {shortest} to 64 letters, digits and _.-, beginning with a letter or \
             digit.",
            printable(name)
        ),
    )
    .target("name"))
}

/// A field that breaks a rule of its type.
fn wrong(target: &str, why: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidResourceProperties, why).target(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_letters_digits_and_some_signs() {
        let check = |name: &str, shortest, expected| {
            assert_eq!(check_name("account", name, shortest).is_ok(), expected, "{name}");
        };
        check("my-account_1.x", 2, true);
        check(&"a".repeat(64), 2, true);
        check(&"a".repeat(65), 2, false);
        check("a", 2, false);
        check("a", 1, true);
        check("-a", 1, false);
        check("a b", 1, false);
        check("é1", 1, false);
    }
}
