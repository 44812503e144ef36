//! Screens, made from policies and blocklists. What did not change since the previous snapshot is not made again.

use super::analyzers::{self, Analyzers};
use super::policy::policy;
use crate::GatewayDeps;
use crate::screening::Panel;
use cupola_backend::Dialer;
use cupola_core::ResourceId;
use cupola_core::name::fold;
use cupola_safety::{Blocklist, Item, Policy, Screen};
use cupola_store::resources::Below;
use cupola_store::{Reader, Resource, StoreError};
use cupola_wire::arm::cognitive::{
    ENDPOINT_RAI_BLOCKLIST_ITEM_TYPE, ENDPOINT_RAI_POLICY_TYPE, RAI_BLOCKLIST_ITEM_TYPE, RAI_POLICY_TYPE,
    RaiBlocklistItemProperties, RaiPolicyProperties, system_policy,
};
use std::collections::HashMap;
use std::sync::Arc;

const PAGE: u32 = 500;
const DEFAULT_POLICY: &str = "Microsoft.DefaultV2";

/// What was made, for the next snapshot to go on from.
#[derive(Debug, Default)]
pub(super) struct Screens {
    /// By the folded id of the policy, or its folded name where it is the system's.
    made: HashMap<String, Made>,
    /// By the folded id of the list.
    lists: HashMap<String, List>,
    analyzers: Analyzers,
}

impl Screens {
    /// Does the deployment of this folded id serve a guard model?
    pub(super) fn is_guard(&self, deployment: &str) -> bool {
        self.analyzers.is_guard(deployment)
    }
}

/// What looks at the texts of a deployment.
pub(super) struct Screening {
    pub(super) screen: Arc<Screen>,
    /// Whom the policy asks beside it.
    pub(super) panel: Option<Arc<Panel>>,
}

#[derive(Debug, Clone)]
struct Made {
    policy: Policy,
    lists: Vec<Arc<Blocklist>>,
    screen: Arc<Screen>,
}

#[derive(Debug, Clone)]
struct List {
    items: Vec<(String, RaiBlocklistItemProperties)>,
    compiled: Arc<Blocklist>,
}

/// Makes screens from what the store has.
pub(super) struct Maker<'a> {
    previous: &'a Screens,
    next: Screens,
    /// By folded id.
    policies: HashMap<String, RaiPolicyProperties>,
}

impl<'a> Maker<'a> {
    /// Reads every policy, and the items of those lists that policies name.
    pub(super) async fn read(
        reader: &mut Reader,
        deps: &GatewayDeps,
        dialer: &Dialer,
        previous: &'a Screens,
    ) -> Result<Self, StoreError> {
        let analyzers = analyzers::read(reader, deps, dialer, &previous.analyzers).await?;
        let mut maker = Self {
            previous,
            next: Screens {
                analyzers,
                ..Screens::default()
            },
            policies: HashMap::new(),
        };
        for (policies, items) in [
            (RAI_POLICY_TYPE, RAI_BLOCKLIST_ITEM_TYPE),
            (ENDPOINT_RAI_POLICY_TYPE, ENDPOINT_RAI_BLOCKLIST_ITEM_TYPE),
        ] {
            for resource in all(reader, Below::Type(policies)).await? {
                let Some((holder, stored)) = resource.id.parent().zip(super::load::read(&resource)) else {
                    continue;
                };
                let stored: RaiPolicyProperties = stored;
                for list in &stored.custom_blocklists {
                    let list = holder.child("raiBlocklists", &list.blocklist_name);
                    maker.list(reader, &list, items).await?;
                }
                maker.policies.insert(resource.id.folded(), stored);
            }
        }
        Ok(maker)
    }

    /// The screen of a serverless endpoint: that of its policy `default`, if it has one.
    pub(super) fn of_endpoint(&mut self, endpoint: &ResourceId) -> Result<Option<Screening>, String> {
        self.of_holder(endpoint, endpoint, "default")
    }

    /// The screen of a model deployment of an account.
    pub(super) fn of_deployment(
        &mut self,
        account: &ResourceId,
        deployment: &ResourceId,
        policy: Option<&str>,
    ) -> Result<Option<Screening>, String> {
        self.of_holder(account, deployment, policy.unwrap_or(DEFAULT_POLICY))
    }

    pub(super) fn finish(self) -> Screens {
        self.next
    }

