//! Sign-in: the identity host's own routes, open to everybody, because nobody has signed in yet; and what administrators
//! do about it.
//!
//! The same host is served twice, under the tenant and under `/adfs`: some clients ask a public server about any other
//! authority, and `/adfs` is the one name with which they do not.

mod authorize;
mod change_password;
mod clients;
mod device;
mod discovery;
mod external;
mod instance;
mod interact;
mod invitations;
mod issue;
mod keys;
mod leave;
mod lockout;
mod outbound;
mod pages;
mod people;
mod portal;
mod proof;
mod providers;
mod realm;
mod record;
mod refusal;
mod rotate;
mod scope;
mod session;
mod state;
mod token;

pub(crate) use invitations::{PAGE as INVITATION_PAGE, first as first_invitation};
#[cfg(test)]
pub(crate) use outbound::Fetching;
pub(crate) use outbound::Outbound;
pub(crate) use people::digest;
pub(crate) use providers::ROUTES as PROVIDERS;
pub(crate) use session::idle_since;
pub(crate) use state::State;

use crate::control::Control;
use crate::dispatch::{Access, Route, action, anonymous, route, unversioned};

/// The domain of this tenant where nobody chose another.
const DOMAIN: &str = "cupola.local";

pub(crate) const ROUTES: &[Route] = &[
    unversioned(
        "GET",
        "/adfs/.well-known/openid-configuration",
        anonymous!(discovery::adfs),
    ),
    unversioned("GET", "/adfs/discovery/keys", anonymous!(keys::get)),
    form("/adfs/oauth2/token", anonymous!(token::adfs)),
    unversioned("GET", "/adfs/oauth2/authorize", anonymous!(authorize::adfs)),
    form("/adfs/oauth2/devicecode", anonymous!(device::adfs)),
    unversioned("GET", "/adfs/oauth2/logout", anonymous!(leave::get)),
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
    form("/{tenant}/oauth2/v2.0/token", anonymous!(token::tenant)),
    unversioned(
        "GET",
        "/{tenant}/oauth2/v2.0/authorize",
        anonymous!(authorize::tenant),
    ),
    form("/{tenant}/oauth2/v2.0/devicecode", anonymous!(device::tenant)),
    unversioned("GET", "/{tenant}/oauth2/v2.0/logout", anonymous!(leave::get)),
    unversioned("GET", "/common/discovery/instance", anonymous!(instance::get)),
    unversioned("GET", "/common/userrealm/{user}", anonymous!(realm::get)),
    unversioned("GET", "/devicelogin", anonymous!(device::get)),
    form("/devicelogin", anonymous!(device::post)),
    unversioned("GET", "/sign-in", anonymous!(interact::get)),
    form("/sign-in", anonymous!(interact::post)),
    form("/sign-in/continue", anonymous!(interact::go_on)),
    unversioned("GET", "/sign-in/password", anonymous!(change_password::get)),
    form("/sign-in/password", anonymous!(change_password::post)),
    unversioned("GET", INVITATION_PAGE, anonymous!(invitations::get)),
    form(INVITATION_PAGE, anonymous!(invitations::post)),
    session_of_portal("/portal/session/token", anonymous!(portal::token)),
    session_of_portal("/portal/session/end", anonymous!(portal::end)),
    unversioned("GET", "/sign-in/external/{name}", anonymous!(external::begin)),
    unversioned("GET", "/sign-in/callback", anonymous!(external::callback)),
    unversioned(
        "POST",
        "/v1.0/invitations",
        action!("Cupola.Identity/users/invite/action", invitations::create),
    ),
    route(
        "POST",
        "/providers/Cupola.Identity/rotateSigningKey",
        action!("Cupola.Identity/signingKeys/rotate/action", rotate::post),
    ),
];

// What a form may weigh: an assertion of a directory with many groups is the largest thing in one.
const FORM_BYTES_MAX: usize = 64 * 1024;

const fn form(path: &'static str, access: Access) -> Route {
    unversioned("POST", path, access).up_to(FORM_BYTES_MAX)
}

// A name of a resource is all that such a request says.
const SESSION_BYTES_MAX: usize = 1024;

const fn session_of_portal(path: &'static str, access: Access) -> Route {
    unversioned("POST", path, access).up_to(SESSION_BYTES_MAX)
}

/// Is this how a client may name our tenant?
fn is_tenant(control: &Control, name: &str) -> bool {
    ["common", "organizations", "adfs", DOMAIN, control.tenant()]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
