//! What holds for the repository as a whole; docs/architecture.md says why.

mod architecture;
mod dependencies;
mod repository;
mod support;
