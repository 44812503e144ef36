//! Units of work, jobs, ledger; the only SQL.
//!
//! SQLite in WAL mode with one writer: a change is a [`UnitOfWork`], all of it or none. Usage goes to a journal beside it
//! and is folded in ([`Ledger`]). Reads come from a pool of their own and never wait for the writer.

mod error;
mod group;
mod ledger;
mod rows;
mod sqlite;
mod work;

pub mod access;
pub mod agreements;
pub mod apps;
pub mod audit;
pub mod bindings;
pub mod credentials;
pub mod deployments;
pub mod jobs;
pub mod locks;
pub mod operations;
pub mod resources;
pub mod responses;
pub mod roles;
pub mod secrets;
pub mod sign_ins;
pub mod users;

pub use error::StoreError;
pub use group::Group;
pub use ledger::{
    EndpointLine, EndpointQuestion, Grain, Histogram, LatencyKind, LatencySum, Ledger, LedgerStatus,
    LedgerSync, MINUTES_KEPT_DAYS, Period, PriceList, RECENT_MAX, RecentQuestion, RecentRequest,
    RefusedRequest, RequestSum, RequestUsage, Sums, Timeline, UsageContext, UsageLine, UsageRecord,
    UsageScope, UsageSum,
};
pub use resources::{Resource, Stamp};
pub use sqlite::Store;
pub use work::{Reader, UnitOfWork};
