//! The wasm edge: converts, never decides.

mod client;
mod error;
mod value;
