//! What sign-in remembers between requests and may forget at a restart: attempts by address, key sets of other issuers.

use super::lockout;
use crate::sign_in::outbound::Outbound;
use cupola_core::Timestamp;
use cupola_core::name::fold;
use cupola_identity::WebKey;
use cupola_store::users::PasswordState;
use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

// Each check takes 19 MiB and a core; more of them at once would only make every one slower.
const CHECKS_MAX: usize = 2;

const REMEMBERED_MAX: usize = 10_000;
const WINDOW_S: i64 = 600;

// An address may stand for a whole office.
const FAILURES_OF_ADDRESS_MAX: u32 = 100;

const KEYS_LAST_S: i64 = 600;
const KEYS_PAUSE_S: i64 = 30;
const ISSUERS_MAX: usize = 100;

// An issuer that does not answer is left alone for a moment, because anybody can make us ask it.
const TROUBLE_PAUSE_S: i64 = 10;
const READS_MAX: usize = 8;

/// The memory of sign-in.
pub(crate) struct State {
    pub(super) outbound: Arc<dyn Outbound>,
    pub(crate) checks: Arc<Semaphore>,
    pub(super) reads: Semaphore,
    addresses: Mutex<HashMap<String, Window>>,
    documents: Mutex<HashMap<String, (Timestamp, Value)>>,
    // Why the keys of an issuer could not be read of late.
    troubles: Mutex<HashMap<String, (Timestamp, String)>>,
    // Names that are nobody's are locked like those of people, so that an answer does not tell which are which.
    strangers: Mutex<HashMap<String, PasswordState>>,
    keys: Mutex<HashMap<String, KeySet>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    count: u32,
}

#[derive(Debug, Clone)]
struct KeySet {
    read_at: Timestamp,
    keys: Arc<[WebKey]>,
}

impl State {
    pub(crate) fn new(outbound: Arc<dyn Outbound>) -> Self {
        Self {
            outbound,
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            reads: Semaphore::new(READS_MAX),
            addresses: Mutex::default(),
            documents: Mutex::default(),
            troubles: Mutex::default(),
            strangers: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// Did too much fail from this address of late?
    pub(super) fn is_blocked(&self, address: &str, now: Timestamp) -> bool {
        let windows = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        windows
            .get(&of("failure", address))
            .is_some_and(|window| is_recent(window.since, now) && window.count >= FAILURES_OF_ADDRESS_MAX)
    }

    /// Counts a failure from this address.
    pub(super) fn failed(&self, address: &str, now: Timestamp) {
        self.count("failure", address, now);
    }

    /// Counts something that strangers may do from an address at most so often in ten minutes; false where it is too often.
    pub(crate) fn spend(&self, what: &str, address: &str, max: u32, now: Timestamp) -> bool {
        self.count(what, address, now) <= max
    }

    fn count(&self, what: &str, address: &str, now: Timestamp) -> u32 {
        let mut windows = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut windows, |window| is_recent(window.since, now));
        let fresh = Window { since: now, count: 0 };
        let window = windows.entry(of(what, address)).or_insert(fresh);
        if !is_recent(window.since, now) {
            *window = fresh;
        }
        window.count = window.count.saturating_add(1);
        window.count
    }

    /// The discovery document of an issuer, unless it is too old.
    pub(super) fn document(&self, issuer: &str, now: Timestamp) -> Option<Value> {
        let known = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, document) = known.get(issuer)?;
        let age = now.as_second() - read_at.as_second();
        (0..KEYS_LAST_S).contains(&age).then(|| document.clone())
    }

    /// Remembers the discovery document of an issuer.
    pub(super) fn keep_document(&self, issuer: &str, document: &Value, now: Timestamp) {
        let mut known = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_MAX {
            known.clear();
        }
        known.insert(issuer.to_owned(), (now, document.clone()));
    }

