//! The `book` part of the wallet.
