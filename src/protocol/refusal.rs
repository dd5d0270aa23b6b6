//! Why something a stranger sent is not taken.

use std::fmt;

/// What was wrong with it, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// More bytes than we read.
    TooLarge,
    /// JSON nested deeper than we read.
    TooDeep,
    /// Not JSON at all.
    NotJson,
    /// JSON of another shape than the message has.
    WrongShape,
    /// An integer beyond 2^53, on which JSON readers disagree.
    NumberTooLarge,
    /// A kind of message or event that does not belong here.
    WrongKind,
    /// The id is not the hash of the event.
    ForgedId,
    /// The signature is not the author's.
    ForgedSignature,
    /// Signed by somebody else than it speaks for.
    WrongSigner,
    /// Dates that contradict each other.
    WrongTime,
    /// Addressed to another key.
    NotForUs,
    /// Not decryptable with our key.
    Undecryptable,
}

/// A stranger's message that was not taken, with the sentence for the notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was wrong, for counting.
    pub kind: RefusalKind,
    /// What was wrong, as a sentence. Text of strangers in it is cleaned and clipped.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}
