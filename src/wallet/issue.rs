//! The `issue` part of the wallet.
