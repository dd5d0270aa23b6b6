//! What the state machine hands to JavaScript.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::core;

pub(super) fn write(value: &impl Serialize) -> Result<JsValue, JsValue> {
    // A `None` at the top becomes `undefined`, one inside an object `null`.
    let value = value.serialize(&Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true))?;
    Ok(if value.is_null() { JsValue::UNDEFINED } else { value })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evidence {
    relay_url: String,
    heard_at: u64,
    seen_at: u64,
    event_timestamp: u64,
}

impl From<core::RelayEvidence> for Evidence {
    fn from(core::RelayEvidence { relay_url, heard_at, seen_at, event_timestamp }: core::RelayEvidence) -> Self {
        Self { relay_url, heard_at, seen_at, event_timestamp }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Workload {
    workload_id: u32,
    provider_npub: String,
    state: State,
    replication: Option<Replication>,
    restart_policy: Option<Policy>,
    state_uri: Option<String>,
    created_at: u64,
    expires_at: u64,
}

impl From<core::DurableWorkload> for Workload {
    fn from(workload: core::DurableWorkload) -> Self {
        Self {
            workload_id: workload.workload_id,
            provider_npub: workload.provider_npub,
            state: workload.state.into(),
            replication: Some(workload.replication.into()),
            restart_policy: Some(workload.restart_policy.into()),
            state_uri: workload.state_uri,
            created_at: workload.created_at,
            expires_at: workload.expires_at,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "mode", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Replication {
    None,
    Checkpointed,
    WarmStandby { standby_providers: Vec<String> },
}

impl From<core::ReplicationMode> for Replication {
    fn from(replication: core::ReplicationMode) -> Self {
        match replication {
            core::ReplicationMode::None => Self::None,
            core::ReplicationMode::Checkpointed => Self::Checkpointed,
            core::ReplicationMode::WarmStandby { standby_providers } => Self::WarmStandby { standby_providers },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "policy", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Policy {
    Never,
    OnFailure { max_attempts: u8 },
}

impl From<core::RestartPolicy> for Policy {
    fn from(policy: core::RestartPolicy) -> Self {
        match policy {
            core::RestartPolicy::Never => Self::Never,
            core::RestartPolicy::OnFailure { max_attempts } => Self::OnFailure { max_attempts },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum State {
    Provisioning { since: u64 },
    Live { since: u64 },
    Suspect { since: u64 },
    Evicted { at: u64 },
    Respawning { since: u64, attempts_used: u8, last_error: Option<String> },
    Failed { reason: String },
}

impl From<core::WorkloadState> for State {
    fn from(state: core::WorkloadState) -> Self {
        match state {
            core::WorkloadState::Provisioning { since } => Self::Provisioning { since },
            core::WorkloadState::Live { since } => Self::Live { since },
            core::WorkloadState::Suspect { since } => Self::Suspect { since },
            core::WorkloadState::Evicted { at } => Self::Evicted { at },
            core::WorkloadState::Respawning { since, attempts_used, last_error } => {
                Self::Respawning { since, attempts_used, last_error }
            }
            core::WorkloadState::Failed { reason } => Self::Failed { reason },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Event {
    EnteredLive { workload_id: u32 },
    EnteredSuspect { workload_id: u32 },
    Evicted { workload_id: u32, reason: String },
    PublishLeaseRevocation { workload_id: u32, standby_providers: Vec<String> },
    AttemptRespawn { workload_id: u32, attempt: u8 },
    Failed { workload_id: u32, reason: String },
}

impl From<core::StateMachineEvent> for Event {
    fn from(event: core::StateMachineEvent) -> Self {
        use core::StateMachineEvent as Core;
        match event {
            Core::EnteredLive { workload_id } => Self::EnteredLive { workload_id },
            Core::EnteredSuspect { workload_id } => Self::EnteredSuspect { workload_id },
            Core::Evicted { workload_id, reason } => Self::Evicted { workload_id, reason },
            Core::PublishLeaseRevocation { workload_id, standby_providers } => {
                Self::PublishLeaseRevocation { workload_id, standby_providers }
            }
            Core::AttemptRespawn { workload_id, attempt } => Self::AttemptRespawn { workload_id, attempt },
            Core::Failed { workload_id, reason } => Self::Failed { workload_id, reason },
        }
    }
}
