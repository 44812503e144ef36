//! Control plane: ARM resources, operations, jobs.
//!
//! A request comes in through [`Control::handle`]; the dispatcher finds its route, proves who calls and what they may do,
//! and hands it to the one file that answers it. Everything is written in one unit of work: intent, the operation that
//! the client polls, the job that does the rest, the audit record. [`Control::run_jobs`] does what is left.

mod activity;
mod answer;
mod audit;
mod billing;
mod catalog_bindings;
mod cognitive;
mod connections;
mod control;
mod costs;
mod data_plane;
mod deployments;
mod description;
mod dispatch;
mod etag;
mod explain;
mod facets;
mod first_start;
mod graph;
mod health;
mod identities;
mod insights;
mod jobs;
mod json;
mod kinds;
mod locks;
mod marketplace_ordering;
mod marketplace_subscriptions;
mod metadata;
mod meters;
mod opaque;
mod operations;
mod owned;
mod paging;
mod providers;
mod rate_limits;
mod registries;
mod resource_groups;
mod resources;
mod role_assignments;
mod role_definitions;
mod roles;
mod routes;
mod saas_resources;
mod serverless_endpoints;
mod show;
mod sign_in;
mod signing;
mod subscriptions;
mod tags;
mod tenants;
mod workspaces;
mod write;

pub use control::{Control, ControlDeps, ControlError, ControlSettings};
pub use first_start::{FirstStart, FirstStartReport, first_start, first_start_as, invite_administrator};

#[cfg(test)]
mod tests;
