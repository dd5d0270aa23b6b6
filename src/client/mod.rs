//! The `client` module.
