//! Control plane: ARM resources, operations, jobs.
