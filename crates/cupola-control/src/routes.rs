//! Every route of the control plane.

use crate::dispatch::Route;
use crate::{
    activity, billing, catalog_bindings, cognitive, connections, costs, deployments, description, explain,
    graph, health, insights, locks, marketplace_ordering, marketplace_subscriptions, metadata, operations,
    providers, registries, resource_groups, resources, role_assignments, role_definitions, saas_resources,
    serverless_endpoints, sign_in, subscriptions, tags, tenants, workspaces,
};

const TABLES: &[&[Route]] = &[
    health::ROUTES,
    description::ROUTES,
    metadata::ROUTES,
    sign_in::ROUTES,
    sign_in::PROVIDERS,
    tenants::ROUTES,
    subscriptions::ROUTES,
    resource_groups::ROUTES,
    resources::ROUTES,
    providers::ROUTES,
    workspaces::ROUTES,
    serverless_endpoints::ROUTES,
    marketplace_subscriptions::ROUTES,
    connections::ROUTES,
    connections::ROUTES_OF_ACCOUNTS,
    cognitive::accounts::ROUTES,
    cognitive::deployments::ROUTES,
    cognitive::projects::ROUTES,
    cognitive::policies::ROUTES,
    cognitive::blocklists::ROUTES,
    cognitive::items::ROUTES,
    cognitive::providers::ROUTES,
    cognitive::deleted::ROUTES,
    cognitive::places::ROUTES,
    saas_resources::ROUTES,
    operations::ROUTES,
    deployments::GROUP_ROUTES,
    deployments::SUBSCRIPTION_ROUTES,
    deployments::OTHER_ROUTES,
    registries::ROUTES,
    catalog_bindings::ROUTES,
    billing::ROUTES,
    marketplace_ordering::ROUTES,
    activity::ROUTES,
    insights::ROUTES,
    costs::ROUTES,
    explain::ROUTES,
    graph::ROUTES,
    // Last, because their scope takes any beginning.
    tags::ROUTES,
    role_assignments::ROUTES,
    role_definitions::ROUTES,
    locks::ROUTES,
];

/// The route table, in the order in which routes are tried.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    TABLES.iter().flat_map(|table| table.iter())
}
