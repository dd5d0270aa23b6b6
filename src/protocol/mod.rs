//! The messages of the marketplace as values: parsed, verified, built (`PROTOCOL.md` §1–6).
//!
//! ```text
//! relay text ─▶ RelayMessage ─▶ UnverifiedEvent ─▶ VerifiedEvent ─▶ Offer │ Heartbeat │ nip04_open ─▶ Reply
//!              size, depth,     id known? then      id and           signer = the provider in the body
//!              JSON             no cryptography     signature
//! SpawnRequest ─▶ RequestText ─▶ SignedEvent ─▶ relay text
//!              parsed back as a provider would
//! ```
//!
//! What a stranger gets wrong is a [`Refusal`]; what a caller gets wrong is an [`Error`](crate::Error). Nothing here
//! reads a clock or dice: time and a generator are parameters.

pub mod dm;
mod error_type;
pub mod event;
pub mod filter;
pub mod frame;
pub mod gift;
pub mod heartbeat;
mod json;
pub mod kind;
pub mod mint_list;
pub mod npub;
pub mod offer;
pub mod price;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod template;
mod text;
mod time;
mod token;
mod untagged;

pub use dm::{SignedEvent, auth_event, nip04_open, nip04_open_request, nip04_request, public_key};
pub use event::{EventId, UnverifiedEvent, VerifiedEvent};
pub use frame::RelayMessage;
pub use gift::{gift_wrap, receiver_from_text};
pub use heartbeat::{Heartbeat, HeartbeatForm};
pub use mint_list::MintList;
pub use npub::{provider_from_text, to_npub};
pub use offer::{Isolation, Offer, Tier};
pub use refusal::{Refusal, RefusalKind};
pub use reply::{
    AccessDetails, AccessPassword, ErrorReply, ErrorType, LeaseStatus, MoneyFate, Reply, StatusReply, TemplatePort,
    TopUpReply,
};
pub use request::{ImageRef, RequestText, SpawnRequest, SshPassword, Workload, status_by_owner};
pub use template::{TemplateInfo, TemplatePortInfo, TemplateSlug, templates};
pub use untagged::{ParsedRequest, ParsedSpawn};
