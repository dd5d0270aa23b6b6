//! The client in a simulated world: stories a person lives through, and every crash and fault in each of them.

mod faults;
mod liveness;
mod matrix;
mod relay;
mod rent;
mod world;
