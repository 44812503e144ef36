//! Reading what is served.

use super::screens::{Maker, Screening};
use super::target::{Served, serve};
use super::{Condition, Deployment, Keys, Serves, Site, Snapshot};
use crate::GatewayDeps;
use cupola_backend::Dialer;
use cupola_core::catalog::Task;
use cupola_core::name::fold;
use cupola_core::quota::{self, Book, Limits};
use cupola_core::{ModelId, ResourceId, Secret};
use cupola_store::bindings::Binding;
use cupola_store::credentials::SealedKeys;
use cupola_store::resources::{Below, Resources};
use cupola_store::{Reader, Resource, StoreError};
use cupola_wire::arm::cognitive::{
    ACCOUNT_TYPE, AccountProperties, DEPLOYMENT_TYPE, DeploymentProperties, DeploymentSku,
};
use cupola_wire::arm::{ENDPOINT_TYPE, EndpointProperties, EndpointState, KeyLimits, Rate};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const PAGE: u32 = 500;
const SUBSCRIPTION_TYPE: &str = "Microsoft.Resources/subscriptions";

/// Reads what is served. Books, and digests of keys that did not change, come from the previous snapshot.
pub(crate) async fn load(
    deps: &GatewayDeps,
    limits: Limits,
    dialer: &Dialer,
    previous: &Snapshot,
) -> Result<Snapshot, StoreError> {
    let changes = *deps.store.changes().borrow();
    let mut reader = deps.store.reader().await?;
    let bindings = reader.bindings().list().await?;
    let bindings: HashMap<String, &Binding> = bindings
        .iter()
        .map(|binding| (binding.model.folded(), binding))
        .collect();
    let mut loader = Loader {
        screens: Maker::read(&mut reader, deps, dialer, &previous.screens).await?,
        disabled: disabled(reader.resources()).await?,
        deps,
        limits,
        dialer,
        previous,
        bindings,
        served: HashMap::new(),
    };
    let mut next = Snapshot {
        changes,
        ..Snapshot::default()
    };
    for resource in all(&mut reader, ENDPOINT_TYPE).await? {
        let keys = reader.credentials().find(&resource.id).await?;
        if let Some((key, site)) = loader.endpoint(&resource, keys) {
            next.endpoints.insert(key, Arc::new(site));
        }
    }
    let mut deployments: HashMap<String, Vec<Resource>> = HashMap::new();
    for resource in all(&mut reader, DEPLOYMENT_TYPE).await? {
        if let Some(account) = resource.id.parent() {
            deployments.entry(account.folded()).or_default().push(resource);
        }
    }
    for resource in all(&mut reader, ACCOUNT_TYPE).await? {
        let keys = reader.credentials().find(&resource.id).await?;
        let below = deployments.remove(&resource.id.folded()).unwrap_or_default();
        if let Some((subdomain, site)) = loader.account(&resource, &below, keys) {
            next.accounts.insert(subdomain, Arc::new(site));
        }
    }
    next.screens = loader.screens.finish();
    let made = loader.served.into_iter();
    next.targets = made
        .filter_map(|(model, served)| Some((model, served.target.ok()?)))
        .collect();
    deps.fleet.serve(next.targets.clone());
    let sites: Vec<Arc<Site>> = next
        .endpoints
        .values()
        .chain(next.accounts.values())
        .cloned()
        .collect();
    for site in sites {
        for digest in site.key_digests() {
            next.by_digest.insert(*digest, Arc::clone(&site));
        }
        for deployment in site.deployments() {
            let id = fold(&deployment.id);
            if next.screens.is_guard(&id) {
                next.guards
                    .insert(id, (Arc::clone(&site), Arc::clone(deployment)));
            }
        }
    }
    Ok(next)
}

