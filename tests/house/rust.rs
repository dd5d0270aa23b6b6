//! The edges between the layers, and what no layer of the core may touch.

use std::collections::BTreeSet;
use std::path::Path;

use crate::lexer::{Token, tokens};
use crate::{Source, sources};

/// A layer of `src/` and what it may use.
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    /// Other layers it may name.
    layers: &'static [&'static str],
    crates: Crates,
    /// Words it must not know in any form.
    words: &'static [&'static str],
    /// Decides things, so it has no clock, no dice, no I/O and no order of its own.
    core: bool,
}

enum Crates {
    Only(&'static [&'static str]),
    NotThese(&'static [&'static str]),
}

const BROWSER: [&str; 5] = ["wasm_bindgen", "js_sys", "web_sys", "serde_wasm_bindgen", "gloo_timers"];
/// What only tests may use.
const TEST_CRATES: [&str; 3] = ["paygress_support", "proptest", "wasm_bindgen_test"];

pub(crate) const LAYERS: [Layer; 10] = [
    Layer {
        name: "error",
        layers: &[],
        crates: Crates::Only(&["serde", "thiserror"]),
        words: &["nostr", "cashu"],
        core: true,
    },
    Layer {
        name: "model",
        layers: &["error"],
        crates: Crates::Only(&["serde", "thiserror", "zeroize", "serde_json", "litemap"]),
        words: &["nostr", "cashu"],
        core: true,
    },
    Layer {
        name: "tree",
        layers: &[],
        crates: Crates::Only(&["serde", "serde_json", "ciborium", "base64"]),
        words: &["nostr", "cashu"],
        core: true,
    },
    Layer {
        name: "durable_workload",
        layers: &[],
        crates: Crates::Only(&["serde", "serde_json"]),
        words: &["nostr", "cashu", "wallet"],
        core: true,
    },
    Layer {
        name: "protocol",
        layers: &["model", "error", "tree"],
        crates: Crates::NotThese(&["cashu", "bip39"]),
        words: &["Client", "Wallet"],
        core: true,
    },
    Layer {
        name: "keys",
        layers: &["model", "error"],
        crates: Crates::NotThese(&["nostr", "cashu"]),
        words: &["Event", "Token"],
        core: true,
    },
    Layer {
        name: "vault",
        layers: &["model", "error", "tree"],
        crates: Crates::NotThese(&["nostr", "cashu", "bip39"]),
        words: &["Event", "Token", "Proof", "Phrase"],
        core: true,
    },
    Layer {
        name: "wallet",
        layers: &["model", "error", "tree"],
        crates: Crates::NotThese(&["nostr", "bip39"]),
        words: &["RelayUrl", "RelayMessage", "Phrase"],
        core: true,
    },
    Layer {
        name: "client",
        layers: &["model", "error", "tree", "durable_workload", "protocol", "keys", "vault", "wallet"],
        crates: Crates::NotThese(&[]),
        words: &["WebSocket", "JsValue"],
        core: true,
    },
    Layer {
        name: "wasm",
        layers: &["model", "error", "durable_workload", "protocol", "keys", "vault", "wallet", "client"],
        crates: Crates::NotThese(&["nostr", "cashu"]),
        words: &[],
        core: false,
    },
];

