//! Speaking to model servers: workers, upstreams, the simulator.

pub mod fleet;
