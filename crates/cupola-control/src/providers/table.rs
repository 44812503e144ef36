//! The table of providers: ours, and those whose types the templates of hubs and projects bring along.

pub(super) struct Provider {
    pub(super) namespace: &'static str,
    // Types with their versions, newest first; generic clients take the newest that is no preview.
    pub(super) types: &'static [(&'static str, &'static [&'static str])],
}

const ML: &[&str] = &[
    "2026-05-01",
    "2025-06-01",
    "2024-10-01-preview",
    "2024-10-01",
    "2024-07-01-preview",
    "2024-04-01-preview",
    "2024-04-01",
    "2024-01-01-preview",
    "2023-08-01-preview",
];
const COGNITIVE: &[&str] = &[
    "2025-09-01",
    "2025-06-01",
    "2025-04-01-preview",
    "2024-10-01",
    "2024-06-01-preview",
    "2024-04-01-preview",
    "2023-05-01",
];
// These were published later than the rest of their namespace.
const COGNITIVE_SAFETY: &[&str] = &["2025-12-01", "2025-10-01-preview"];
const RESOURCES: &[&str] = &[
    "2025-04-01",
    "2024-11-01",
    "2024-03-01",
    "2022-09-01",
    "2020-06-01",
];
const OURS: &[&str] = &["2026-11-01"];

pub(super) const PROVIDERS: &[Provider] = &[
    Provider {
        namespace: "Microsoft.MachineLearningServices",
        types: &[
            ("workspaces", ML),
            ("workspaces/serverlessEndpoints", ML),
            ("workspaces/serverlessEndpoints/raiPolicies", ML),
            ("workspaces/serverlessEndpoints/raiBlocklists", ML),
            (
                "workspaces/serverlessEndpoints/raiBlocklists/raiBlocklistItems",
                ML,
            ),
            ("workspaces/marketplaceSubscriptions", ML),
            ("workspaces/connections", ML),
            ("registries", ML),
            ("locations", ML),
        ],
    },
    Provider {
        namespace: "Microsoft.CognitiveServices",
        types: &[
            ("accounts", COGNITIVE),
            ("accounts/deployments", COGNITIVE),
            ("accounts/projects", COGNITIVE),
            ("accounts/connections", COGNITIVE),
            ("accounts/projects/connections", COGNITIVE),
            ("accounts/raiPolicies", COGNITIVE),
            ("accounts/raiBlocklists", COGNITIVE),
            ("accounts/raiBlocklists/raiBlocklistItems", COGNITIVE),
            ("raiExternalSafetyProviders", COGNITIVE_SAFETY),
            ("deletedAccounts", COGNITIVE),
            ("locations", COGNITIVE),
            ("locations/models", COGNITIVE),
            ("locations/usages", COGNITIVE),
            ("locations/checkSkuAvailability", COGNITIVE),
            ("locations/resourceGroups", COGNITIVE),
            ("locations/resourceGroups/deletedAccounts", COGNITIVE),
            ("checkDomainAvailability", COGNITIVE),
            ("operations", COGNITIVE),
            ("skus", COGNITIVE),
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
            ("resourceGroups", RESOURCES),
            ("subscriptions/resourceGroups", RESOURCES),
            ("deployments", RESOURCES),
            ("deployments/operations", RESOURCES),
            ("resources", RESOURCES),
            ("providers", RESOURCES),
            ("tags", RESOURCES),
            ("tenants", &["2022-12-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Authorization",
        types: &[
            ("roleAssignments", &["2022-04-01"]),
            ("roleDefinitions", &["2022-05-01-preview", "2022-04-01"]),
            ("locks", &["2020-05-01", "2016-09-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Subscription",
        types: &[("aliases", &["2021-10-01", "2020-09-01"])],
    },
    Provider {
        namespace: "Microsoft.MarketplaceOrdering",
        types: &[
            ("agreements", &["2021-01-01", "2015-06-01"]),
            ("offertypes", &["2021-01-01", "2015-06-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Storage",
        types: &[
            (
                "storageAccounts",
                &["2023-05-01", "2023-04-01", "2021-04-01", "2019-04-01"],
            ),
            ("storageAccounts/blobServices", &["2023-05-01", "2021-04-01"]),
            (
                "storageAccounts/blobServices/containers",
                &["2023-05-01", "2021-04-01"],
            ),
        ],
    },
    Provider {
        namespace: "Microsoft.KeyVault",
        types: &[
            ("vaults", &["2023-07-01", "2022-07-01"]),
            ("vaults/secrets", &["2023-07-01", "2022-07-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Insights",
        types: &[
            ("components", &["2020-02-02", "2020-02-02-preview"]),
            ("eventtypes", &["2015-04-01"]),
            ("diagnosticSettings", &["2021-05-01-preview"]),
            ("metrics", &["2023-10-01", "2018-01-01"]),
            ("metricDefinitions", &["2023-10-01", "2018-01-01"]),
            ("metricNamespaces", &["2023-10-01", "2017-12-01-preview"]),
        ],
    },
    Provider {
        namespace: "Microsoft.CostManagement",
        types: &[("query", &["2023-11-01", "2021-10-01"])],
    },
    Provider {
        namespace: "Microsoft.OperationalInsights",
        types: &[("workspaces", &["2023-09-01", "2020-08-01"])],
    },
    Provider {
        namespace: "Microsoft.ContainerRegistry",
        types: &[("registries", &["2023-07-01", "2019-05-01"])],
    },
    Provider {
        namespace: "Microsoft.ManagedIdentity",
        types: &[("userAssignedIdentities", &["2023-01-31", "2018-11-30"])],
    },
    Provider {
        namespace: "Microsoft.Network",
        types: &[
            ("virtualNetworks", &["2024-05-01", "2020-06-01", "2019-09-01"]),
            (
                "virtualNetworks/subnets",
                &["2024-05-01", "2020-06-01", "2019-09-01"],
            ),
            ("privateEndpoints", &["2024-05-01", "2020-06-01"]),
            (
                "privateEndpoints/privateDnsZoneGroups",
                &["2024-05-01", "2020-06-01"],
            ),
            ("privateDnsZones", &["2020-06-01"]),
            ("privateDnsZones/virtualNetworkLinks", &["2020-06-01"]),
            ("networkSecurityGroups", &["2024-05-01", "2020-06-01"]),
        ],
    },
    Provider {
        namespace: "Microsoft.Search",
        types: &[("searchServices", &["2023-11-01"])],
    },
    Provider {
        namespace: "Cupola.Catalog",
        types: &[("models", OURS), ("registries", OURS)],
    },
    Provider {
        namespace: "Cupola.Billing",
        types: &[("usage", OURS), ("requests", OURS)],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_newest_first_and_every_parent_is_listed() {
        for provider in PROVIDERS {
            for (kind, versions) in provider.types {
                let dates: Vec<&str> = versions.iter().map(|version| &version[..10]).collect();
                assert!(
                    dates.is_sorted_by(|a, b| a >= b),
                    "{}/{kind}: {dates:?}",
                    provider.namespace
                );
                let parent = kind.split('/').next().unwrap_or_default();
                assert!(
                    provider.namespace == "Microsoft.Resources"
                        || provider.types.iter().any(|(known, _)| *known == parent),
                    "{}/{kind}",
                    provider.namespace
                );
            }
        }
    }
}
