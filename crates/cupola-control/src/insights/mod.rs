//! Metrics of what serves models, as the monitor of the service tells them: named numbers over time, from the rollups of the
//! ledger. What was refused is among them.

mod definitions;
mod filter;
mod list;
mod list_definitions;
mod list_namespaces;
mod question;
mod series;

use crate::dispatch::{Call, Route, action, route};
use crate::facets;
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/{scope*}/providers/Microsoft.Insights/metrics",
        action!("Microsoft.Insights/metrics/read", list::list),
    ),
    route(
        "GET",
        "/{scope*}/providers/Microsoft.Insights/metricDefinitions",
        action!(
            "Microsoft.Insights/metricDefinitions/read",
            list_definitions::list
        ),
    ),
    route(
        "GET",
        "/{scope*}/providers/Microsoft.Insights/metricNamespaces",
        action!("Microsoft.Insights/metricNamespaces/read", list_namespaces::list),
    ),
];

/// Whose metrics are asked for.
struct Target {
    id: ResourceId,
    scope: (String, String, Option<String>),
}

impl Target {
    fn of(call: &Call) -> Result<Self, Problem> {
        let text = call.param("scope");
        let id = ResourceId::parse(text);
        id.and_then(|id| {
            let scope = facets::scope(&id)?;
            Some(Self { id, scope })
        })
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "There are no metrics of '{}': ask for those of a serverless endpoint, a workspace, an account, a \
                     deployment of an account, a resource group or a subscription.",
                    text.split('/').map(printable).collect::<Vec<_>>().join("/")
                ),
            )
        })
    }

    /// The name that the monitor has for metrics of this type of resource.
    fn namespace(&self) -> String {
        self.id.resource_type()
    }
}
