//! The `send` part of the wallet.
