//! The workload state machine against a model as simple as its rules, and the single-writer invariant, over random
//! histories.
#![cfg(not(target_arch = "wasm32"))]

mod history;
mod model;
mod single_writer;
