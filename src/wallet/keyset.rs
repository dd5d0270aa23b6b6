//! The `keyset` part of the wallet.
