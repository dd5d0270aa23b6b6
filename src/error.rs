//! What can go wrong when somebody calls us. Strangers never cause an [`Error`]: what relays, mints and providers get
//! wrong becomes a notice or the state of an operation.

use serde::Serialize;

/// Stable codes, the same in Rust and in JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// An argument is not of the form it must have.
    InvalidInput,
    /// The recovery phrase is not a valid BIP-39 phrase.
    InvalidPhrase,
    /// A mint URL is not an absolute http or https URL.
    InvalidMintUrl,
    /// A relay URL is not an absolute ws or wss URL.
    InvalidRelayUrl,
    /// A provider was not named by hex key, npub or `nostr:` URI.
    InvalidProvider,
    /// A token cannot be decoded or is of a kind that cannot be used here.
    InvalidToken,
    /// The mint is not one of the wallet's.
    UnknownMint,
    /// The mint has not answered yet, or lacks what the operation needs.
    MintNotReady,
    /// Not enough spendable money at the mint.
    InsufficientFunds,
    /// The fee would eat the whole amount.
    AmountTooSmall,
    /// Nothing is known under that id.
    NotFound,
    /// The operation is not in a state that allows this.
    WrongState,
    /// The order cannot be placed; the message names every reason.
    NotEligible,
    /// The price or fee rose above what was agreed to.
    QuoteChanged,
    /// The quorum numbers contradict each other or the number of relays.
    InvalidQuorum,
    /// The store refused a write or holds records of a newer version; nothing was sent.
    Store,
    /// The store is sealed, and the key of its passphrase was not given.
    Locked,
    /// Another passphrase seals this.
    WrongPassphrase,
    /// A file is no saved wallet, or a damaged one.
    InvalidFile,
}

impl ErrorCode {
    /// Every code there is.
    pub const ALL: &'static [Self] = &[
        Self::InvalidInput,
        Self::InvalidPhrase,
        Self::InvalidMintUrl,
        Self::InvalidRelayUrl,
        Self::InvalidProvider,
        Self::InvalidToken,
        Self::UnknownMint,
        Self::MintNotReady,
        Self::InsufficientFunds,
        Self::AmountTooSmall,
        Self::NotFound,
        Self::WrongState,
        Self::NotEligible,
        Self::QuoteChanged,
        Self::InvalidQuorum,
        Self::Store,
        Self::Locked,
        Self::WrongPassphrase,
        Self::InvalidFile,
    ];

    /// The code as it appears in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::InvalidPhrase => "invalid-phrase",
            Self::InvalidMintUrl => "invalid-mint-url",
            Self::InvalidRelayUrl => "invalid-relay-url",
            Self::InvalidProvider => "invalid-provider",
            Self::InvalidToken => "invalid-token",
            Self::UnknownMint => "unknown-mint",
            Self::MintNotReady => "mint-not-ready",
            Self::InsufficientFunds => "insufficient-funds",
            Self::AmountTooSmall => "amount-too-small",
            Self::NotFound => "not-found",
            Self::WrongState => "wrong-state",
            Self::NotEligible => "not-eligible",
            Self::QuoteChanged => "quote-changed",
            Self::InvalidQuorum => "invalid-quorum",
            Self::Store => "store",
            Self::Locked => "locked",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::InvalidFile => "invalid-file",
        }
    }
}

/// A refused call: a stable code and a sentence that says what is wrong and what to do. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: ErrorCode,
    message: String,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The stable code of what went wrong.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// What is wrong and what to do, in one sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_typescript_union_names_exactly_these_codes() {
        let types = include_str!("wasm/types.d.ts");
        let (_, union) = types.split_once("export type ErrorCode =").expect("the union is declared");
        let (union, _) = union.split_once(';').expect("the union ends");
        let named: BTreeSet<_> = union.split('"').skip(1).step_by(2).collect();
        assert_eq!(named, ErrorCode::ALL.iter().map(|code| code.as_str()).collect());
    }
}
