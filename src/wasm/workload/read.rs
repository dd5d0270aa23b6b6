//! What JavaScript hands to the state machine.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use wasm_bindgen::JsValue;

use super::core;
use crate::error::Error;
use crate::wasm::error::invalid_input;
use crate::wasm::value::{Members, whole_number};

pub(super) fn read<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(value).map_err(|problem| {
        invalid_input(format!("{name} cannot be read: {problem}; pass a plain object as its type says"))
    })
}

pub(super) fn read_config(value: JsValue) -> Result<core::QuorumConfig, Error> {
    if value.is_undefined() || value.is_null() {
        return Ok(core::QuorumConfig::default());
    }
    read::<Config>("config", value).map(Into::into)
}

pub(super) fn read_workload(value: JsValue) -> Result<core::DurableWorkload, Error> {
    let workload: Tracked = read("workload", value)?;
    let told = |value: &JsValue| !value.is_undefined() && !value.is_null();
    Ok(core::DurableWorkload {
        workload_id: workload.workload_id,
        provider_npub: workload.provider_npub,
        state: read_state(&Members(&workload.state))?,
        replication: if told(&workload.replication) {
            read_replication(&Members(&workload.replication))?
        } else {
            core::ReplicationMode::default()
        },
        restart_policy: if told(&workload.restart_policy) {
            read_policy(&Members(&workload.restart_policy))?
        } else {
            core::RestartPolicy::default()
        },
        state_uri: workload.state_uri,
        created_at: workload.created_at,
        expires_at: workload.expires_at,
    })
}

fn read_state(state: &Members<'_>) -> Result<core::WorkloadState, Error> {
    Ok(match state.text("state")?.as_str() {
        "provisioning" => core::WorkloadState::Provisioning { since: state.whole("since")? },
        "live" => core::WorkloadState::Live { since: state.whole("since")? },
        "suspect" => core::WorkloadState::Suspect { since: state.whole("since")? },
        "evicted" => core::WorkloadState::Evicted { at: state.whole("at")? },
        "respawning" => core::WorkloadState::Respawning {
            since: state.whole("since")?,
            attempts_used: state.whole("attemptsUsed")?,
            last_error: state.text_or_nothing("lastError")?,
        },
        "failed" => core::WorkloadState::Failed { reason: state.text("reason")? },
        _ => return Err(invalid_input("state names no state; see WorkloadState in the types")),
    })
}

fn read_replication(replication: &Members<'_>) -> Result<core::ReplicationMode, Error> {
    Ok(match replication.text("mode")?.as_str() {
        "none" => core::ReplicationMode::None,
        "checkpointed" => core::ReplicationMode::Checkpointed,
        "warm-standby" => {
            core::ReplicationMode::WarmStandby { standby_providers: replication.texts("standbyProviders")? }
        }
        _ => return Err(invalid_input("mode names no replication; see ReplicationMode in the types")),
    })
}

fn read_policy(policy: &Members<'_>) -> Result<core::RestartPolicy, Error> {
    Ok(match policy.text("policy")?.as_str() {
        "never" => core::RestartPolicy::Never,
        "on-failure" => core::RestartPolicy::OnFailure { max_attempts: policy.whole("maxAttempts")? },
        _ => return Err(invalid_input("policy names no policy; see RestartPolicy in the types")),
    })
}

/// A number; `NaN`, which nothing takes, for every other value.
pub(super) fn number_of(value: &JsValue) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

pub(super) fn read_id(value: &JsValue) -> Result<u32, Error> {
    whole_number(value)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| invalid_input("workloadId must be a whole number from 0 to 4294967295"))
}

pub(super) fn read_bool(name: &str, value: &JsValue) -> Result<bool, Error> {
    value.as_bool().ok_or_else(|| invalid_input(format!("{name} must be true or false")))
}

pub(super) fn read_string(name: &str, value: &JsValue) -> Result<String, Error> {
    value.as_string().ok_or_else(|| invalid_input(format!("{name} must be a string")))
}

/// Unix seconds in a field: what does not come out of a number exactly does not go in.
fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let seconds = u64::deserialize(deserializer)?;
    if seconds > crate::model::MAX_SAFE_INTEGER {
        return Err(de::Error::custom("a time is beyond 2^53 - 1 seconds"));
    }
    Ok(seconds)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Config {
    m: u8,
    n: u8,
    #[serde(deserialize_with = "whole_seconds")]
    t1_secs: u64,
    #[serde(deserialize_with = "whole_seconds")]
    t2_secs: u64,
    #[serde(deserialize_with = "whole_seconds")]
    stale_secs: u64,
}

impl Default for Config {
    fn default() -> Self {
        let core::QuorumConfig { m, n, t1_secs, t2_secs, stale_secs } = core::QuorumConfig::default();
        Self { m, n, t1_secs, t2_secs, stale_secs }
    }
}

impl From<Config> for core::QuorumConfig {
    fn from(Config { m, n, t1_secs, t2_secs, stale_secs }: Config) -> Self {
        Self { m, n, t1_secs, t2_secs, stale_secs }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Observation {
    provider_npub: String,
    relay_url: String,
    #[serde(deserialize_with = "whole_seconds")]
    seen_at: u64,
    #[serde(deserialize_with = "whole_seconds")]
    event_timestamp: u64,
}

impl From<Observation> for core::HeartbeatObservation {
    fn from(Observation { provider_npub, relay_url, seen_at, event_timestamp }: Observation) -> Self {
        Self { provider_npub, relay_url, seen_at, event_timestamp }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tracked {
    workload_id: u32,
    provider_npub: String,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    state: JsValue,
    #[serde(default, with = "serde_wasm_bindgen::preserve")]
    replication: JsValue,
    #[serde(default, with = "serde_wasm_bindgen::preserve")]
    restart_policy: JsValue,
    #[serde(default)]
    state_uri: Option<String>,
    #[serde(deserialize_with = "whole_seconds")]
    created_at: u64,
    #[serde(deserialize_with = "whole_seconds")]
    expires_at: u64,
}
