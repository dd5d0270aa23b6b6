#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
pub mod durable_workload;
mod error;
pub mod keys;
pub mod model;
pub mod protocol;
mod tree;
pub mod vault;
pub mod wallet;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::{Error, ErrorCode};
