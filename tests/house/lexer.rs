//! Rust text as words and signs, without comments and without what stands in quotes.

/// A word or a sign, where it stands, and whether it is part of a `#[cfg(test)]` module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// How many inline modules it stands in.
    pub(crate) modules: usize,
    pub(crate) in_test: bool,
}

pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = words(text);
    mark_modules(&mut tokens);
    tokens
}

fn words(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let start = index;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => index = after_block_comment(&chars, index),
            '"' => index = after_string(&chars, index),
            'r' | 'b' | 'c' if raw_string(&chars, index).is_some() => {
                index = raw_string(&chars, index).expect("just seen");
            }
            'b' | 'c' if at(index + 1) == '"' => index = after_string(&chars, index + 1),
            '\'' if at(index + 1) == '\\' => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            c if word(c) => {
                while index < chars.len() && word(at(index)) {
                    index += 1;
                }
                found.push((chars[start..index].iter().collect::<String>(), line));
            }
            ':' if at(index + 1) == ':' => {
                index += 2;
                found.push(("::".to_owned(), line));
            }
            c => {
                index += 1;
                if !c.is_whitespace() {
                    found.push((c.to_string(), line));
                }
            }
        }
        line += chars[start..index.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found.into_iter().map(|(text, line)| Token { text, line, modules: 0, in_test: false }).collect()
}

fn after_block_comment(chars: &[char], mut index: usize) -> usize {
    let mut depth = 0;
    while index < chars.len() {
        match (chars[index], chars.get(index + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                index += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                index += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => index += 1,
        }
    }
    index
}

fn after_string(chars: &[char], mut index: usize) -> usize {
    index += 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The end of a raw string that begins here.
fn raw_string(chars: &[char], mut index: usize) -> Option<usize> {
    if matches!(chars[index], 'b' | 'c') {
        index += 1;
    }
    if chars.get(index) != Some(&'r') {
        return None;
    }
    index += 1;
    let hashes = chars[index..].iter().take_while(|c| **c == '#').count();
    index += hashes;
    if chars.get(index) != Some(&'"') {
        return None;
    }
    index += 1;
    while index < chars.len() {
        if chars[index] == '"' && chars[index + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(index + 1 + hashes);
        }
        index += 1;
    }
    Some(chars.len())
}

/// Says of each token in how many inline modules it stands, and whether one of them is for tests only.
fn mark_modules(tokens: &mut [Token]) {
    let mut braces: Vec<Option<bool>> = Vec::new();
    for index in 0..tokens.len() {
        tokens[index].modules = braces.iter().flatten().count();
        tokens[index].in_test = braces.iter().flatten().any(|test| *test);
        match tokens[index].text.as_str() {
            "{" => {
                let named = index >= 2 && tokens[index - 2].text == "mod";
                let marked = tokens[..index]
                    .iter()
                    .rev()
                    .skip(2)
                    .take_while(|token| !matches!(token.text.as_str(), ";" | "}" | "{"));
                let test = named && marked.clone().any(|token| token.text == "test");
                braces.push(named.then_some(test));
            }
            "}" => {
                braces.pop();
            }
            _ => {}
        }
    }
}

#[test]
fn comments_and_quotes_are_no_code() {
    let text = r##"
        // use nostr::Event;
        /* cashu /* nested */ still */
        let a = "nostr::\"x"; let b = r#"cashu"::"#; let c = '"'; let d: &'static str = b"nostr";
        use real::thing;
    "##;
    let words: Vec<_> = tokens(text).into_iter().map(|token| token.text).collect();
    assert!(!words.iter().any(|word| word == "nostr" || word == "cashu"), "{words:?}");
    assert!(words.ends_with(&["use", "real", "::", "thing", ";"].map(String::from)), "{words:?}");
    assert_eq!(tokens("\n\n/*\n*/ here").first().map(|token| token.line), Some(4));
}

#[test]
fn test_modules_are_told_apart() {
    let found = tokens("fn a() {} #[cfg(test)] mod tests { mod inner { fn b() {} } } mod plain { fn c() {} }");
    let of = |name: &str| found.iter().find(|token| token.text == name).map(|token| (token.modules, token.in_test));
    assert_eq!((of("a"), of("b"), of("c")), (Some((0, false)), Some((2, true)), Some((1, false))));
}
