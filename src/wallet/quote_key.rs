//! Quotes that only we can mint for: locked to a key of the phrase, opened by a signature (NUT-20).
//!
//! Mints before 0.20 of nutshell and 0.17 of cdk know an older message; they get it once they refused the present one.

use cashu::{MintRequest, PublicKey};
use serde::{Deserialize, Serialize};

use super::derive::{Seed, sign};

/// Which message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    Present,
    Legacy,
}

/// The key that locks a quote, named by its place in the phrase's row of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QuoteKey {
    pub(super) counter: u32,
    pub(super) form: Form,
}

impl QuoteKey {
    pub(super) fn public(self, seed: &Seed) -> Option<PublicKey> {
        Some(seed.quote_key(self.counter)?.public_key())
    }

    /// The signature that opens the quote, always the same one for the same request.
    pub(super) fn sign(self, seed: &Seed, request: &MintRequest<String>) -> Option<String> {
        let text = match self.form {
            Form::Present => request.msg_to_sign(),
            Form::Legacy => {
                let outputs = request.outputs.iter().map(|output| output.blinded_secret.to_hex());
                std::iter::once(request.quote.clone()).chain(outputs).collect::<String>().into_bytes()
            }
        };
        Some(sign(&seed.quote_key(self.counter)?, &text))
    }
}

#[cfg(test)]
mod tests {
    use bitcoin::hex::FromHex;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// The request of the vectors of NUT-20, with the signature given there for the older message.
    const VECTOR: &str = r#"{"quote":"9d745270-1405-46de-b5c5-e2762b4f5e00","outputs":[
        {"amount":1,"id":"00456a94ab4e1c46","B_":"0342e5bcc77f5b2a3c2afb40bb591a1e27da83cddc968abdc0ec4904201a201834"},
        {"amount":1,"id":"00456a94ab4e1c46","B_":"032fd3c4dc49a2844a89998d5e9d5b0f0b00dde9310063acb8a92e2fdafa4126d4"},
        {"amount":1,"id":"00456a94ab4e1c46","B_":"033b6fde50b6a0dfe61ad148fff167ad9cf8308ded5f6f6b2fe000a036c464c311"},
        {"amount":1,"id":"00456a94ab4e1c46","B_":"02be5a55f03e5c0aaea77595d574bce92c6d57a2a0fb2b5955c0b87e4520e06b53"},
        {"amount":1,"id":"00456a94ab4e1c46","B_":"02209fc2873f28521cbdde7f7b3bb1521002463f5979686fd156f23fe6a8aa2b79"}],
        "signature":"d4b386f21f7aa7172f0994ee6e4dd966539484247ea71c99b81b8e09b1bb2acbc0026a43c221fd773471dc30d6a32b04692e6837ddaccf0830a63128308e4ee0"}"#;

    fn request() -> MintRequest<String> {
        serde_json::from_str(VECTOR).expect("the vector is a request")
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_vector_of_the_specification_verifies() {
        let key = "03d56ce4e446a85bbdaa547b4ec2b073d40ff802831352b8272b7dd7a4de5a7cac";
        assert!(request().verify_signature(PublicKey::from_hex(key).expect("a key")).is_ok());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn keys_are_those_of_the_specification() {
        // Of "half depart obvious quality work element tank gorilla view sugar picture humble".
        let seed = "dd44ee516b0647e80b488e8dcc56d736a148f15276bef588b37057476d4b2b25780d3688a32b37353d6995997842c0fd8b412475c891c16310471fbc86dcbda8";
        let seed = <[u8; 64]>::from_hex(seed).expect("64 bytes in hex");
        let seed = Seed::new(seed);
        let expected = [
            "03062837166e56114b59a4d1fd3a5a812bf7aadc1dde758428cf943d80acd41539",
            "02b47d9d41725f5ce6f08c874835cef25376cb1e95f6cb073fef52ca8fd986cf15",
            "029acbd3a46fd75bc05ba0226d0b4d909b2fb6e96c80544a094a1a3567737e44d3",
        ];
        for (counter, key) in (0..).zip(expected) {
            let public = QuoteKey { counter, form: Form::Present }.public(&seed).expect("derivable");
            assert_eq!(public.to_hex(), key);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn both_messages_are_signed_for_the_key_alone_and_always_the_same() {
        let seed = Seed::new([7; 64]);
        for form in [Form::Present, Form::Legacy] {
            let key = QuoteKey { counter: 3, form };
            let mut request = request();
            request.signature = key.sign(&seed, &request);
            assert_eq!(request.signature, key.sign(&seed, &request));
            assert!(request.verify_signature(key.public(&seed).expect("derivable")).is_ok(), "{form:?}");
            let other = QuoteKey { counter: 4, form }.public(&seed).expect("derivable");
            assert!(request.verify_signature(other).is_err(), "{form:?}");
            request.outputs.swap(0, 1);
            assert!(request.verify_signature(key.public(&seed).expect("derivable")).is_err(), "{form:?}");
        }
    }
}