async fn all(reader: &mut Reader, kind: &str) -> Result<Vec<Resource>, StoreError> {
    let mut found: Vec<Resource> = Vec::new();
    loop {
        let after = found.last().map(|last| last.id.folded());
        let page = reader
            .resources()
            .list(Below::Type(kind), after.as_deref(), PAGE)
            .await?;
        let is_last = page.len() < PAGE as usize;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

// A cancelled subscription serves nothing. Who asks an endpoint pays nothing for that: it is decided here.
async fn disabled(mut resources: Resources<'_>) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = resources
            .list(Below::Type(SUBSCRIPTION_TYPE), after.as_deref(), PAGE)
            .await?;
        after = page.last().map(|last| last.id.folded());
        let cancelled = page.iter().filter(|one| one.properties["state"] == "Disabled");
        found.extend(cancelled.map(|one| fold(one.id.name())));
        if page.len() < PAGE as usize {
            return Ok(found);
        }
    }
}

struct Loader<'a> {
    deps: &'a GatewayDeps,
    limits: Limits,
    dialer: &'a Dialer,
    previous: &'a Snapshot,
    bindings: HashMap<String, &'a Binding>,
    /// Subscriptions, folded.
    disabled: HashSet<String>,
    /// What was made so far, by model: deployments of one model share it.
    served: HashMap<String, Served>,
    screens: Maker<'a>,
}

