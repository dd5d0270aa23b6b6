//! The one place where JavaScript errors are made: real `Error` objects with `name`, `code` and a message.

use js_sys::{Error as JsError, Reflect};
use wasm_bindgen::JsValue;

use crate::error::{Error, ErrorCode};

/// A refused call as a `PaygressError`.
pub(super) fn refused(error: Error) -> JsValue {
    throwable(error.code(), error.message())
}

/// A value from JavaScript that is not of the form it must have.
pub(super) fn invalid(message: &str) -> JsValue {
    throwable(ErrorCode::InvalidInput, message)
}

fn throwable(code: ErrorCode, message: &str) -> JsValue {
    let error = JsError::new(message);
    error.set_name("PaygressError");
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(&error, &"code".into(), &code.as_str().into());
    error.into()
}
