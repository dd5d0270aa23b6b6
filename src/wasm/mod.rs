//! The wasm edge: converts, never decides.

#[cfg(feature = "bench")]
mod bench;
mod client;
mod error;
mod value;
mod vault;
mod workload;
