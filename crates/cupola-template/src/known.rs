//! What is known before a template is read: where it is deployed, by which deployment, and when.

use cupola_core::{Timestamp, name::fold};
use serde_json::{Map, Value, json};
use std::fmt;

/// What the caller knows. Time and chance are in it, so that the same arguments give the same plan.
#[derive(Clone)]
pub struct Known {
    /// The subscription that is deployed into.
    pub subscription: Subscription,
    /// The resource group that is deployed into; none at subscription scope.
    pub resource_group: Option<ResourceGroup>,
    /// The name of the deployment.
    pub deployment: String,
    /// The location of the deployment; only at subscription scope.
    pub location: Option<String>,
    /// What happens to resources that the template does not name.
    pub mode: Mode,
    /// What `environment()` returns.
    pub environment: Value,
    /// The instant that `utcNow()` returns.
    pub now: Timestamp,
    /// Who deploys: what `deployer()` returns.
    pub deployer: Deployer,
    /// Where `newGuid()` takes its chance from: unpredictable text, new for each deployment.
    pub seed: String,
}

/// What `subscription()` tells.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The id, a GUID.
    pub id: String,
    /// The name that people read.
    pub display_name: String,
    /// The tenant, a GUID.
    pub tenant_id: String,
}

/// What `resourceGroup()` tells.
#[derive(Debug, Clone)]
pub struct ResourceGroup {
    /// The name.
    pub name: String,
    /// The location.
    pub location: String,
    /// The tags.
    pub tags: Map<String, Value>,
}

/// What `deployer()` tells.
#[derive(Debug, Clone, Default)]
pub struct Deployer {
    /// The id of the principal.
    pub object_id: String,
    /// The name that a person signs in with; empty for applications.
    pub user_principal_name: String,
}

/// What happens to resources that the template does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They stay.
    #[default]
    Incremental,
    /// They go.
    Complete,
}

/// Where resources without a `scope` of their own are deployed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nowhere below: the tenant itself.
    Tenant,
    /// A subscription.
    Subscription {
        /// Its id.
        subscription: String,
    },
    /// A resource group.
    Group {
        /// The subscription's id.
        subscription: String,
        /// The group's name.
        group: String,
    },
    /// A resource that is extended.
    Resource {
        /// Its id.
        id: String,
    },
}

impl Scope {
    /// The id of the scope; empty for the tenant.
    pub fn id(&self) -> String {
        match self {
            Self::Tenant => String::new(),
            Self::Subscription { subscription } => format!("/subscriptions/{subscription}"),
            Self::Group { subscription, group } => {
                format!("/subscriptions/{subscription}/resourceGroups/{group}")
            }
            Self::Resource { id } => id.clone(),
        }
    }

    /// Reads the id of a scope, which may be that of a resource.
    pub fn parse(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            [] => Some(Self::Tenant),
            [fixed, subscription] if fold(fixed) == "subscriptions" => Some(Self::Subscription {
                subscription: (*subscription).to_owned(),
            }),
            [fixed, subscription, groups, group]
                if fold(fixed) == "subscriptions" && fold(groups) == "resourcegroups" =>
            {
                Some(Self::Group {
                    subscription: (*subscription).to_owned(),
                    group: (*group).to_owned(),
                })
            }
            _ if segments.iter().any(|segment| fold(segment) == "providers") => Some(Self::Resource {
                id: format!("/{}", segments.join("/")),
            }),
            _ => None,
        }
    }
}

// Secrets follow from the seed, so it is not printed.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("scope", &self.scope())
            .field("deployment", &self.deployment)
            .field("mode", &self.mode)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Known {
    /// Where the template is deployed.
    pub fn scope(&self) -> Scope {
        match &self.resource_group {
            Some(group) => Scope::Group {
                subscription: self.subscription.id.clone(),
                group: group.name.clone(),
            },
            None => Scope::Subscription {
                subscription: self.subscription.id.clone(),
            },
        }
    }

    /// The id of the deployment itself.
    pub fn deployment_id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Resources/deployments/{}",
            self.scope().id(),
            self.deployment
        )
    }

    pub(crate) fn subscription_value(&self) -> Value {
        json!({
            "id": format!("/subscriptions/{}", self.subscription.id),
            "subscriptionId": self.subscription.id,
            "tenantId": self.subscription.tenant_id,
            "displayName": self.subscription.display_name,
        })
    }

    pub(crate) fn group_value(&self) -> Option<Value> {
        let group = self.resource_group.as_ref()?;
        Some(json!({
            "id": format!("/subscriptions/{}/resourceGroups/{}", self.subscription.id, group.name),
            "name": group.name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": group.location,
            "tags": group.tags,
            "properties": {"provisioningState": "Succeeded"},
        }))
    }
}
