//! The `mint` part of the wallet.