/// Ways to the clock, to dice that were not handed in, to the world, and to an order that differs from run to run.
const OUTSIDE: [(&[&str], &str); 24] = [
    (&["SystemTime"], "reads the clock"),
    (&["Instant"], "reads the clock"),
    (&["UNIX_EPOCH"], "reads the clock"),
    (&["Timestamp", "::", "now"], "reads the clock"),
    (&["unix_time", "("], "reads the clock"),
    (&["rand", "::", "rng"], "rolls dice it was not given"),
    (&["rand", "::", "random"], "rolls dice it was not given"),
    (&["thread_rng"], "rolls dice it was not given"),
    (&["ThreadRng"], "rolls dice it was not given"),
    (&["OsRng"], "rolls dice it was not given"),
    (&["SysRng"], "rolls dice it was not given"),
    (&["from_os_rng"], "rolls dice it was not given"),
    (&["getrandom"], "rolls dice it was not given"),
    (&["uuid"], "rolls dice it was not given"),
    (&["::", "generate", "("], "rolls dice it was not given"),
    (&["PreMintSecrets", "::", "random"], "rolls dice it was not given"),
    (&["PreMintSecrets", "::", "blank"], "rolls dice it was not given"),
    (&["std", "::", "fs"], "does I/O"),
    (&["std", "::", "net"], "does I/O"),
    (&["std", "::", "env"], "does I/O"),
    (&["std", "::", "thread"], "does I/O"),
    (&["println", "!"], "does I/O"),
    (&["eprintln", "!"], "does I/O"),
    (&["print", "!"], "does I/O"),
];

/// Opens the costly steps of the core to `make bench`; not in what is shipped.
const MEASURES: &str = "src/wasm/bench.rs";

const UNORDERED: [&str; 4] = ["HashMap", "HashSet", "RandomState", "DefaultHasher"];

impl Layer {
    /// Its files: `src/<name>.rs` and everything below `src/<name>/`.
    pub(crate) fn sources(&self) -> Vec<Source> {
        sources("src", &[".rs"]).into_iter().filter(|source| self.holds(&source.path)).collect()
    }

    pub(crate) fn holds(&self, path: &str) -> bool {
        path == format!("src/{}.rs", self.name) || path.starts_with(&format!("src/{}/", self.name))
    }

    /// What is wrong with one of its files.
    pub(crate) fn complaints(&self, source: &Source) -> Vec<String> {
        let code = tokens(&source.text);
        let mut found = Vec::new();
        let mut complain = |token: &Token, what: String| found.push(format!("{}:{}: {what}", source.path, token.line));
        for (token, target) in own_paths(&code, self.depth(&source.path)) {
            let target = if matches!(target.as_str(), "Error" | "ErrorCode") { "error" } else { &target };
            if target != self.name && !self.layers.contains(&target) {
                complain(token, format!("`{}` must not use `{target}`", self.name));
            }
        }
        for (index, token) in code.iter().enumerate() {
            let in_test = token.in_test || is_test_file(&source.path);
            let measures = source.path == MEASURES;
            if names_a_crate(&code, index) && !measures && !self.may_use_crate(&token.text, in_test) {
                complain(token, format!("`{}` must not use the crate `{}`", self.name, token.text));
            }
            if self.words.contains(&token.text.as_str()) {
                complain(token, format!("`{}` must not know `{}`", self.name, token.text));
            }
            if !self.core {
                continue;
            }
            for (way, what) in OUTSIDE {
                if starts_with(&code[index..], way) {
                    complain(token, format!("`{}` {what}; take it as a parameter", way.concat()));
                }
            }
            if !in_test && UNORDERED.contains(&token.text.as_str()) {
                complain(token, format!("`{}` has another order in every run; take its BTree form", token.text));
            }
        }
        found
    }

    fn may_use_crate(&self, name: &str, in_test: bool) -> bool {
        if TEST_CRATES.contains(&name) {
            return in_test;
        }
        match self.crates {
            Crates::Only(allowed) => allowed.contains(&name),
            Crates::NotThese(forbidden) => !forbidden.contains(&name) && (!self.core || !BROWSER.contains(&name)),
        }
    }

