//! By what usage can be told apart: the dimensions of metrics and of cost queries, read from what the ledger knows of a
//! request.

use cupola_core::ResourceId;
use cupola_core::usage::Meter;
use cupola_store::{UsageContext, UsageScope};

/// A dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facet {
    SubscriptionId,
    ResourceGroupName,
    ResourceId,
    ResourceType,
    Workspace,
    Endpoint,
    Deployment,
    Model,
    Operation,
    Key,
    Principal,
    Meter,
    MeterSubcategory,
}

impl Facet {
    /// Every dimension, in the order in which people read them.
    pub(crate) const ALL: [Facet; 13] = [
        Facet::SubscriptionId,
        Facet::ResourceGroupName,
        Facet::ResourceId,
        Facet::ResourceType,
        Facet::Workspace,
        Facet::Endpoint,
        Facet::Deployment,
        Facet::Model,
        Facet::Operation,
        Facet::Key,
        Facet::Principal,
        Facet::Meter,
        Facet::MeterSubcategory,
    ];

    /// Its name in questions and answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SubscriptionId => "SubscriptionId",
            Self::ResourceGroupName => "ResourceGroupName",
            Self::ResourceId => "ResourceId",
            Self::ResourceType => "ResourceType",
            Self::Workspace => "Workspace",
            Self::Endpoint => "Endpoint",
            Self::Deployment => "Deployment",
            Self::Model => "Model",
            Self::Operation => "Operation",
            Self::Key => "Key",
            Self::Principal => "Principal",
            Self::Meter => "Meter",
            Self::MeterSubcategory => "MeterSubcategory",
        }
    }

    /// The dimension of that name, in any case, with the other names that clients of the service know.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let other = match text.to_ascii_lowercase().as_str() {
            "resourcegroup" => Some(Self::ResourceGroupName),
            "modelname" => Some(Self::Model),
            "modeldeploymentname" => Some(Self::Deployment),
            "apiname" => Some(Self::Operation),
            _ => None,
        };
        other.or_else(|| {
            Self::ALL
                .into_iter()
                .find(|facet| facet.as_str().eq_ignore_ascii_case(text))
        })
    }

    /// What it is for what was used; empty where there is none.
    pub(crate) fn value(self, context: &UsageContext, meter: Option<Meter>) -> String {
        let id = ResourceId::parse(&context.endpoint);
        let of_id = |read: fn(&ResourceId) -> Option<String>| id.as_ref().and_then(read).unwrap_or_default();
        let credential = || context.credential.clone();
        match self {
            Self::SubscriptionId => of_id(|id| id.subscription.clone()),
            Self::ResourceGroupName => of_id(|id| id.group.clone()),
            Self::ResourceId => context.endpoint.clone(),
            Self::ResourceType => of_id(|id| Some(id.resource_type())),
            Self::Workspace => of_id(|id| Some(id.path.first()?.1.clone())),
            Self::Endpoint => of_id(|id| Some(id.path.last()?.1.clone())),
            Self::Deployment => context
                .deployment
                .clone()
                .unwrap_or_else(|| Self::Endpoint.value(context, meter)),
            Self::Model | Self::MeterSubcategory => model_name(&context.model).to_owned(),
            Self::Operation => context.operation.clone(),
            Self::Key if is_key(&context.credential) => credential(),
            Self::Principal if !is_key(&context.credential) => credential(),
            Self::Key | Self::Principal => String::new(),
            Self::Meter => meter.map_or("", Meter::as_str).to_owned(),
        }
    }
}

/// `M` of `azureml://registries/R/models/M/versions/1`.
pub(crate) fn model_name(id: &str) -> &str {
    let name = id.split_once("/models/").map_or(id, |(_, rest)| rest);
    name.split('/').next().unwrap_or(name)
}

fn is_key(credential: &str) -> bool {
    matches!(credential, "primary" | "secondary")
}

/// The usage that a resource id stands for: that of a subscription, a group, a workspace, an account, an endpoint, or a
/// deployment of an account. `None` for what cannot be used.
pub(crate) fn scope(id: &ResourceId) -> Option<(String, String, Option<String>)> {
    let subscription = id.subscription.clone()?;
    let provider = id.provider.as_deref().unwrap_or_default().to_ascii_lowercase();
    let kinds: Vec<String> = id
        .path
        .iter()
        .map(|(kind, _)| kind.to_ascii_lowercase())
        .collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    match (provider.as_str(), &kinds[..]) {
        ("", []) if id.group.is_none() => Some((subscription, String::new(), None)),
        ("", []) => Some((subscription, id.to_string(), None)),
        ("microsoft.machinelearningservices", ["workspaces"] | ["workspaces", "serverlessendpoints"])
        | ("microsoft.cognitiveservices", ["accounts"]) => Some((subscription, id.to_string(), None)),
        ("microsoft.cognitiveservices", ["accounts", "deployments"]) => {
            let account = id.parent()?.to_string();
            Some((subscription, account, Some(id.name().to_owned())))
        }
        _ => None,
    }
}

/// The same, as the store asks it.
pub(crate) fn usage_scope(
    (subscription, below, deployment): &(String, String, Option<String>),
) -> UsageScope<'_> {
    UsageScope {
        subscription,
        below,
        deployment: deployment.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_store::PriceList;
    use std::sync::Arc;

    fn context() -> UsageContext {
        UsageContext {
            endpoint: "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/e".into(),
            model: "azureml://registries/r/models/M".into(),
            deployment: None,
            operation: "chat".into(),
            credential: "primary".into(),
            prices: Arc::new(PriceList::of("USD", &[])),
        }
    }

    #[test]
    fn dimensions_are_read_from_what_the_ledger_knows() {
        let check = |name: &str, expected: &str| {
            let facet = Facet::parse(name).expect("a dimension");
            assert_eq!(facet.value(&context(), Some(Meter::Requests)), expected, "{name}");
        };
        check("resourcegroup", "g");
        check("Workspace", "w");
        check("ENDPOINT", "e");
        check("Deployment", "e");
        check("ModelName", "M");
        check("Key", "primary");
        check("Principal", "");
        check("Meter", "requests");
        check(
            "ResourceType",
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
        );
        assert_eq!(Facet::parse("colour"), None);
        for facet in Facet::ALL {
            assert_eq!(Facet::parse(facet.as_str()), Some(facet));
        }
    }

    #[test]
    fn some_resources_are_used() {
        let check = |text: &str, expected: Option<(&str, Option<&str>)>| {
            let id = ResourceId::parse(text).expect("an id");
            let found = scope(&id);
            let found = found
                .as_ref()
                .map(|(_, below, deployment)| (below.as_str(), deployment.as_deref()));
            assert_eq!(found, expected, "{text}");
        };
        let group = "/subscriptions/s/resourceGroups/g";
        let account = format!("{group}/providers/Microsoft.CognitiveServices/accounts/a");
        check("/subscriptions/s", Some(("", None)));
        check(group, Some((group, None)));
        check(&account, Some((&account, None)));
        check(&format!("{account}/deployments/d"), Some((&account, Some("d"))));
        check(&format!("{account}/projects/p"), None);
        check(&format!("{group}/providers/Microsoft.KeyVault/vaults/v"), None);
    }
}
