//! What a resource of this namespace stands on, beside its parent: a template has to make it first.

use cupola_core::ResourceId;
use cupola_store::Resource;
use cupola_wire::arm::cognitive::{
    DEPLOYMENT_TYPE, DeploymentProperties, ENDPOINT_RAI_POLICY_TYPE, RAI_POLICY_TYPE, RaiPolicyProperties,
};
use serde::Deserialize as _;

/// The policy of a deployment, the blocklists of a policy. Some of them may be the system's, and not there.
pub(crate) fn needs(resource: &Resource) -> Vec<ResourceId> {
    let kind = resource.id.resource_type();
    let is = |known: &str| known.eq_ignore_ascii_case(&kind);
    let Some(holder) = resource.id.parent() else {
        return Vec::new();
    };
    if is(DEPLOYMENT_TYPE) {
        let body = DeploymentProperties::deserialize(&resource.properties).ok();
        let policy = body.and_then(|body| body.rai_policy_name);
        return policy
            .iter()
            .map(|name| holder.child("raiPolicies", name))
            .collect();
    }
    if is(RAI_POLICY_TYPE) || is(ENDPOINT_RAI_POLICY_TYPE) {
        let Ok(body) = RaiPolicyProperties::deserialize(&resource.properties) else {
            return Vec::new();
        };
        let mut lists: Vec<ResourceId> = body
            .custom_blocklists
            .iter()
            .map(|list| holder.child("raiBlocklists", &list.blocklist_name))
            .collect();
        lists.sort_by_key(ResourceId::folded);
        lists.dedup_by_key(|list| list.folded());
        return lists;
    }
    Vec::new()
}