impl Loader<'_> {
    fn endpoint(&mut self, resource: &Resource, keys: Option<SealedKeys>) -> Option<(String, Site)> {
        let properties: EndpointProperties = read(resource)?;
        let subscription = fold(resource.id.subscription.as_deref()?);
        let condition = condition(&resource.provisioning_state, properties.endpoint_state)?;
        let model: ModelId = properties.model_settings.model_id.parse().ok()?;
        let limits = properties.rate_limits.unwrap_or_default();
        let key = format!(
            "{}/{}",
            fold(resource.location.as_deref()?),
            fold(resource.id.name())
        );
        let before = same(self.previous.endpoints.get(&key), &resource.id);
        let id = id(before, &resource.id);
        let screen = match properties.content_safety.content_safety_status.as_str() {
            "Disabled" => Ok(None),
            _ => self.screens.of_endpoint(&resource.id),
        };
        let deployment = Deployment {
            name: resource.id.name().to_owned(),
            id: Arc::clone(&id),
            ledger_name: None,
            condition: self.unless_disabled(&subscription, condition),
            limits: Limits {
                tokens_per_minute: limits
                    .rate
                    .tokens_per_minute
                    .unwrap_or(self.limits.tokens_per_minute),
                requests_per_minute: limits
                    .rate
                    .requests_per_minute
                    .unwrap_or(self.limits.requests_per_minute),
            },
            book: before
                .and_then(only)
                .map(|before| Arc::clone(&before.book))
                .unwrap_or_default(),
            meters: before
                .and_then(only)
                .map(|before| Arc::clone(&before.meters))
                .unwrap_or_default(),
            ..self.deployment(&model, screen)
        };
        let site = Site {
            name: resource.id.name().to_owned(),
            id,
            subscription: subscription.into(),
            serves: Serves::One(Arc::new(deployment)),
            local_auth: properties.auth_mode != "AAD",
            takes_tokens: properties.auth_mode != "Key",
            key_limits: of_keys(limits.keys),
            key_books: key_books(before),
            keys: keys.and_then(|sealed| self.keys(sealed, before)),
        };
        Some((key, site))
    }

    fn account(
        &mut self,
        resource: &Resource,
        below: &[Resource],
        keys: Option<SealedKeys>,
    ) -> Option<(String, Site)> {
        let properties: AccountProperties = read(resource)?;
        let subscription = fold(resource.id.subscription.as_deref()?);
        let of_account = plain_condition(&resource.provisioning_state)?;
        let of_account = self.unless_disabled(&subscription, of_account);
        let subdomain = fold(&properties.custom_sub_domain_name);
        let key_limits = key_limits_of_account(&properties, &resource.id);
        let before = same(self.previous.accounts.get(&subdomain), &resource.id);
        let deployments = below
            .iter()
            .filter_map(|one| self.model_deployment(one, of_account, before))
            .collect();
        let site = Site {
            name: properties.custom_sub_domain_name,
            id: id(before, &resource.id),
            subscription: subscription.into(),
            serves: Serves::Many(deployments),
            local_auth: !properties.disable_local_auth,
            takes_tokens: true,
            key_limits: of_keys(key_limits),
            key_books: key_books(before),
            keys: keys.and_then(|sealed| self.keys(sealed, before)),
        };
        Some((subdomain, site))
    }

    fn model_deployment(
        &mut self,
        resource: &Resource,
        of_account: Condition,
        account: Option<&Arc<Site>>,
    ) -> Option<(String, Arc<Deployment>)> {
        let properties: DeploymentProperties = read(resource)?;
        let condition = plain_condition(&resource.provisioning_state)?;
        let sku: Option<DeploymentSku> = resource
            .sku
            .as_ref()
            .and_then(|sku| serde_json::from_value(sku.clone()).ok());
        let model: ModelId = properties.model_id.parse().ok()?;
        let name = fold(resource.id.name());
        let before = match account.map(|account| &account.serves) {
            Some(Serves::Many(many)) => many.get(&name),
            _ => None,
        };
        let policy = properties.rai_policy_name.as_deref();
        let screen = match resource.id.parent() {
            Some(account) => self.screens.of_deployment(&account, &resource.id, policy),
            None => Ok(None),
        };
        let deployment = Deployment {
            name: resource.id.name().to_owned(),
            id: before.map_or_else(|| resource.id.to_string().into(), |before| Arc::clone(&before.id)),
            ledger_name: Some(resource.id.name().into()),
            condition: if of_account == Condition::Online {
                condition
            } else {
                of_account
            },
            limits: quota::of_deployment(&properties.model.format, sku.map_or(1, |sku| sku.capacity)),
            book: before.map(|before| Arc::clone(&before.book)).unwrap_or_default(),
            meters: before
                .map(|before| Arc::clone(&before.meters))
                .unwrap_or_default(),
            ..self.deployment(&model, screen)
        };
        Some((name, Arc::new(deployment)))
    }

    /// What a deployment of this model begins with.
    fn deployment(&mut self, model: &ModelId, screen: Result<Option<Screening>, String>) -> Deployment {
        let Served {
            model,
            prices,
            target,
        } = self
            .served
            .entry(model.folded())
            .or_insert_with_key(|folded| {
                let binding = self.bindings.get(folded).copied();
                let before = self.previous.targets.get(folded).map(Arc::as_ref);
                serve(self.deps, self.dialer, model, binding, before)
            })
            .clone();
        // What cannot be screened as it should be does not answer.
        let (screen, target) = match screen {
            Ok(screen) => (screen.filter(|_| is_screened(model.task)), target),
            Err(why) => (None, Err(why)),
        };
        Deployment {
            name: String::new(),
            id: Arc::default(),
            ledger_name: None,
            model,
            condition: Condition::Creating,
            limits: self.limits,
            book: Arc::new(Book::default()),
            meters: Arc::default(),
            prices,
            target,
            panel: screen.as_ref().and_then(|made| made.panel.clone()),
            screen: screen.map(|made| made.screen),
        }
    }

    fn unless_disabled(&self, subscription: &str, condition: Condition) -> Condition {
        if self.disabled.contains(subscription) {
            Condition::Disabled
        } else {
            condition
        }
    }

    fn keys(&self, sealed: SealedKeys, before: Option<&Arc<Site>>) -> Option<Keys> {
        let known = before
            .and_then(|before| before.keys.as_ref())
            .filter(|known| known.sealed == sealed);
        if let Some(known) = known {
            return Some(Keys {
                digests: known.digests,
                sealed,
            });
        }
        let digest = |sealed: &str| {
            let key = self.deps.keyring.open(sealed).inspect_err(|error| {
                tracing::error!(error = %error, "a key of an endpoint cannot be opened");
            });
            key.map(|key: Secret| self.deps.keyring.digest(key.expose().as_bytes()))
                .ok()
        };
        Some(Keys {
            digests: [digest(&sealed.primary)?, digest(&sealed.secondary)?],
            sealed,
        })
    }
}

