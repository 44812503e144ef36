//! The api-versions that we speak. The server takes any; these are the ones that we were written for.

pub(crate) const SUBSCRIPTIONS: &str = "2022-12-01";
pub(crate) const DEPLOYMENTS: &str = "2025-04-01";
pub(crate) const GROUPS: &str = "2024-11-01";
pub(crate) const MACHINE_LEARNING: &str = "2024-10-01";
pub(crate) const COGNITIVE_SERVICES: &str = "2025-06-01";
pub(crate) const CUPOLA: &str = "2026-11-01";
pub(crate) const RESOURCES: &str = "2024-11-01";
pub(crate) const AUTHORIZATION: &str = "2022-04-01";
pub(crate) const LOCKS: &str = "2020-05-01";
pub(crate) const ALIASES: &str = "2021-10-01";
pub(crate) const ACTIVITY: &str = "2015-04-01";
