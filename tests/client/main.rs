//! The client in a simulated world: stories a person lives through, and every crash and fault in each of them.

#![cfg(not(target_arch = "wasm32"))]

mod address;
mod auth;
mod backup;
mod clock;
mod deliver;
mod faults;
mod frames;
mod liveness;
mod matrix;
mod mint_lines;
mod mint_list;
mod old_stores;
mod relay;
mod rent;
mod repeat;
mod restore;
mod vault;
mod work;
mod world;
