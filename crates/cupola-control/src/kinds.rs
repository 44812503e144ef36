//! Types of resources, with the casing in which they are registered, and where they are looked for.

use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Resources;

pub(crate) const ML: &str = "Microsoft.MachineLearningServices";
pub(crate) const SAAS: &str = "Microsoft.SaaS";
pub(crate) const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
pub(crate) const GROUP: &str = "Microsoft.Resources/resourceGroups";
pub(crate) const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces";
pub(crate) use cupola_wire::arm::CONNECTION_TYPE as CONNECTION;
pub(crate) use cupola_wire::arm::ENDPOINT_TYPE as ENDPOINT;
/// Connections of accounts and of their projects: the same documents as those of workspaces.
pub(crate) const ACCOUNT_CONNECTIONS: [&str; 2] = [
    "Microsoft.CognitiveServices/accounts/connections",
    "Microsoft.CognitiveServices/accounts/projects/connections",
];
pub(crate) const MARKETPLACE: &str = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions";
pub(crate) const SAAS_RESOURCE: &str = "Microsoft.SaaS/resources";

/// The id of a workspace, from the names in a path.
pub(crate) fn workspace_id(subscription: &str, group: &str, workspace: &str) -> ResourceId {
    ResourceId::group(subscription, group).resource(ML, "workspaces", workspace)
}

/// The subscription, or the refusal.
pub(crate) async fn require_subscription(
    mut resources: Resources<'_>,
    subscription: &str,
) -> Result<Resource, Problem> {
    resources
        .find(&ResourceId::subscription(subscription))
        .await?
        .ok_or_else(|| {
            Problem::new(
                Code::SubscriptionNotFound,
                format!(
                    "The subscription '{}' could not be found.",
                    printable(subscription)
                ),
            )
        })
}

/// The resource group, or the refusal; a missing subscription is told first.
pub(crate) async fn require_group(
    mut resources: Resources<'_>,
    subscription: &str,
    group: &str,
) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(&ResourceId::group(subscription, group)).await? {
        return Ok(found);
    }
    require_subscription(resources, subscription).await?;
    Err(Problem::new(
        Code::ResourceGroupNotFound,
        format!("Resource group '{}' could not be found.", printable(group)),
    ))
}

/// The group or subscription, or the refusal.
pub(crate) async fn require_scope(resources: Resources<'_>, scope: &ResourceId) -> Result<Resource, Problem> {
    let subscription = scope.subscription.as_deref().unwrap_or_default();
    match &scope.group {
        Some(group) => require_group(resources, subscription, group).await,
        None => require_subscription(resources, subscription).await,
    }
}

/// The workspace, or the refusal; a missing group is told first.
pub(crate) async fn require_workspace(
    mut resources: Resources<'_>,
    id: &ResourceId,
) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(id).await? {
        return Ok(found);
    }
    let group = id.group.as_deref().unwrap_or_default();
    require_group(resources, id.subscription.as_deref().unwrap_or_default(), group).await?;
    Err(not_found(id))
}

/// The workspace that a child is to be put in, or the refusal that a PUT of the child gets.
pub(crate) async fn require_parent(
    resources: Resources<'_>,
    workspace: &ResourceId,
    child: &str,
) -> Result<Resource, Problem> {
    require_workspace(resources, workspace).await.map_err(|problem| match problem.code {
        Code::ResourceNotFound => Problem::new(
            Code::ParentResourceNotFound,
            format!(
                "Failed to perform 'write' on resource(s) of type 'workspaces/{child}', because the parent resource \
                 '{workspace}' could not be found."
            ),
        ),
        _ => problem,
    })
}

/// Does this type take no tags? Proxy resources have an id and properties, and nothing else of the envelope.
pub(crate) fn is_proxy(kind: &str) -> bool {
    is_connection(kind) || MARKETPLACE.eq_ignore_ascii_case(kind)
}

/// Is this a connection, of a workspace, an account or a project?
pub(crate) fn is_connection(kind: &str) -> bool {
    std::iter::once(CONNECTION)
        .chain(ACCOUNT_CONNECTIONS)
        .any(|known| known.eq_ignore_ascii_case(kind))
}

/// A resource that is not there.
pub(crate) fn not_found(id: &ResourceId) -> Problem {
    let mut name = id.provider.clone().unwrap_or_default();
    for (kind, part) in &id.path {
        name.push_str(&format!("/{kind}/{}", printable(part)));
    }
    Problem::new(
        Code::ResourceNotFound,
        format!(
            "The Resource '{name}' under resource group '{}' was not found.",
            printable(id.group.as_deref().unwrap_or("<none>"))
        ),
    )
}