    /// How many modules a file of this layer stands below the root of the crate.
    fn depth(&self, path: &str) -> usize {
        let below = Path::new(path).strip_prefix("src").expect("a path below src").with_extension("");
        below.iter().filter(|part| *part != "mod").count()
    }
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn starts_with(code: &[Token], words: &[&str]) -> bool {
    code.len() >= words.len() && code.iter().zip(words).all(|(token, word)| token.text == *word)
}

/// Every name at the root of our own crate that the code reaches, by `crate::` or by enough `super::`.
fn own_paths(code: &[Token], depth: usize) -> Vec<(&Token, String)> {
    let mut found = Vec::new();
    for index in 0..code.len() {
        let begins = index == 0 || code[index - 1].text != "::";
        let mut next = index;
        if begins && starts_with(&code[index..], &["crate", "::"]) {
            next += 2;
        } else if begins && starts_with(&code[index..], &["super", "::"]) {
            let mut up = 0;
            while starts_with(&code[next..], &["super", "::"]) {
                up += 1;
                next += 2;
            }
            if up < depth + code[index].modules {
                continue;
            }
        } else {
            continue;
        }
        if code.get(next).is_some_and(|token| token.text == "{") {
            found.extend(heads_of_group(&code[next..]).into_iter().map(|name| (&code[index], name)));
        } else if let Some(name) = code.get(next) {
            found.push((&code[index], name.text.clone()));
        }
    }
    found
}

/// The first name of each path in `{a::b, c::{d, e}, f}`.
fn heads_of_group(code: &[Token]) -> Vec<String> {
    let (mut depth, mut heads, mut fresh) = (0_usize, Vec::new(), false);
    for token in code {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                fresh = depth == 1;
            }
            "}" => depth = depth.saturating_sub(1),
            "," => fresh = depth == 1,
            name if fresh => {
                heads.push(name.to_owned());
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// True for the name of a dependency where a path begins, as in `nostr::Event` or `use nostr;`.
fn names_a_crate(code: &[Token], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| code[before].text.as_str());
    let after = code.get(index + 1).map(|token| token.text.as_str());
    let begins_a_path = after == Some("::") && !matches!(before, Some("::"));
    // `::nostr::Event`: the leading sign stands after something that is no word.
    let rooted = before == Some("::")
        && index
            .checked_sub(2)
            .is_none_or(|before| !code[before].text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '>'));
    let imported = before == Some("use") && after == Some(";") || before == Some("use") && after == Some("as");
    (begins_a_path || rooted || imported) && dependencies().contains(&code[index].text)
}

/// The crates of Cargo.toml as they are written in code.
fn dependencies() -> &'static BTreeSet<String> {
    static FOUND: std::sync::LazyLock<BTreeSet<String>> = std::sync::LazyLock::new(|| {
        let manifest = include_str!("../../Cargo.toml");
        let mut section = "";
        let mut found = BTreeSet::from(BROWSER.map(String::from));
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            } else if let Some((name, _)) = line.split_once(" = ")
                && section.ends_with("dependencies]")
            {
                found.insert(name.replace('-', "_"));
            }
        }
        found
    });
    &FOUND
}

/// Every `.unwrap()`, also in tests: `expect("why")` tells the reader what went wrong.
pub(crate) fn unwraps(source: &Source) -> Vec<String> {
    let code = tokens(&source.text);
    let found = (0..code.len()).filter(|index| {
        starts_with(&code[*index..], &[".", "unwrap", "("]) || starts_with(&code[*index..], &["::", "unwrap"])
    });
    found
        .map(|index| format!("{}:{}: unwraps; say why it cannot fail with `expect`", source.path, code[index].line))
        .collect()
}

const FOREIGN: [&str; 2] = ["nostr", "cashu"];

/// Types of `nostr` and `cashu` in what we offer others: both change between minors.
pub(crate) fn foreign_types_in_public(source: &Source) -> Vec<String> {
    let code = tokens(&source.text);
    let imported = foreign_imports(&code);
    let mut found = Vec::new();
    for index in 0..code.len() {
        let public = code[index].text == "pub" && code.get(index + 1).is_some_and(|next| next.text != "(");
        if !public || code[index].in_test || is_test_file(&source.path) {
            continue;
        }
        for (at, token) in signature(&code[index..]).iter().enumerate() {
            let foreign = imported.contains(&token.text) && code[index + at - 1].text != "::"
                || FOREIGN.contains(&token.text.as_str())
                    && code.get(index + at + 1).is_some_and(|next| next.text == "::");
            if foreign {
                found.push(format!(
                    "{}:{}: `{}` stands in our public API; wrap it",
                    source.path, token.line, token.text
                ));
            }
        }
    }
    found
}

