//! Values across the boundary: money is `bigint`, time is a number of whole seconds, the rest plain objects.

use js_sys::{Array, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

use super::error::invalid_input;
use crate::error::Error;
use crate::model::MAX_SAFE_INTEGER;

/// A plain JavaScript value.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true);
    value.serialize(&serializer).map_err(|error| invalid_input(error.to_string()).into())
}

/// A value of ours, if the JavaScript value has its shape.
pub(super) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| invalid_input(error.to_string()).into())
}

/// The members of an object that says by one of them what it is. Read by hand: a `Deserialize` of such an enum is 20 kB of
/// code, because it buffers all members until it has met the one that decides.
pub(super) struct Members<'a>(pub(super) &'a JsValue);

impl Members<'_> {
    fn get(&self, name: &str) -> Result<JsValue, Error> {
        if !self.0.is_object() {
            return Err(invalid_input(format!("an object with {name} was expected; pass one as its type says")));
        }
        Reflect::get(self.0, &JsValue::from_str(name))
            .map_err(|_| invalid_input(format!("{name} cannot be read; pass a plain object as its type says")))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Error> {
        self.get(name)?.as_string().ok_or_else(|| wrong(name, "a string"))
    }

    pub(super) fn text_or_nothing(&self, name: &str) -> Result<Option<String>, Error> {
        let value = self.get(name)?;
        if value.is_undefined() || value.is_null() {
            return Ok(None);
        }
        value.as_string().map(Some).ok_or_else(|| wrong(name, "a string"))
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let list = self.get(name)?.dyn_into::<Array>().map_err(|_| wrong(name, "a list of strings"))?;
        list.iter().map(|entry| entry.as_string().ok_or_else(|| wrong(name, "a list of strings"))).collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        self.get(name)?.as_bool().ok_or_else(|| wrong(name, "true or false"))
    }

    /// A whole number up to 2^53 − 1 that fits the type asked for.
    pub(super) fn whole<T: TryFrom<u64>>(&self, name: &str) -> Result<T, Error> {
        whole_number(&self.get(name)?)
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| wrong(name, "a whole number in its range"))
    }
}

fn wrong(name: &str, what: &str) -> Error {
    invalid_input(format!("{name} must be {what}"))
}

/// A number or bigint from 0 to 2^53 − 1 without a fraction.
pub(super) fn whole_number(value: &JsValue) -> Option<u64> {
    if value.is_bigint() {
        return u64::try_from(value.clone()).ok().filter(|number| *number <= MAX_SAFE_INTEGER);
    }
    whole(value.as_f64()?)
}

/// Unix time in whole seconds.
pub(super) fn seconds(now: f64) -> Result<u64, Error> {
    whole(now).ok_or_else(|| {
        invalid_input("now must be a whole number of seconds since 1970; use Math.floor(Date.now() / 1000)")
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
fn whole(number: f64) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    ((0.0..=LARGEST).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_second_is_whole_or_refused_with_what_to_do() {
        assert_eq!(seconds(1_800_000_000.0), Ok(1_800_000_000));
        assert_eq!(seconds(9_007_199_254_740_991.0), Ok(MAX_SAFE_INTEGER));
        for wrong in [1_800_000_000.5, -1.0, f64::NAN, f64::INFINITY, 9_007_199_254_740_992.0] {
            let error = seconds(wrong).expect_err("no whole second");
            assert!(error.message().ends_with("use Math.floor(Date.now() / 1000)"), "{wrong}: {error}");
        }
    }
}
