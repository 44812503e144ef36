//! What a client says of an account.

use super::super::{steps, wrong};
use super::KINDS;
use crate::json::Document;
use crate::rate_limits;
use crate::workspaces::body::identity;
use cupola_core::name::{fold, printable};
use cupola_core::{Code, Problem, Region, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{AccountProperties, PROJECT_TYPE};
use serde_json::{Map, Value, json};

// What is read by itself, and what only the server says.
const KNOWN: [&str; 23] = [
    "customSubDomainName",
    "publicNetworkAccess",
    "disableLocalAuth",
    "allowProjectManagement",
    "restore",
    "internalId",
    "dateCreated",
    "endpoint",
    "endpoints",
    "provisioningState",
    "capabilities",
    "callRateLimit",
    "isMigrated",
    "migrationToken",
    "skuChangeInfo",
    "privateEndpointConnections",
    "quotaLimit",
    "deletionDate",
    "scheduledPurgeDate",
    "commitmentPlanAssociations",
    "abusePenalty",
    "associatedProjects",
    "defaultProject",
];

/// The parts of a body.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) location: Option<Region>,
    pub(super) kind: Option<&'static str>,
    pub(super) tags: Option<Map<String, Value>>,
    pub(super) sku: Option<Value>,
    pub(super) identity: Option<Value>,
    /// Bring back what was deleted.
    pub(super) restore: bool,
    domain: Option<String>,
    public_network_access: Option<&'static str>,
    disable_local_auth: Option<bool>,
    allow_project_management: Option<bool>,
    rest: Map<String, Value>,
    removed: Vec<String>,
}

impl Spec {
    pub(super) fn read(body: &Document) -> Result<Self, Problem> {
        let given = body.object("properties")?;
        Ok(Self {
            location: body
                .text("location")?
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            kind: kind(body)?,
            tags: body.tags()?,
            sku: sku(body)?,
            identity: identity(body)?,
            restore: body.truth("properties.restore")?.unwrap_or(false),
            domain: domain(body)?,
            public_network_access: body.choice("properties.publicNetworkAccess", &["Enabled", "Disabled"])?,
            disable_local_auth: body.truth("properties.disableLocalAuth")?,
            allow_project_management: body.truth("properties.allowProjectManagement")?,
            rest: {
                network_rules(body)?;
                rate_limits::check_account(body)?;
                steps::rest(body, &KNOWN)?
            },
            removed: given
                .into_iter()
                .flatten()
                .filter(|(_, value)| value.is_null())
                .map(|(name, _)| name.clone())
                .collect(),
        })
    }

    /// The properties of a new account.
    pub(super) fn create(&self, name: &str, internal_id: String, now: String) -> AccountProperties {
        let mut properties = AccountProperties {
            custom_sub_domain_name: default_domain(name),
            internal_id,
            date_created: now,
            public_network_access: "Enabled".to_owned(),
            disable_local_auth: false,
            allow_project_management: self.kind == Some("AIServices"),
            rest: Map::new(),
        };
        self.merge(&mut properties);
        properties
    }

    /// The properties as a PUT leaves them: what is not said is as it is for a new account, but for the domain.
    pub(super) fn replace(&self, before: &AccountProperties, name: &str) -> AccountProperties {
        let mut properties = AccountProperties {
            custom_sub_domain_name: before.custom_sub_domain_name.clone(),
            allow_project_management: before.allow_project_management,
            ..self.create(name, before.internal_id.clone(), before.date_created.clone())
        };
        self.merge(&mut properties);
        properties
    }

    /// The properties as a PATCH leaves them: what is not said stays, and null takes away.
    pub(super) fn merge(&self, properties: &mut AccountProperties) {
        if let Some(domain) = &self.domain {
            domain.clone_into(&mut properties.custom_sub_domain_name);
        }
        if let Some(access) = self.public_network_access {
            access.clone_into(&mut properties.public_network_access);
        }
        properties.disable_local_auth = self.disable_local_auth.unwrap_or(properties.disable_local_auth);
        properties.allow_project_management = self
            .allow_project_management
            .unwrap_or(properties.allow_project_management);
        properties.rest.extend(self.rest.clone());
        for name in &self.removed {
            properties.rest.shift_remove(name);
        }
    }
}

fn kind(body: &Document) -> Result<Option<&'static str>, Problem> {
    let Some(given) = body.text("kind")?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let known = KINDS.iter().find(|known| known.eq_ignore_ascii_case(given));
    known.copied().map(Some).ok_or_else(|| {
        Problem::new(
            Code::InvalidApiSetId,
            format!(
                "The account type '{}' is either invalid or unavailable in given region: this server serves models, with \
                 accounts of kind AIServices or OpenAI.",
                printable(given)
            ),
        )
        .target("kind")
    })
}