/// What others see of a public item: up to its body, for an enum the body too.
fn signature(code: &[Token]) -> &[Token] {
    let is_enum = code.get(1).is_some_and(|token| token.text == "enum");
    let is_struct = code.get(1).is_some_and(|token| token.text == "struct");
    let is_item = matches!(
        code.get(1).map(|token| token.text.as_str()),
        Some("enum" | "struct" | "fn" | "const" | "static" | "type" | "use" | "trait" | "async" | "unsafe" | "mod")
    );
    let mut depth = 0_usize;
    for (index, token) in code.iter().enumerate() {
        match token.text.as_str() {
            ";" if depth == 0 => return &code[..index],
            "{" if depth == 0 && !is_enum && code[1].text != "use" => return &code[..index],
            // The fields of a tuple struct are public only where they say so themselves.
            "(" if depth == 0 && is_struct => return &code[..index],
            "," if depth == 0 && !is_item => return &code[..index],
            "(" | "{" | "[" | "<" => depth += 1,
            // An arrow is no bracket.
            ">" if code[index - 1].text == "-" || code[index - 1].text == "=" => {}
            ")" | "}" | "]" | ">" => match depth.checked_sub(1) {
                None => return &code[..index],
                Some(0) if is_enum && token.text == "}" => return &code[..=index],
                Some(less) => depth = less,
            },
            _ => {}
        }
    }
    code
}

