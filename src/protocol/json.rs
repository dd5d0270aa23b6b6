//! JSON of strangers: bounded before it is read.

use serde::de::DeserializeOwned;

use super::refusal::{Refusal, RefusalKind};
use crate::model::MAX_SAFE_INTEGER;
use crate::tree::{self, Tree};

const DEEPEST: u32 = 16;

/// Refuses what is too long or nested too deeply, without reading it as JSON.
pub(super) fn bound(text: &str, longest: usize, what: &str) -> Result<(), Refusal> {
    if text.len() > longest {
        return Err(Refusal::new(
            RefusalKind::TooLarge,
            format!("{what} has {} bytes and at most {longest} are read", text.len()),
        ));
    }
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    for byte in text.bytes() {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Refusal::new(RefusalKind::TooDeep, format!("{what} is nested deeper than {DEEPEST} levels")));
        }
    }
    Ok(())
}

/// Reads a text that was bounded.
pub(super) fn tree(text: &str, what: &str) -> Result<Tree, Refusal> {
    tree::json(text).ok_or_else(|| Refusal::new(RefusalKind::NotJson, format!("{what} is not JSON")))
}

/// Says that members are missing or mistyped, without repeating any of them.
pub(super) fn wrong_shape(what: &str) -> Refusal {
    Refusal::new(RefusalKind::WrongShape, format!("{what} has missing or mistyped members"))
}

/// Reads an object in which every number is one that all JSON readers agree on.
pub(super) fn object(text: &str, longest: usize, what: &str) -> Result<Tree, Refusal> {
    bound(text, longest, what)?;
    let object = tree(text, what)?;
    if !matches!(object, Tree::Members(_)) {
        return Err(Refusal::new(RefusalKind::WrongShape, format!("{what} is not a JSON object")));
    }
    if !safe(&object) {
        return Err(Refusal::new(
            RefusalKind::NumberTooLarge,
            format!("{what} holds a number beyond 2^53, which readers disagree on"),
        ));
    }
    Ok(object)
}

/// Reads the members of an object as a type.
pub(super) fn members<T: DeserializeOwned>(object: &Tree, what: &str) -> Result<T, Refusal> {
    object.read().map_err(|_| wrong_shape(what))
}

fn safe(tree: &Tree) -> bool {
    match tree {
        Tree::Unsigned(number) => *number <= MAX_SAFE_INTEGER,
        Tree::Negative(number) => number.unsigned_abs() <= MAX_SAFE_INTEGER,
        Tree::Float(number) => number.abs() < 9_007_199_254_740_992.0,
        Tree::List(list) => list.iter().all(safe),
        Tree::Members(members) => members.iter().all(|(_, value)| safe(value)),
        Tree::Null | Tree::Bool(_) | Tree::Text(_) | Tree::Bytes(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> RefusalKind {
        object(text, 100, "the test").expect_err("refused").kind
    }

    #[test]
    fn brackets_inside_strings_are_not_depth() {
        let text = format!(r#"{{"a":"\"{}"}}"#, "[{".repeat(40));
        assert!(object(&text, 100, "the test").is_ok());
        assert_eq!(kind(&"[".repeat(17)), RefusalKind::TooDeep);
        assert_eq!(kind(&("{\"a\":".repeat(16) + "[")), RefusalKind::TooDeep);
    }

    #[test]
    fn size_shape_and_numbers_are_bounded() {
        assert_eq!(kind(&" ".repeat(101)), RefusalKind::TooLarge);
        assert_eq!(kind("{"), RefusalKind::NotJson);
        assert_eq!(kind("[1]"), RefusalKind::WrongShape);
        assert!(object(r#"{"a":9007199254740991,"b":-9007199254740991,"c":1.5}"#, 100, "the test").is_ok());
        for number in ["9007199254740992", "-9007199254740992", "18446744073709551616", "1e300", "[[9007199254740992]]"]
        {
            assert_eq!(kind(&format!(r#"{{"a":{number}}}"#)), RefusalKind::NumberTooLarge, "{number}");
        }
    }
}
