//! The `keys` module.
