//! JSON of strangers: bounded before it is read.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::{Refusal, RefusalKind};
use crate::model::MAX_SAFE_INTEGER;

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

/// Says whether it was no JSON or JSON of another shape, without repeating any of it.
pub(super) fn refused(error: &serde_json::Error, what: &str) -> Refusal {
    if error.is_data() {
        Refusal::new(RefusalKind::WrongShape, format!("{what} has missing or mistyped members"))
    } else {
        Refusal::new(RefusalKind::NotJson, format!("{what} is not JSON"))
    }
}

/// Reads an object in which every number is one that all JSON readers agree on.
pub(super) fn object(text: &str, longest: usize, what: &str) -> Result<Map<String, Value>, Refusal> {
    bound(text, longest, what)?;
    match serde_json::from_str(text).map_err(|error| refused(&error, what))? {
        Value::Object(members) => {
            if !members.values().all(safe) {
                return Err(Refusal::new(
                    RefusalKind::NumberTooLarge,
                    format!("{what} holds a number beyond 2^53, which readers disagree on"),
                ));
            }
            Ok(members)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Refusal::new(RefusalKind::WrongShape, format!("{what} is not a JSON object")))
        }
    }
}

/// Reads the members of an object as a type.
pub(super) fn members<T: DeserializeOwned>(object: Map<String, Value>, what: &str) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(object)).map_err(|error| refused(&error, what))
}

fn safe(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number <= MAX_SAFE_INTEGER,
            (None, Some(number)) => number.unsigned_abs() <= MAX_SAFE_INTEGER,
            (None, None) => number.as_f64().is_some_and(|number| number.abs() < 9_007_199_254_740_992.0),
        },
        Value::Array(values) => values.iter().all(safe),
        Value::Object(members) => members.values().all(safe),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
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