    fn of_holder(
        &mut self,
        holder: &ResourceId,
        deployment: &ResourceId,
        name: &str,
    ) -> Result<Option<Screening>, String> {
        let id = holder.child("raiPolicies", name).folded();
        if let Some(stored) = self.policies.get(&id) {
            let policy = policy(stored);
            let panel = self.next.analyzers.panel(holder, deployment, stored)?;
            return self.screen(id, policy, panel, holder);
        }
        let (name, stored) = system_policy(name).or_else(|| {
            // The endpoint's policy need not be there; a deployment's cannot go while it is needed.
            if name != "default" {
                tracing::error!(policy = name, holder = %holder, "a policy is not there; the default holds instead");
            }
            system_policy(DEFAULT_POLICY)
        })
        .ok_or_else(|| "The default content policy is not there, so this deployment does not answer.".to_owned())?;
        self.screen(fold(name), policy(&stored), None, holder)
    }

    /// `Ok(None)` where there is nothing to look for.
    fn screen(
        &mut self,
        key: String,
        policy: Policy,
        panel: Option<Arc<Panel>>,
        holder: &ResourceId,
    ) -> Result<Option<Screening>, String> {
        use cupola_safety::Direction::{Completion, Prompt};
        let named = policy
            .prompt
            .blocklists
            .iter()
            .chain(&policy.completion.blocklists);
        let lists: Vec<Arc<Blocklist>> = named
            .filter_map(|rule| {
                let id = holder.child("raiBlocklists", &rule.name).folded();
                self.next.lists.get(&id).map(|list| Arc::clone(&list.compiled))
            })
            .collect();
        let is_same = |made: &&Made| {
            made.policy == policy
                && made.lists.len() == lists.len()
                && made
                    .lists
                    .iter()
                    .zip(&lists)
                    .all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let known = [&self.next.made, &self.previous.made];
        let known = known.into_iter().filter_map(|made| made.get(&key)).find(is_same);
        let made = match known {
            Some(made) => made.clone(),
            None => {
                let screen = Screen::new(policy.clone(), &lists).map_err(|why| {
                    tracing::error!(holder = %holder, reason = %why, "a content policy cannot be used");
                    format!(
                        "The content policy of this deployment cannot be used, so it does not answer: {why}."
                    )
                })?;
                Made {
                    policy,
                    lists,
                    screen: Arc::new(screen),
                }
            }
        };
        let screen = Arc::clone(&made.screen);
        self.next.made.insert(key, made);
        let is_needed = screen.needs(Prompt) || screen.needs(Completion) || panel.is_some();
        Ok(is_needed.then_some(Screening { screen, panel }))
    }

    async fn list(&mut self, reader: &mut Reader, id: &ResourceId, kind: &str) -> Result<(), StoreError> {
        let key = id.folded();
        if self.next.lists.contains_key(&key) {
            return Ok(());
        }
        // A policy that names a list that is not there cannot be used: see `screen`.
        if reader.resources().find(id).await?.is_none() {
            return Ok(());
        }
        let found = all(reader, Below::Children(id, kind)).await?;
        let items: Vec<(String, RaiBlocklistItemProperties)> = found
            .iter()
            .filter_map(|item| Some((item.id.name().to_owned(), super::load::read(item)?)))
            .collect();
        let list = match self.previous.lists.get(&key) {
            Some(list) if list.items == items => list.clone(),
            _ => {
                let written = items.iter().map(|(name, body)| Item {
                    id: name,
                    pattern: &body.pattern,
                    is_regex: body.is_regex,
                });
                match Blocklist::compile(&fold(id.name()), written) {
                    Ok(compiled) => List {
                        items,
                        compiled: Arc::new(compiled),
                    },
                    // Items are compiled before they are taken, so this is a fault of ours. The policy that names the list
                    // then cannot be used, and what has the policy does not answer.
                    Err(why) => {
                        tracing::error!(list = %id, reason = %why, "a blocklist cannot be used");
                        return Ok(());
                    }
                }
            }
        };
        self.next.lists.insert(key, list);
        Ok(())
    }
}

pub(super) async fn all(reader: &mut Reader, below: Below<'_>) -> Result<Vec<Resource>, StoreError> {
    let mut found: Vec<Resource> = Vec::new();
    loop {
        let after = found.last().map(|last| last.id.folded());
        let page = reader.resources().list(below, after.as_deref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}
