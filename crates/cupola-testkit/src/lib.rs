//! Clocks, entropy, scratch stores and fake upstreams for tests.

mod clock;
mod entropy;

pub use clock::ManualClock;
pub use entropy::CountingEntropy;
