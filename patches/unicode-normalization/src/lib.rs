//! Stands in for the crate of this name and carries none of its Unicode tables.
//!
//! ASCII text is in every normal form already, and this crate returns it as it is; so it does with all other text, which is
//! then *not* normalised. That reaches two places: a mint's name for a custom currency unit (the wallet knows `sat` and
//! `msat`), and the words of a phrase in another language than English (none is accepted).

#![no_std]
#![forbid(unsafe_code)]

use core::fmt::{self, Write as _};
use core::str::Chars;

/// Whether text is in a normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsNormalized {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Only the tables would know.
    Maybe,
}

/// Text as it was.
#[derive(Clone, Debug)]
pub struct Unchanged<I>(I);

impl<I: Iterator<Item = char>> Iterator for Unchanged<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.0.next()
    }
}

impl<I: Iterator<Item = char> + Clone> fmt::Display for Unchanged<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().try_for_each(|character| f.write_char(character))
    }
}

/// The normal forms, each of which passes characters through.
pub trait UnicodeNormalization<I: Iterator<Item = char>>: Sized {
    /// Canonical composition (NFC), the identity on ASCII.
    fn nfc(self) -> Unchanged<I>;
    /// Compatibility decomposition (NFKD), the identity on ASCII.
    fn nfkd(self) -> Unchanged<I>;
}

impl<'a> UnicodeNormalization<Chars<'a>> for &'a str {
    fn nfc(self) -> Unchanged<Chars<'a>> {
        Unchanged(self.chars())
    }

    fn nfkd(self) -> Unchanged<Chars<'a>> {
        Unchanged(self.chars())
    }
}

impl<I: Iterator<Item = char>> UnicodeNormalization<I> for I {
    fn nfc(self) -> Unchanged<I> {
        Unchanged(self)
    }

    fn nfkd(self) -> Unchanged<I> {
        Unchanged(self)
    }
}

/// Whether text is in NFKD: `Yes` for ASCII.
pub fn is_nfkd_quick(mut text: impl Iterator<Item = char>) -> IsNormalized {
    if text.all(|character| character.is_ascii()) { IsNormalized::Yes } else { IsNormalized::Maybe }
}