/// The names that `use nostr::…` and `use cashu::…` bring into the file.
fn foreign_imports(code: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for index in 0..code.len() {
        if code[index].text == "use" && code.get(index + 1).is_some_and(|next| FOREIGN.contains(&next.text.as_str())) {
            let statement = code[index..].iter().take_while(|token| token.text != ";").collect::<Vec<_>>();
            for (at, token) in statement.iter().enumerate().skip(2) {
                let next = statement.get(at + 1).map(|token| token.text.as_str());
                let word = token.text.chars().all(|c| c.is_alphanumeric() || c == '_') && token.text != "as";
                if word && !matches!(next, Some("::" | "as")) {
                    found.insert(token.text.clone());
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(layer: &str, path: &str, text: &str) -> Vec<String> {
        let layer = LAYERS.iter().find(|known| known.name == layer).expect("a layer of the table");
        layer.complaints(&Source::sample(path, text))
    }

    #[test]
    fn a_layer_that_reaches_for_another_is_seen() {
        let bad = [
            ("wallet", "src/wallet/send.rs", "use crate::protocol::Offer;"),
            ("wallet", "src/wallet/mod.rs", "use super::client::Client;"),
            ("wallet", "src/wallet/send/plan.rs", "fn a() { super::super::super::client::run() }"),
            ("wallet", "src/wallet/mod.rs", "mod inner { use super::super::keys::Seed; }"),
            ("protocol", "src/protocol/mod.rs", "use crate::{error::Error, wallet};"),
            ("keys", "src/keys/mod.rs", "use nostr::Keys;"),
            ("keys", "src/keys/mod.rs", "fn a() { ::nostr::nips::nip06::run() }"),
            ("wallet", "src/wallet/mod.rs", "fn a() -> nostr::Event { b() }"),
            ("wallet", "src/wallet/mod.rs", "use paygress_support::Mint;"),
            ("client", "src/client/mod.rs", "use wasm_bindgen::prelude::*;"),
            ("client", "src/client/mod.rs", "use crate::wasm::Client;"),
            ("durable_workload", "src/durable_workload/tick.rs", "use crate::model::Sat;"),
            ("durable_workload", "src/durable_workload/tick.rs", "use thiserror::Error;"),
            ("durable_workload", "src/durable_workload/tick.rs", "struct Machine { wallet: u8 }"),
            ("model", "src/model.rs", "use bip39::Mnemonic;"),
        ];
        for (layer, path, text) in bad {
            assert_eq!(complaints(layer, path, text).len(), 1, "{text}: {:?}", complaints(layer, path, text));
        }
    }

    #[test]
    fn what_a_layer_may_use_passes() {
        let good = [
            (
                "wallet",
                "src/wallet/send.rs",
                "use super::Proof; use crate::model::Sat; use cashu::nuts::Token; use crate::Error;",
            ),
            (
                "wallet",
                "src/wallet/mod.rs",
                "#[cfg(test)] mod tests { use super::*; use paygress_support::Mint; use std::collections::HashMap; }",
            ),
            (
                "client",
                "src/client/relays/backoff.rs",
                "use super::super::outbox; use crate::{protocol::{event, frame}, wallet::Wallet};",
            ),
            ("wasm", "src/wasm/mod.rs", "use wasm_bindgen::prelude::*; use crate::client::Client;"),
            (
                "durable_workload",
                "src/durable_workload/mod.rs",
                "// talks about nostr\nuse std::collections::BTreeMap; use serde::Serialize;",
            ),
            ("protocol", "src/protocol/event.rs", "use nostr::Event; use crate::model::{ProviderKey, RelayUrl};"),
        ];
        for (layer, path, text) in good {
            assert_eq!(complaints(layer, path, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn clocks_dice_and_loose_order_in_the_core_are_seen() {
        let bad = [
            "fn a() { std::time::SystemTime::now(); }",
            "fn a() { nostr::Timestamp::now(); }",
            "fn a() { let mut dice = rand::rng(); }",
            "fn a() { Keys::generate(); }",
            "fn a() { println!(); }",
            "fn a() { std::fs::read(b) }",
            "use std::collections::HashMap;",
        ];
        for text in bad {
            assert_eq!(complaints("client", "src/client/mod.rs", text).len(), 1, "{text}");
        }
        assert_eq!(complaints("wasm", "src/wasm/mod.rs", "use std::collections::HashMap;"), Vec::<String>::new());
    }

    #[test]
    fn an_unwrap_is_seen() {
        let count = |text: &str| unwraps(&Source::sample("src/model.rs", text)).len();
        assert_eq!(count("fn a() { b().unwrap(); c.map(Option::unwrap); }"), 2);
        assert_eq!(count("fn a() { b().unwrap_or(0); c().expect(\"why\"); // .unwrap()\n }"), 0);
    }

    #[test]
    fn a_foreign_type_in_the_public_api_is_seen() {
        let count = |text: &str| foreign_types_in_public(&Source::sample("src/protocol/event.rs", text)).len();
        let import = "use nostr::{Event, event::EventId as Id};";
        assert_eq!(count(&format!("{import} pub fn a(event: &Event) -> u8 {{ 0 }}")), 1);
        assert_eq!(count(&format!("{import} pub fn a() -> Result<u8, Id> {{ 0 }}")), 1);
        assert_eq!(count("pub struct A { pub inner: Vec<cashu::Proof>, b: u8 }"), 1);
        assert_eq!(count(&format!("{import} pub enum A {{ B(Event), C }}")), 1);
        assert_eq!(count("pub use nostr::Event;"), 1);
        assert_eq!(
            count(&format!(
                "{import} pub struct A {{ inner: Event }} pub struct B(Event); impl A {{ pub fn c(&self) -> u8 {{ Event::d() }} }}"
            )),
            0
        );
        assert_eq!(count(&format!("{import} pub(crate) fn a(event: &Event) {{}} pub enum E {{ Event(u8) }} ")), 1);
        assert_eq!(count("pub struct A { pub of: BTreeMap<u8, u8>, inner: cashu::Proof }"), 0);
    }
}
