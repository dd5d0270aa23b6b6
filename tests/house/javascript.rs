//! What JavaScript of ours must not know: the protocol, and each other's insides.

use crate::Source;

/// Event kinds, tags, message types and token formats. Whoever needs one of these is taking a decision.
const PROTOCOL: [&str; 33] = [
    "38383",
    "38384",
    "20384",
    "38385",
    "38386",
    "22242",
    "10019",
    "30078",
    "\"EVENT\"",
    "'EVENT'",
    "\"REQ\"",
    "'REQ'",
    "\"EOSE\"",
    "'EOSE'",
    "\"CLOSED\"",
    "'CLOSED'",
    "\"AUTH\"",
    "'AUTH'",
    "\"#p\"",
    "'#p'",
    "\"#d\"",
    "'#d'",
    "cashuA",
    "creqA",
    "/v1/",
    "keyset",
    "secp256k1",
    "nip04",
    "nip44",
    "nsec1",
    "pubkey",
    "created_at",
    "JSON.parse(frame",
];

/// What is wrong with a file of `pkg/shell`.
pub(crate) fn shell_complaints(source: &Source) -> Vec<String> {
    let mut found = protocol_complaints(source);
    let allowed = |target: &str| {
        let inside = target.starts_with("./");
        inside || target == "../wasm/paygress.js" || target == "../wasm/paygress" || target == "../wasm/paygress.d.ts"
    };
    found.extend(import_complaints(source, &allowed, "the shell uses its own files and ../wasm/paygress.js"));
    found
}

/// What is wrong with a file of `www`.
pub(crate) fn page_complaints(source: &Source) -> Vec<String> {
    let mut found = protocol_complaints(source);
    let allowed = |target: &str| match target.starts_with('.') {
        // The built page has the package beside it as pkg/, and index.js is what the package exports by its own name.
        true => resolve(&source.path, target).is_some_and(|path| {
            path == "www/pkg/shell/index.js" || path.starts_with("www/") && !path.starts_with("www/pkg/")
        }),
        false => target == "paygress",
    };
    found.extend(import_complaints(source, &allowed, "the page uses what the npm package exports, and its own files"));
    for (number, line) in code_lines(&source.text) {
        let asks = ["src=\"http", "href=\"http", "src=\"//", "url(http", "url(\"http", "@import"];
        if asks.iter().any(|way| line.contains(way)) && !line.contains("rel=\"noopener") {
            found.push(format!("{}:{number}: asks a third party", source.path));
        }
    }
    found
}

fn protocol_complaints(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code_lines(&source.text) {
        for word in PROTOCOL {
            if line.contains(word) {
                found.push(format!("{}:{number}: JavaScript must not know `{word}`", source.path));
            }
        }
    }
    found
}

fn import_complaints(source: &Source, allowed: &dyn Fn(&str) -> bool, rule: &str) -> Vec<String> {
    let targets = imports(&source.text).into_iter().filter(|(_, target)| !allowed(target));
    targets.map(|(line, target)| format!("{}:{line}: imports `{target}`, but {rule}", source.path)).collect()
}

/// Where a relative import leads, from the root of the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// What follows `from`, `import` or `import(` in quotes, with its line. Types named in JSDoc comments count too.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for quote in ['"', '\''] {
            let ways = [format!("from {quote}"), format!("import {quote}"), format!("import({quote}")];
            for way in &ways {
                let mut rest = line;
                while let Some(at) = rest.find(way.as_str()) {
                    rest = &rest[at + way.len()..];
                    let end = rest.find(quote).unwrap_or(rest.len());
                    found.push((number + 1, rest[..end].to_owned()));
                }
            }
        }
    }
    found
}

/// The lines with their numbers, without comments.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut code = String::new();
        let mut rest = line;
        while !rest.is_empty() {
            if inside {
                let Some(end) = rest.find("*/") else { break };
                rest = &rest[end + 2..];
                inside = false;
                continue;
            }
            let block = rest.find("/*");
            // A comment of one line begins the line or stands after a space; in a URL it does neither.
            let single = rest.find(" //").or_else(|| rest.starts_with("//").then_some(0));
            match (block, single) {
                (Some(block), single) if single.is_none_or(|single| block < single) => {
                    code.push_str(&rest[..block]);
                    rest = &rest[block + 2..];
                    inside = true;
                }
                (_, Some(single)) => {
                    code.push_str(&rest[..single]);
                    break;
                }
                _ => {
                    code.push_str(rest);
                    break;
                }
            }
        }
        found.push((number + 1, code));
    }
    found
}

#[test]
fn a_shell_that_knows_the_protocol_is_seen() {
    let count = |text: &str| shell_complaints(&Source::sample("pkg/shell/client.js", text)).len();
    assert_eq!(count("if (event.kind === 38383) {}"), 1);
    assert_eq!(count("socket.send(JSON.stringify([\"REQ\", id]));"), 1);
    assert_eq!(count("const url = mint + '/v1/swap';"), 1);
    assert_eq!(count("import { get } from \"../../www/view.js\";"), 1);
    assert_eq!(count("import { open } from \"idb\";"), 1);
    assert_eq!(count("import init from \"../wasm/paygress.js\";\nimport { open } from './store.js';"), 0);
    assert_eq!(count("// 38383 is an offer\n/* \"REQ\"\n */ const url = \"wss://relay.example\"; // 38384"), 0);
}

#[test]
fn a_page_that_reaches_below_the_package_is_seen() {
    let count = |text: &str| page_complaints(&Source::sample("www/js/app.js", text)).len();
    assert_eq!(count("import { Client } from \"../pkg/shell/client.js\";"), 1);
    assert_eq!(count("import { Client } from \"../../pkg/shell/index.js\";"), 1);
    assert_eq!(count("import init from \"../pkg/wasm/paygress.js\";"), 1);
    assert_eq!(count("import { one } from \"one\";"), 1);
    assert_eq!(count("const wasm = await import('paygress/wasm/paygress.js');"), 1);
    assert_eq!(count("<script src=\"https://cdn.example/x.js\"></script>"), 1);
    assert_eq!(count("import { html } from \"https://cdn.example/x.js\";"), 1);
    assert_eq!(count("import { open } from \"paygress\";\nimport { render } from \"./views.js\";"), 0);
    assert_eq!(
        count("import { openPaygress } from \"../pkg/shell/index.js\";\nimport { html } from '../vendor/lit-html.js';"),
        0
    );
    assert_eq!(count("<a href=\"https://example.com\" rel=\"noopener\">source</a>"), 0);
}
