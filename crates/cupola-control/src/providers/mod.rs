//! Resource providers: which types there are, and in which versions. All of them are registered, always.

mod get;
mod list;
mod register;

use crate::dispatch::{Route, action, list, route};
use cupola_core::name::REGIONS;
use serde_json::{Value, json};

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/providers",
        list!("Microsoft.Resources/subscriptions/providers/read", list::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/{namespace}",
        list!("Microsoft.Resources/subscriptions/providers/read", get::get),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/{namespace}/register",
        action!(
            "Microsoft.Resources/subscriptions/providers/register/action",
            register::register
        ),
    ),
];

struct Provider {
    namespace: &'static str,
    // Types with their versions, newest first; generic clients take the newest that is no preview.
    types: &'static [(&'static str, &'static [&'static str])],
}

const ML_VERSIONS: &[&str] = &[
    "2024-10-01",
    "2024-07-01-preview",
    "2024-04-01",
    "2024-04-01-preview",
    "2024-01-01-preview",
];

const PROVIDERS: &[Provider] = &[
    Provider {
        namespace: "Microsoft.MachineLearningServices",
        types: &[
            ("workspaces", ML_VERSIONS),
            ("workspaces/serverlessEndpoints", ML_VERSIONS),
            ("workspaces/marketplaceSubscriptions", ML_VERSIONS),
            ("registries", ML_VERSIONS),
            ("locations", ML_VERSIONS),
        ],
    },
    Provider {
        namespace: "Microsoft.SaaS",
        types: &[("resources", &["2018-03-01-beta", "2018-03-01"])],
    },
    Provider {
        namespace: "Microsoft.Resources",
        types: &[
            ("subscriptions", &["2022-12-01"]),
            ("resourceGroups", &["2024-11-01", "2022-09-01"]),
            ("subscriptions/resourceGroups", &["2024-11-01"]),
            ("resources", &["2024-11-01"]),
            ("providers", &["2024-11-01"]),
            ("tenants", &["2022-12-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Authorization",
        types: &[
            ("roleAssignments", &["2022-04-01"]),
            ("roleDefinitions", &["2022-05-01-preview", "2022-04-01"]),
        ],
    },
    Provider {
        namespace: "Cupola.Catalog",
        types: &[("models", &["2026-11-01"]), ("registries", &["2026-11-01"])],
    },
    Provider {
        namespace: "Cupola.Billing",
        types: &[("usage", &["2026-11-01"])],
    },
];

fn find(namespace: &str) -> Option<&'static Provider> {
    PROVIDERS
        .iter()
        .find(|provider| provider.namespace.eq_ignore_ascii_case(namespace))
}

fn shown(subscription: &str, provider: &Provider) -> Value {
    let regions: Vec<&str> = REGIONS.iter().map(|(_, display)| *display).collect();
    let types: Vec<Value> = provider
        .types
        .iter()
        .map(|(name, versions)| {
            let newest = versions
                .iter()
                .find(|version| version.len() == 10)
                .or(versions.first());
            json!({
                "resourceType": name,
                "locations": regions,
                "apiVersions": versions,
                "defaultApiVersion": newest,
                "capabilities": "None",
            })
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{}", provider.namespace),
        "namespace": provider.namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    })
}
