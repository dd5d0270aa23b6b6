//! The one place where JavaScript errors are made: real `Error` objects with `name`, `code` and a message.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::error::{Error, ErrorCode};

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let js = js_sys::Error::new(error.message());
        js.set_name("PaygressError");
        let set = Reflect::set(&js, &Self::from_str("code"), &Self::from_str(error.code().as_str()));
        debug_assert!(set.is_ok(), "a fresh Error takes any property");
        js.into()
    }
}

/// A value from JavaScript that is not of the form it must have.
pub(super) fn invalid_input(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, message)
}
