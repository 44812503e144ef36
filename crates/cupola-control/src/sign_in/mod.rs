//! Sign-in: the identity host's own routes, open to everybody, because nobody has signed in yet.
//!
//! The same host is served twice, under the tenant and under `/adfs`: some clients ask a public server about any other
//! authority, and `/adfs` is the one name with which they do not.

mod discovery;
mod instance;
mod keys;
mod token;

use crate::control::Control;
use crate::dispatch::{Route, anonymous, unversioned};

pub(crate) const ROUTES: &[Route] = &[
    unversioned(
        "GET",
        "/adfs/.well-known/openid-configuration",
        anonymous!(discovery::adfs),
    ),
    unversioned("GET", "/adfs/discovery/keys", anonymous!(keys::get)),
    unversioned("POST", "/adfs/oauth2/token", anonymous!(token::adfs)),
    unversioned(
        "GET",
        "/{tenant}/v2.0/.well-known/openid-configuration",
        anonymous!(discovery::tenant),
    ),
    unversioned(
        "GET",
        "/{tenant}/.well-known/openid-configuration",
        anonymous!(discovery::tenant),
    ),
    unversioned("GET", "/{tenant}/discovery/v2.0/keys", anonymous!(keys::get)),
    unversioned("POST", "/{tenant}/oauth2/v2.0/token", anonymous!(token::tenant)),
    unversioned("GET", "/common/discovery/instance", anonymous!(instance::get)),
];

/// Is this how a client may name our tenant?
fn is_tenant(control: &Control, name: &str) -> bool {
    ["common", "organizations", "adfs", control.tenant()]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
