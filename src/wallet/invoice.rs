//! What a BOLT11 invoice says in its tagged fields. Whether its signature and check sum hold is for the mint that pays it.

use bitcoin::hashes::{Hash, sha256};
use bitcoin::hex::FromHex;

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
pub(super) const NO_PROOF: &str = "what the mint gave as proof of payment does not fit the invoice, so it is none";
const TIMESTAMP_WORDS: usize = 7;
/// The signature and the check sum.
const END_WORDS: usize = 104 + 6;
const PAYMENT_HASH: u8 = 1;
const DESCRIPTION_HASH: u8 = 23;

/// The hash of the description, if the invoice names one.
pub(crate) fn description_hash(invoice: &str) -> Option<[u8; 32]> {
    hash_in(invoice, DESCRIPTION_HASH)
}

/// Whether it has what every invoice names; one that was cut has it not.
pub(super) fn is_readable(invoice: &str) -> bool {
    hash_in(invoice, PAYMENT_HASH).is_some()
}

/// Whether this is what only who received the payment could give away.
pub(super) fn is_proof(preimage: &str, invoice: &str) -> bool {
    let preimage = <[u8; 32]>::from_hex(preimage).ok();
    let hash = preimage.map(|preimage| sha256::Hash::hash(&preimage).to_byte_array());
    hash.is_some() && hash == hash_in(invoice, PAYMENT_HASH)
}

fn hash_in(invoice: &str, field: u8) -> Option<[u8; 32]> {
    let lower = invoice.to_ascii_lowercase();
    let (_, data) = lower.rsplit_once('1')?;
    let word = |letter: u8| LETTERS.iter().position(|known| *known == letter).and_then(|at| u8::try_from(at).ok());
    let words: Vec<u8> = data.bytes().map(word).collect::<Option<_>>()?;
    let mut fields = words.get(TIMESTAMP_WORDS..words.len().checked_sub(END_WORDS)?)?;
    while let [kind, high, low, rest @ ..] = fields {
        let (value, rest) = rest.split_at_checked(usize::from(*high) * 32 + usize::from(*low))?;
        if *kind == field && value.len() == 52 {
            return bytes(value);
        }
        fields = rest;
    }
    None
}

/// The 32 bytes in 52 words of 5 bits; the last 4 bits are padding.
fn bytes(words: &[u8]) -> Option<[u8; 32]> {
    let bit = |at: usize| words.get(at / 5).map_or(0, |word| (word >> (4 - at % 5)) & 1);
    let byte = |at: usize| (0..8).fold(0, |byte, place| (byte << 1) | bit(at * 8 + place));
    (0..32).map(byte).collect::<Vec<u8>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of BOLT11.
    const HASHED: &str = "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44";
    const DESCRIBED: &str = "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";

    #[test]
    fn the_description_hash_of_the_specification_is_read() {
        let text = "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, \
                    one lollypop, one piece of cherry pie, one sausage, one cupcake, and one slice of watermelon";
        assert_eq!(description_hash(HASHED), Some(sha256::Hash::hash(text.as_bytes()).to_byte_array()));
        assert_eq!(description_hash(&HASHED.to_ascii_uppercase()), description_hash(HASHED));
        assert_eq!(description_hash(DESCRIBED), None);
    }

    #[test]
    fn an_invoice_is_readable_while_its_payment_hash_is() {
        assert!(is_readable(HASHED) && is_readable(DESCRIBED));
        assert!(!is_readable(&DESCRIBED[..150]) && !is_readable("lnbc1rubbish"));
    }

    #[test]
    fn what_is_cut_or_garbled_says_nothing() {
        for text in ["", "ln", "lnbc1", "lnbc20m1pvjluez", "lnbc20m1b", "lnbc20m1pvjluez\u{e9}"] {
            assert_eq!(description_hash(text), None, "{text}");
        }
        assert_eq!(description_hash(&HASHED[..150]), None);
    }
}