fn sku(body: &Document) -> Result<Option<Value>, Problem> {
    match body.text("sku.name")? {
        None => Ok(None),
        Some(name) if name.eq_ignore_ascii_case("S0") => Ok(Some(json!({"name": "S0"}))),
        Some(name) => Err(Problem::new(
            Code::InvalidSkuId,
            format!("The sku '{}' is not one of an account: use S0.", printable(name)),
        )
        .target("sku.name")),
    }
}

fn domain(body: &Document) -> Result<Option<String>, Problem> {
    let path = "properties.customSubDomainName";
    let Some(text) = body.text(path)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if is_domain(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(wrong(
        path,
        format!(
            "The custom domain '{}' cannot be a part of a host name: use 2 to 63 letters, digits and hyphens, beginning \
             and ending with a letter or digit.",
            printable(text)
        ),
    ))
}

fn is_domain(text: &str) -> bool {
    (2..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

// The name, where it can be a part of a host name; what cannot be is a hyphen.
fn default_domain(name: &str) -> String {
    let mut domain = name.replace(['_', '.'], "-");
    domain.truncate(63);
    domain.trim_matches('-').to_owned()
}

// They are kept; a rule that nobody can read would look like one that holds.
fn network_rules(body: &Document) -> Result<(), Problem> {
    body.object("properties.networkAcls")?;
    body.choice("properties.networkAcls.defaultAction", &["Allow", "Deny"])?;
    for list in ["ipRules", "virtualNetworkRules"] {
        steps::objects(body, &format!("properties.networkAcls.{list}"), 1_000)?;
    }
    Ok(())
}

/// Under which name the data plane's name of an account is claimed.
pub(crate) fn domain_claim(domain: &str) -> String {
    format!("account/{}", fold(domain))
}

/// Takes the name by which the data plane finds an account; the one before it is free again.
pub(super) async fn claim_domain(
    work: &mut UnitOfWork,
    id: &ResourceId,
    (before, domain): (Option<&str>, &str),
) -> Result<(), Problem> {
    if !work.resources().claim(&domain_claim(domain), id).await? {
        return Err(Problem::new(
            Code::CustomDomainInUse,
            format!(
                "Please pick a different name. The subdomain name '{domain}' is not available as it's already used by a \
                 resource, or by one that was deleted and not purged. Give another one as properties.customSubDomainName."
            ),
        )
        .target("properties.customSubDomainName"));
    }
    if let Some(before) = before.filter(|before| !before.eq_ignore_ascii_case(domain)) {
        let projects = Below::Children(id, PROJECT_TYPE);
        if !work.resources().list(projects, None, 1).await?.is_empty() {
            return Err(wrong(
                "properties.customSubDomainName",
                format!(
                    "The account '{}' has projects, whose addresses begin with '{before}': delete them before you give it \
                     another name.",
                    id.name()
                ),
            ));
        }
        work.resources().release(&domain_claim(before), id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_can_be_a_part_of_a_host_name() {
        let check = |text: &str, expected| assert_eq!(is_domain(text), expected, "{text}");
        check("my-account", true);
        check("a1", true);
        check("a", false);
        check("-a", false);
        check("a-", false);
        check("a_b", false);
        check("a.b", false);
        check(&"a".repeat(64), false);
        assert_eq!(default_domain("My_Account.1_"), "My-Account-1");
        assert!(is_domain(&default_domain(&"a.".repeat(32))));
    }

    #[test]
    fn a_put_replaces_and_a_patch_merges() {
        let spec = |value: Value| Spec::read(&Document::of(json!({"properties": value}))).expect("a body");
        let first = spec(
            json!({"networkAcls": {"defaultAction": "Deny"}, "disableLocalAuth": true, "internalId": "x"}),
        );
        let made = first.create("Name", "id".into(), "now".into());
        assert_eq!(
            (made.custom_sub_domain_name.as_str(), made.internal_id.as_str()),
            ("Name", "id")
        );
        assert!(made.disable_local_auth && made.rest.contains_key("networkAcls"));
        let put = spec(json!({"encryption": {"keySource": "x"}})).replace(&made, "Name");
        assert!(!put.disable_local_auth && !put.rest.contains_key("networkAcls"));
        let mut patched = made.clone();
        spec(json!({"encryption": {}, "networkAcls": null})).merge(&mut patched);
        assert!(patched.disable_local_auth && patched.rest.contains_key("encryption"));
        assert!(!patched.rest.contains_key("networkAcls"));
    }
}
