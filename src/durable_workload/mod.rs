//! The workload state machine: from heartbeats heard on relays to what is known of a rented workload and what to do
//! about it. It opens no socket, reads no clock and decides nothing at random: time is the `now` of each call, in whole
//! Unix seconds, and what there is to do comes back as events.
//!
//! ```text
//!                quorum                  t1 of silence                 t2 in Suspect, no quorum
//! Provisioning ─────────▶ Live ─────────────────────────▶ Suspect ───────────────┬───────────────────┐
//!                         ▲  ▲                               │                   │                   │
//!                         │  └──────────── quorum ───────────┘                   │ none or           │ warm standby
//!                         │                                                      │ checkpointed      ▼
//!                         │                                     ┌────────────────┤                Evicted
//!                         │                                     │ attempts       │ no attempts    (the revocation
//!                         │  notify_respawn_succeeded           ▼                ▼                 is published)
//!                         └──────────────────────────────── Respawning ──────▶ Failed
//!                                                             │    ▲    notify_respawn_failed,
//!                                                             └────┘    the last attempt
//!                                                   notify_respawn_failed,
//!                                                      attempts are left
//! ```
//!
//! Evicted and Failed are left by a fresh `track` only.
//!
//! *Silence* is counted in observed seconds: seconds in which neither the machine nor the provider was declared blind.
//! *Quorum* is counted on the wall clock: it holds for `t1_secs` after the m-th relay was heard. So blindness keeps a
//! workload from being suspected, and never makes an old heartbeat young again.
//!
//! Source: PROTOCOL §10 and DESIGN §4.
//!
//! ```
//! use paygress::durable_workload::{
//!     DurableWorkload, HeartbeatObservation, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent,
//!     WorkloadState, WorkloadStateMachine,
//! };
//!
//! let mut machine = WorkloadStateMachine::new(QuorumConfig::default());
//! machine.track(DurableWorkload {
//!     workload_id: 7,
//!     provider_npub: "provider".into(),
//!     state: WorkloadState::Provisioning { since: 1_000 },
//!     replication: ReplicationMode::None,
//!     restart_policy: RestartPolicy::default(),
//!     state_uri: None,
//!     created_at: 1_000,
//!     expires_at: 4_600,
//! });
//! let heard = ["wss://one.example", "wss://two.example"].map(|relay| HeartbeatObservation {
//!     provider_npub: "provider".into(),
//!     relay_url: relay.into(),
//!     seen_at: 1_010,
//!     event_timestamp: 1_009,
//! });
//! assert_eq!(machine.tick(1_010, &heard), [StateMachineEvent::EnteredLive { workload_id: 7 }]);
//! assert_eq!(machine.tick(1_130, &[]), [StateMachineEvent::EnteredSuspect { workload_id: 7 }]);
//! ```

mod blindness;
mod evidence;
mod machine;
mod workload;

pub use evidence::{HeartbeatObservation, RelayEvidence};
pub use machine::{StateMachineEvent, WorkloadStateMachine};
pub use workload::{DurableWorkload, QuorumConfig, ReplicationMode, RestartPolicy, WorkloadState};
