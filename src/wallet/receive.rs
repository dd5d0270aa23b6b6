//! The `receive` part of the wallet.
