//! A workload as it is tracked: whose it is, how it is judged, what is known of it.

use serde::{Deserialize, Serialize};

/// The numbers by which a workload is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuorumConfig {
    /// How many relays must have heard the provider; 0 behaves as 1.
    pub m: u8,
    /// How many relays are meant to listen. Carried for people, never consulted.
    pub n: u8,
    /// How long a quorum holds, and how much silence makes a live workload suspect, in seconds; 0 behaves as 1.
    pub t1_secs: u64,
    /// How many observed seconds a workload stays suspect before it is evicted.
    pub t2_secs: u64,
    /// The greatest age, in seconds, at which a heartbeat still counts.
    pub stale_secs: u64,
}

impl Default for QuorumConfig {
    fn default() -> Self {
        Self { m: 2, n: 3, t1_secs: 120, t2_secs: 300, stale_secs: 180 }
    }
}

impl QuorumConfig {
    pub(super) fn relays_needed(&self) -> usize {
        usize::from(self.m.max(1))
    }

    pub(super) fn silence_allowed(&self) -> u64 {
        self.t1_secs.max(1)
    }
}

/// One workload under watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurableWorkload {
    /// The number it goes by in events and calls.
    pub workload_id: u32,
    /// The provider whose heartbeats count for it, compared as text.
    pub provider_npub: String,
    /// What is known of it.
    pub state: WorkloadState,
    /// What else holds a copy of it.
    #[serde(default)]
    pub replication: ReplicationMode,
    /// What to do once it is evicted.
    #[serde(default)]
    pub restart_policy: RestartPolicy,
    /// Where its checkpoint lies. Carried, never consulted.
    #[serde(default)]
    pub state_uri: Option<String>,
    /// When it was made, in Unix seconds. Carried, never consulted.
    pub created_at: u64,
    /// When its lease ends, in Unix seconds. Carried, never consulted: untrack it then.
    pub expires_at: u64,
}

/// What else holds a copy of a workload (PROTOCOL §3.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum ReplicationMode {
    /// Nothing does.
    #[default]
    None,
    /// Its state is saved now and then.
    Checkpointed,
    /// Other providers stand by; on eviction the primary's lease is revoked so that one of them takes over.
    WarmStandby {
        /// The providers that stand by, as they were named.
        standby_providers: Vec<String>,
    },
}

/// What to do with an evicted workload that nobody stands by for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "policy", rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// Give it up.
    Never,
    /// Start it again.
    OnFailure {
        /// How often at most.
        max_attempts: u8,
    },
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self::OnFailure { max_attempts: 3 }
    }
}

impl RestartPolicy {
    pub(super) fn max_attempts(&self) -> u8 {
        match self {
            Self::Never => 0,
            Self::OnFailure { max_attempts } => *max_attempts,
        }
    }
}

/// What is known of a workload. All instants are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", try_from = "Told")]
pub enum WorkloadState {
    /// Asked for, and its provider not heard by enough relays yet. There is no timeout.
    Provisioning {
        /// When it was asked for.
        since: u64,
    },
    /// Enough relays heard its provider.
    Live {
        /// When it became live.
        since: u64,
    },
    /// Its provider was silent for T1.
    Suspect {
        /// When it became suspect.
        since: u64,
    },
    /// Given up here in favour of a standby.
    Evicted {
        /// When it was given up.
        at: u64,
    },
    /// Being started again by the caller, who reports the outcome by `notify_respawn_*`.
    Respawning {
        /// When it was given up at the old place.
        since: u64,
        /// How many attempts were asked for by `AttemptRespawn` so far.
        attempts_used: u8,
        /// What the last attempt failed of.
        last_error: Option<String>,
    },
    /// Given up for good.
    Failed {
        /// Why.
        reason: String,
    },
}

/// All members that some state has. Read as such, because a derived reader of the tagged enum buffers what it reads and
/// weighs several times as much.
#[derive(Deserialize)]
struct Told {
    state: String,
    since: Option<u64>,
    at: Option<u64>,
    attempts_used: Option<u8>,
    last_error: Option<String>,
    reason: Option<String>,
}

impl TryFrom<Told> for WorkloadState {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        const MISSING: &str = "a member of the state is missing";
        let since = told.since.ok_or(MISSING);
        match told.state.as_str() {
            "provisioning" => Ok(Self::Provisioning { since: since? }),
            "live" => Ok(Self::Live { since: since? }),
            "suspect" => Ok(Self::Suspect { since: since? }),
            "evicted" => Ok(Self::Evicted { at: told.at.ok_or(MISSING)? }),
            "respawning" => Ok(Self::Respawning {
                since: since?,
                attempts_used: told.attempts_used.ok_or(MISSING)?,
                last_error: told.last_error,
            }),
            "failed" => Ok(Self::Failed { reason: told.reason.ok_or(MISSING)? }),
            _ => Err("no state of a workload"),
        }
    }
}

impl WorkloadState {
    /// Moves an instant of the future to `now`.
    pub(super) fn rewind(&mut self, now: u64) {
        match self {
            Self::Provisioning { since }
            | Self::Live { since }
            | Self::Suspect { since }
            | Self::Respawning { since, .. }
            | Self::Evicted { at: since } => *since = now.min(*since),
            Self::Failed { .. } => {}
        }
    }
}
