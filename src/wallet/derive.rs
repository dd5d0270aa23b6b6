//! The `derive` part of the wallet.