    /// Why the keys of an issuer could not be read a moment ago.
    pub(super) fn trouble(&self, issuer: &str, now: Timestamp) -> Option<String> {
        let known = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, why) = known.get(issuer)?;
        let age = now.as_second() - since.as_second();
        (0..TROUBLE_PAUSE_S).contains(&age).then(|| why.clone())
    }

    /// Remembers why the keys of an issuer could not be read.
    pub(super) fn keep_trouble(&self, issuer: &str, why: &str, now: Timestamp) {
        let mut known = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_MAX {
            known.clear();
        }
        known.insert(issuer.to_owned(), (now, why.to_owned()));
    }

    /// Forgets what is known of an issuer, because how it is asked has changed.
    pub(super) fn forget_issuer(&self, issuer: &str) {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(issuer);
        self.troubles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(issuer);
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(issuer);
    }

    /// How a name that is nobody's stands.
    pub(super) fn stranger(&self, name: &str) -> PasswordState {
        let strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.get(&fold(name)).cloned().unwrap_or_default()
    }

    /// Counts a wrong password for a name that is nobody's.
    pub(super) fn stranger_failed(&self, name: &str, now: Timestamp) {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut strangers, |state| {
            lockout::is_locked(state, now) || state.failing_since.is_some_and(|since| is_recent(since, now))
        });
        lockout::fail(strangers.entry(fold(name)).or_default(), now);
    }

    /// The keys of an issuer, unless they are too old. `missed` says that a token named a key that was not among them.
    pub(super) fn keys(&self, issuer: &str, now: Timestamp, missed: bool) -> Option<Arc<[WebKey]>> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let set = known.get(issuer)?;
        let age = now.as_second() - set.read_at.as_second();
        let lasts = if missed { KEYS_PAUSE_S } else { KEYS_LAST_S };
        (0..lasts).contains(&age).then(|| Arc::clone(&set.keys))
    }

    /// Remembers the keys of an issuer.
    pub(super) fn keep_keys(&self, issuer: &str, keys: Vec<WebKey>, now: Timestamp) -> Arc<[WebKey]> {
        let keys: Arc<[WebKey]> = keys.into();
        let mut known = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_MAX {
            known.clear();
        }
        let set = KeySet {
            read_at: now,
            keys: Arc::clone(&keys),
        };
        known.insert(issuer.to_owned(), set);
        keys
    }
}

fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    now.as_second() - since.as_second() < WINDOW_S
}

fn make_room<T>(map: &mut HashMap<String, T>, keep: impl Fn(&T) -> bool) {
    if map.len() >= REMEMBERED_MAX {
        map.retain(|_, value| keep(value));
    }
    if map.len() >= REMEMBERED_MAX {
        map.clear();
    }
}

fn of(what: &str, address: &str) -> String {
    format!("{what} {}", network(address))
}

// Whoever has one IPv6 address has its whole network.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{:x?}", &v6.segments()[..4]),
        },
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::outbound::tests::Nowhere;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn an_address_is_blocked_for_a_while_and_a_network_is_one_address() {
        let state = State::new(Arc::new(Nowhere));
        for _ in 0..50 {
            state.failed("2001:db8:1:2::1", at(0));
            state.failed("2001:db8:1:2:ffff::2", at(1));
        }
        assert!(state.is_blocked("2001:db8:1:2::3", at(2)));
        assert!(!state.is_blocked("2001:db8:1:3::3", at(2)));
        assert!(!state.is_blocked("2001:db8:1:2::3", at(600)));
        assert!(
            state.spend("device", "10.0.0.1", 1, at(0)) && !state.spend("device", "10.0.0.1", 1, at(599))
        );
        assert!(state.spend("device", "10.0.0.1", 1, at(600)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let state = State::new(Arc::new(Nowhere));
        for number in 0..REMEMBERED_MAX + 10 {
            state.stranger_failed(&format!("user{number}"), at(0));
        }
        assert!(state.strangers.lock().expect("a lock").len() <= REMEMBERED_MAX);
        let key = state.keep_keys("https://i.test", Vec::new(), at(0));
        assert!(key.is_empty() && state.keys("https://i.test", at(599), false).is_some());
        assert!(
            state.keys("https://i.test", at(30), true).is_none()
                && state.keys("https://i.test", at(600), false).is_none()
        );
    }
}
