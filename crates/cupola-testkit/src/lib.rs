//! Clocks, entropy, scratch stores and fake upstreams for tests.
