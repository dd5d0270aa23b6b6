//! The `durable_workload` module.