pub(super) fn read<T: DeserializeOwned>(resource: &Resource) -> Option<T> {
    serde_json::from_value(resource.properties.clone())
        .inspect_err(|error| {
            tracing::error!(resource.id = %resource.id, error = %error, "a resource is stored in a form that cannot be read");
        })
        .ok()
}

/// Vectors, ranks and forecasts are no texts that anybody reads.
fn is_screened(task: Task) -> bool {
    matches!(
        task,
        Task::ChatCompletion | Task::Completion | Task::ImageGeneration
    )
}

/// The site of the previous snapshot, if it is this very resource.
fn same<'a>(before: Option<&'a Arc<Site>>, id: &ResourceId) -> Option<&'a Arc<Site>> {
    before.filter(|before| *before.id == *id.to_string())
}

fn key_books(before: Option<&Arc<Site>>) -> [Arc<Book>; 2] {
    before.map(|before| before.key_books.clone()).unwrap_or_default()
}

fn key_limits_of_account(properties: &AccountProperties, id: &ResourceId) -> Option<KeyLimits> {
    let written = properties
        .rest
        .get("keyLimits")
        .filter(|limits| !limits.is_null())?;
    KeyLimits::deserialize(written)
        .inspect_err(|error| {
            tracing::error!(resource.id = %id, error = %error, "the limits of an account's keys cannot be read");
        })
        .ok()
}

fn of_keys(limits: Option<KeyLimits>) -> [Option<Limits>; 2] {
    let limits = limits.unwrap_or_default();
    // What is not limited has the largest limit there is.
    let all = |rate: Rate| Limits {
        tokens_per_minute: rate.tokens_per_minute.unwrap_or(u32::MAX),
        requests_per_minute: rate.requests_per_minute.unwrap_or(u32::MAX),
    };
    [limits.primary.map(all), limits.secondary.map(all)]
}

fn id(before: Option<&Arc<Site>>, id: &ResourceId) -> Arc<str> {
    before.map_or_else(|| id.to_string().into(), |before| Arc::clone(&before.id))
}

fn only(site: &Arc<Site>) -> Option<&Arc<Deployment>> {
    match &site.serves {
        Serves::One(one) => Some(one),
        Serves::Many(_) => None,
    }
}

/// Does an account or a model deployment answer? `None` for what is as good as gone.
fn plain_condition(provisioning_state: &str) -> Option<Condition> {
    match provisioning_state {
        "Deleting" => None,
        "Failed" | "Canceled" => Some(Condition::Failed),
        "Succeeded" => Some(Condition::Online),
        _ => Some(Condition::Creating),
    }
}

/// Does an endpoint answer? `None` for what is as good as gone.
fn condition(provisioning_state: &str, state: EndpointState) -> Option<Condition> {
    match (provisioning_state, state) {
        ("Deleting", _) | (_, EndpointState::Deleting) => None,
        ("Failed" | "Canceled", _) | (_, EndpointState::CreationFailed | EndpointState::DeletionFailed) => {
            Some(Condition::Failed)
        }
        (_, EndpointState::Suspended) => Some(Condition::Suspended),
        ("Succeeded", EndpointState::Online) => Some(Condition::Online),
        _ => Some(Condition::Creating),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_answers_when_it_is_provisioned_and_online() {
        let check = |provisioning, state, expected| assert_eq!(condition(provisioning, state), expected);
        check("Succeeded", EndpointState::Online, Some(Condition::Online));
        check("Succeeded", EndpointState::Suspended, Some(Condition::Suspended));
        check("Succeeded", EndpointState::Reinstating, Some(Condition::Creating));
        check("Creating", EndpointState::Online, Some(Condition::Creating));
        check("Creating", EndpointState::Unknown, Some(Condition::Creating));
        check("Failed", EndpointState::CreationFailed, Some(Condition::Failed));
        check("Deleting", EndpointState::Online, None);
    }
}
