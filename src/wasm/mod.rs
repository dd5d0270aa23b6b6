//! The wasm edge.

#[cfg(feature = "bench")]
mod bench;
