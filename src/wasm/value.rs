//! Values across the boundary: money is `bigint`, time is a number of whole seconds, the rest plain objects.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::error::invalid_input;
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

/// Unix time in whole seconds; fractions are cut off.
pub(super) fn seconds(now: f64) -> Result<u64, JsValue> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    if !(0.0..=LARGEST).contains(&now) {
        return Err(invalid_input("now is a number of seconds since 1970, like Date.now() / 1000").into());
    }
    // Checked above: within 0..=2^53 − 1, where every whole number is exact.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let secs = now as u64;
    debug_assert!(secs <= MAX_SAFE_INTEGER);
    Ok(secs)
}
