//! The wasm edge.

mod error;
mod workload;
