//! Clocks, entropy, scratch stores and fake upstreams for tests.

mod clock;
mod entropy;
mod upstream;

pub use clock::ManualClock;
pub use entropy::CountingEntropy;
pub use upstream::{Answer, Ending, FakeUpstream, Received};
