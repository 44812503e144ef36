//! What is served, as it stood when it was read: immutable, swapped as a whole, read without a lock.

mod analyzers;
mod load;
mod policy;
mod screens;
mod target;

pub(crate) use load::load;

use crate::observe::Meters;
use crate::screening::Panel;
use cupola_backend::Pool;
use cupola_core::catalog::Task;
use cupola_core::quota::{Allowance, Book, Limits};
use cupola_safety::Screen;
use cupola_store::PriceList;
use cupola_store::credentials::SealedKeys;
use std::collections::HashMap;
use std::sync::Arc;

/// Every site.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// How many changes of the store it knows.
    pub(crate) changes: u64,
    /// Serverless endpoints, by `region/name`.
    endpoints: HashMap<String, Arc<Site>>,
    /// Accounts, by their subdomain.
    accounts: HashMap<String, Arc<Site>>,
    /// All of them, by the digests of their keys.
    by_digest: HashMap<[u8; 32], Arc<Site>>,
    /// What infers, by model, for the next snapshot to go on from.
    targets: HashMap<String, Arc<Pool>>,
    /// Content policies made ready, for the next snapshot to go on from.
    screens: screens::Screens,
    /// Deployments that serve guard models, by their folded ids.
    guards: HashMap<String, (Arc<Site>, Arc<Deployment>)>,
}

/// What has a Target URI and two keys: a serverless endpoint or a Foundry account.
#[derive(Debug)]
pub struct Site {
    /// As people wrote it.
    pub name: String,
    /// Its resource id.
    pub id: Arc<str>,
    /// The subscription that pays, folded.
    pub subscription: Arc<str>,
    /// What it is, and what it serves.
    pub serves: Serves,
    /// Are its keys taken?
    pub local_auth: bool,
    /// Are tokens taken?
    pub takes_tokens: bool,
    /// What each key may spend in a minute, primary and secondary.
    key_limits: [Option<Limits>; 2],
    /// What each has spent in this minute; they outlive snapshots.
    key_books: [Arc<Book>; 2],
    keys: Option<Keys>,
}

/// What a site serves.
#[derive(Debug)]
pub enum Serves {
    /// A serverless endpoint: one model.
    One(Arc<Deployment>),
    /// An account: many, by folded name.
    Many(HashMap<String, Arc<Deployment>>),
}

/// A model that a site serves, ready to answer or to say why it does not.
#[derive(Debug)]
pub struct Deployment {
    /// As people wrote it: the endpoint's name, or the model deployment's.
    pub name: String,
    /// The resource id of the endpoint or of the model deployment.
    pub id: Arc<str>,
    /// The name in the ledger, where its site has several.
    pub ledger_name: Option<Arc<str>>,
    /// What it serves.
    pub model: Model,
    /// Does it answer?
    pub condition: Condition,
    /// What it may spend in a minute.
    pub limits: Limits,
    /// What it has spent in this minute; it outlives snapshots.
    pub book: Arc<Book>,
    /// What is counted of it; it outlives snapshots.
    pub(crate) meters: Arc<Meters>,
    /// What its meters cost now.
    pub prices: Arc<PriceList>,
    /// What really infers, or why nothing does.
    pub(crate) target: Result<Arc<Pool>, String>,
    /// What looks at prompts and completions; `None` where nothing does.
    pub screen: Option<Arc<Screen>>,
    /// Whom the policy asks beside it; `None` where it asks nobody, and of guard models, about which nobody is asked.
    pub(crate) panel: Option<Arc<Panel>>,
}

/// What is known of a model.
#[derive(Debug, Clone)]
pub struct Model {
    /// `azureml://registries/R/models/M`
    pub id: Arc<str>,
    /// Its name in the catalog.
    pub name: String,
    /// Who made it.
    pub publisher: String,
    /// What it is for.
    pub task: Task,
    /// The version that is served.
    pub version: String,
    /// Tokens of prompt and completion together.
    pub context_tokens: u32,
}

/// Does a deployment answer?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Yes.
    Online,
    /// Soon.
    Creating,
    /// It lost its marketplace subscription.
    Suspended,
    /// It never will.
    Failed,
    /// Its subscription was cancelled.
    Disabled,
}

#[derive(Debug)]
struct Keys {
    sealed: SealedKeys,
    digests: [[u8; 32]; 2],
}

impl Snapshot {
    /// The serverless endpoint of this folded `region/name`.
    pub fn endpoint(&self, key: &str) -> Option<&Arc<Site>> {
        self.endpoints.get(key)
    }

    /// The account with this folded subdomain.
    pub fn account(&self, subdomain: &str) -> Option<&Arc<Site>> {
        self.accounts.get(subdomain)
    }

    /// The site that has a key of this digest.
    pub(crate) fn with_key(&self, digest: &[u8; 32]) -> Option<&Arc<Site>> {
        self.by_digest.get(digest)
    }

    /// The site with this resource id. Looks at all of them.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Arc<Site>> {
        self.sites().find(|site| *site.id == *id)
    }

    /// Every site, in no order.
    pub(crate) fn sites(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.endpoints.values().chain(self.accounts.values())
    }

    /// The deployment that serves a guard model, by its folded id.
    pub(crate) fn guard(&self, deployment: &str) -> Option<&(Arc<Site>, Arc<Deployment>)> {
        self.guards.get(deployment)
    }

    /// How many sites there are.
    pub fn len(&self) -> usize {
        self.endpoints.len() + self.accounts.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Site {
    /// Digests of both keys; empty while there are none.
    pub(crate) fn key_digests(&self) -> &[[u8; 32]] {
        self.keys.as_ref().map_or(&[], |keys| &keys.digests)
    }

    /// What one of its keys may spend, where somebody said so.
    pub(crate) fn allowance_of_key(&self, key: usize) -> Option<Allowance<'_>> {
        let limits = (*self.key_limits.get(key)?)?;
        Some(Allowance {
            book: self.key_books.get(key)?,
            limits,
        })
    }

    /// Is it an account?
    pub fn is_account(&self) -> bool {
        matches!(self.serves, Serves::Many(_))
    }

    /// What it serves, in no order.
    pub fn deployments(&self) -> Vec<&Arc<Deployment>> {
        match &self.serves {
            Serves::One(one) => vec![one],
            Serves::Many(many) => many.values().collect(),
        }
    }
}
