//! Node plane: supervises engine workers on one machine.
