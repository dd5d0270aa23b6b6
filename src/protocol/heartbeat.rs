//! Heartbeats (kinds 38384 and 20384, PROTOCOL §1.3 and §6.1).

use serde::Deserialize;

use super::event::{LARGEST_EVENT, VerifiedEvent};
use super::json;
use super::offer::{signed_by_the_provider, version_1};
use super::refusal::{Refusal, RefusalKind};
use crate::model::ProviderKey;

pub(super) use super::kind::{HEARTBEAT as STORED_HEARTBEAT, HEARTBEAT_LIVE as LIVE_HEARTBEAT};

const WHAT: &str = "the heartbeat";
const MOST_SKEW_SECS: u64 = 120;

/// A provider's sign of life, signed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// Who beats, and who signed.
    pub provider: ProviderKey,
    /// When, in Unix seconds by the provider's clock. The stored and the live form of one beat share it.
    pub timestamp: u64,
    /// How many workloads it runs by its own count.
    pub active_workloads: u32,
    /// Whether relays keep it.
    pub form: HeartbeatForm,
    /// The version of the message.
    pub version: u8,
}

/// Whether relays keep a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeartbeatForm {
    /// Kind 38384, one kept per minute.
    Stored,
    /// Kind 20384, delivered once.
    Live,
}

impl Heartbeat {
    /// Reads a heartbeat from an event.
    ///
    /// # Errors
    /// A [`Refusal`] if the event is of another kind, its body is no heartbeat, it speaks for another provider than the one
    /// that signed it, or its time is more than 120 s from the event's date.
    pub fn from_event(event: &VerifiedEvent) -> Result<Self, Refusal> {
        let form = match event.kind() {
            STORED_HEARTBEAT => HeartbeatForm::Stored,
            LIVE_HEARTBEAT => HeartbeatForm::Live,
            kind => {
                return Err(Refusal::new(RefusalKind::WrongKind, format!("an event of kind {kind} is no heartbeat")));
            }
        };
        let body: Body = json::members(&json::object(event.content(), LARGEST_EVENT, WHAT)?, WHAT)?;
        signed_by_the_provider(event, &body.provider_npub, WHAT)?;
        if body.timestamp.abs_diff(event.created_at()) > MOST_SKEW_SECS {
            return Err(Refusal::new(
                RefusalKind::WrongTime,
                format!("the heartbeat says {} in an event dated {}", body.timestamp, event.created_at()),
            ));
        }
        Ok(Self {
            provider: event.author(),
            timestamp: body.timestamp,
            active_workloads: body.active_workloads,
            form,
            version: body.version,
        })
    }
}

#[derive(Deserialize)]
struct Body {
    provider_npub: String,
    timestamp: u64,
    active_workloads: u32,
    #[serde(default = "version_1")]
    version: u8,
}
