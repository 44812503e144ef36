//! The directory, as the cloud's command line asks Graph about it: people, applications and their service principals.
//!
//! Whoever signed in may read it, because names are needed wherever somebody is given a role. Who may write it can become
//! anybody in it, so that takes an action that says so, or the right to give every role; and nobody touches the proofs of
//! somebody mightier (`guard`).

mod applications;
mod credentials;
mod directory;
mod federated;
mod filter;
pub(crate) mod guard;
mod objects;
mod page;
mod problem;
mod service_principals;
mod users;

pub(crate) use problem::refusal_body;

use crate::dispatch::{Route, action, signed_in, unversioned};

const WRITE: &str = "Cupola.Identity/principals/write";
const DELETE: &str = "Cupola.Identity/principals/delete";

const USERS: &str = "/v1.0/users";
const USER: &str = "/v1.0/users/{id}";
const APPS: &str = "/v1.0/applications";
const APP: &str = "/v1.0/applications/{id}";
const SPS: &str = "/v1.0/servicePrincipals";
const SP: &str = "/v1.0/servicePrincipals/{id}";
const FEDERATED: &str = "/v1.0/applications/{id}/federatedIdentityCredentials";
const FEDERATED_ONE: &str = "/v1.0/applications/{id}/federatedIdentityCredentials/{credential}";

pub(crate) const ROUTES: &[Route] = &[
    unversioned("GET", USERS, signed_in!(users::list)),
    unversioned("POST", USERS, action!(WRITE, users::create)),
    unversioned("GET", USER, signed_in!(users::get)),
    unversioned("PATCH", USER, action!(WRITE, users::update)),
    unversioned("DELETE", USER, action!(DELETE, users::delete)),
    unversioned("GET", APPS, signed_in!(applications::list)),
    unversioned("POST", APPS, action!(WRITE, applications::create)),
    unversioned("GET", APP, signed_in!(applications::get)),
    unversioned("PATCH", APP, action!(WRITE, applications::update)),
    unversioned("DELETE", APP, action!(DELETE, applications::delete)),
    unversioned(
        "GET",
        "/v1.0/applications/{id}/owners",
        signed_in!(directory::nothing),
    ),
    unversioned(
        "POST",
        "/v1.0/applications/{id}/addPassword",
        action!(WRITE, credentials::add),
    ),
    unversioned(
        "POST",
        "/v1.0/applications/{id}/removePassword",
        action!(WRITE, credentials::remove),
    ),
    unversioned("GET", FEDERATED, signed_in!(federated::list)),
    unversioned("POST", FEDERATED, action!(WRITE, federated::create)),
    unversioned("GET", FEDERATED_ONE, signed_in!(federated::get)),
    unversioned("PATCH", FEDERATED_ONE, action!(WRITE, federated::update)),
    unversioned("DELETE", FEDERATED_ONE, action!(DELETE, federated::delete)),
    unversioned("GET", SPS, signed_in!(service_principals::list)),
    unversioned("POST", SPS, action!(WRITE, service_principals::create)),
    unversioned("GET", SP, signed_in!(service_principals::get)),
    unversioned("PATCH", SP, action!(WRITE, service_principals::update)),
    unversioned("DELETE", SP, action!(DELETE, service_principals::delete)),
    unversioned(
        "GET",
        "/v1.0/servicePrincipals/{id}/owners",
        signed_in!(directory::nothing),
    ),
    unversioned(
        "POST",
        "/v1.0/servicePrincipals/{id}/addPassword",
        action!(WRITE, credentials::add),
    ),
    unversioned(
        "POST",
        "/v1.0/servicePrincipals/{id}/removePassword",
        action!(WRITE, credentials::remove),
    ),
    unversioned("GET", "/v1.0/me", signed_in!(directory::me)),
    unversioned("GET", "/v1.0/me/ownedObjects", signed_in!(directory::nothing)),
    unversioned("GET", "/v1.0/me/memberOf", signed_in!(directory::nothing)),
    unversioned(
        "POST",
        "/v1.0/directoryObjects/getByIds",
        signed_in!(directory::get_by_ids),
    ),
    unversioned(
        "POST",
        "/v1.0/directoryObjects/{id}/getMemberGroups",
        signed_in!(directory::no_groups),
    ),
    unversioned(
        "POST",
        "/v1.0/users/{id}/getMemberGroups",
        signed_in!(directory::no_groups),
    ),
    unversioned("GET", "/v1.0/groups", signed_in!(directory::nothing)),
    unversioned("GET", "/v1.0/groups/{id}", signed_in!(directory::no_group)),
    unversioned("POST", "/v1.0/groups", action!(WRITE, directory::no_new_group)),
    unversioned("GET", "/v1.0/organization", signed_in!(directory::organization)),
];
