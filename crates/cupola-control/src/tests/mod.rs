//! Stories through the front door: [`crate::Control::handle`], without sockets.

mod access;
mod accounts;
mod activity;
mod authorization;
mod browser;
mod catalog;
mod connections;
mod contract;
mod data_plane;
mod deployments;
mod deployments_crash;
mod description;
mod directory;
mod endpoints;
mod foundry;
mod front_door;
mod hub;
mod jobs;
mod kept;
mod locks;
mod marketplace;
mod places;
mod platform;
mod portal;
mod safety_providers;
mod screening;
mod sign_in;
mod sign_in_abuse;
mod sign_in_apps;
mod sign_in_elsewhere;
mod sign_in_people;
mod start;
mod strict;
mod together;
mod usage;

use cupola_core::{ResourceId, Timestamp};
use cupola_store::{Resource, Stamp};
use serde_json::Value;

/// A resource for tests of pure code.
pub(crate) fn a_resource(id: &ResourceId, properties: Value) -> Resource {
    let stamp = Stamp {
        by: "Test".into(),
        by_type: "Application".into(),
        at: Timestamp::UNIX_EPOCH,
    };
    Resource {
        properties,
        etag: "\"0\"".into(),
        ..Resource::new(id.clone(), stamp)
    }
}
