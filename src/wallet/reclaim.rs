//! The `reclaim` part of the wallet.
