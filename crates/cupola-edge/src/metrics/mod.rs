//! What is counted, and the page on which Prometheus reads it.

mod cell;
mod page;

pub use cell::{Distribution, Sharded, read, shard};
pub use page::{Family, Format, Kind, Page};
