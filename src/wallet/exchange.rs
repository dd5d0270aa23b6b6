//! The `exchange` part of the wallet.
