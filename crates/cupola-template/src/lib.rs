//! ARM templates: read leniently, judged wholly, planned, and never acted upon here.
//!
//! ```text
//! source::read -> Node -> evaluate -> Plan, complaints
//!                                      |
//!              Plan::resolve(index, facts) -> body, or what must be learnt first
//! ```

pub mod complaint;
mod copy;
mod dependencies;
mod evaluate;
pub mod expression;
pub mod facts;
mod functions;
mod hash;
pub mod known;
mod outputs;
pub mod parameters;
pub mod plan;
mod references;
mod resources;
mod scope;
mod shown;
pub mod source;
#[cfg(test)]
mod tests;
mod tree;
pub mod types;
mod variables;
mod walk;
pub mod what_if;

pub use complaint::Complaint;
pub use evaluate::{evaluate, evaluate_nested};
pub use expression::Need;
pub use facts::Facts;
pub use known::{Deployer, Known, Mode, ResourceGroup, Scope, Subscription};
pub use parameters::Parameter;
pub use plan::{CopyRound, Plan, Planned, Resolved};
pub use source::{Node, read};
