//! What relays say (NIP-01, NIP-42).

use super::event::{EventId, LARGEST_EVENT, Unbounded, UnverifiedEvent};
use super::json;
use super::refusal::{Refusal, RefusalKind};
use super::text::clean;
use crate::tree::Tree;

/// The largest message of a relay that is read, in bytes.
pub const LARGEST_FRAME: usize = 2 * LARGEST_EVENT;

const WHAT: &str = "the relay's message";
const LONGEST_SUBSCRIPTION: usize = 64;
const LONGEST_CHALLENGE: usize = 256;
const LONGEST_MESSAGE: usize = 200;

/// One message of a relay. Its own words are cleaned and clipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayMessage {
    /// An event that matches a subscription.
    Event {
        /// The subscription it is delivered for.
        subscription: String,
        /// The event, not yet checked.
        event: Box<UnverifiedEvent>,
    },
    /// All stored events of a subscription were delivered.
    Eose {
        /// The subscription.
        subscription: String,
    },
    /// The verdict on an event that was sent.
    Ok {
        /// The event.
        event: EventId,
        /// The relay took it.
        accepted: bool,
        /// Why, like `duplicate: …`.
        message: String,
    },
    /// The relay ended a subscription.
    Closed {
        /// The subscription.
        subscription: String,
        /// Why, like `auth-required: …`.
        message: String,
    },
    /// Something meant for people.
    Notice {
        /// The words.
        message: String,
    },
    /// The relay asks who we are; answered by [`auth_event`](super::auth_event).
    Auth {
        /// What to sign, as sent.
        challenge: String,
    },
}

impl RelayMessage {
    /// Reads one text frame.
    ///
    /// # Errors
    /// A [`Refusal`] for text that is too large, nested too deeply, no JSON, of a wrong shape or an unknown kind.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        json::bound(text, LARGEST_FRAME, WHAT)?;
        let frame = json::tree(text, WHAT)?;
        let (label, rest) = frame.list().and_then(<[Tree]>::split_first).ok_or_else(|| json::wrong_shape(WHAT))?;
        let label = label.text().ok_or_else(|| json::wrong_shape(WHAT))?;
        if label == "EVENT" {
            return event(rest);
        }
        let message = match label {
            "EOSE" => subscription(rest).map(|subscription| Self::Eose { subscription }),
            "OK" => ok(rest),
            "CLOSED" => subscription(rest)
                .zip(message(rest.get(1)))
                .map(|(subscription, message)| Self::Closed { subscription, message }),
            "NOTICE" => message(rest.first()).map(|message| Self::Notice { message }),
            "AUTH" => challenge(rest).map(|challenge| Self::Auth { challenge }),
            _ => {
                return Err(Refusal::new(
                    RefusalKind::WrongKind,
                    format!("the relay sent a message of the unknown kind {:?}", clean(label, 20)),
                ));
            }
        };
        message.ok_or_else(|| json::wrong_shape(WHAT))
    }
}

fn event(rest: &[Tree]) -> Result<RelayMessage, Refusal> {
    let (Some(subscription), Some(event)) = (subscription(rest), rest.get(1)) else {
        return Err(json::wrong_shape(WHAT));
    };
    let Unbounded(event) = json::members(event, WHAT)?;
    if event.size() > LARGEST_EVENT {
        return Err(Refusal::new(
            RefusalKind::TooLarge,
            format!("the event has more than {LARGEST_EVENT} bytes, which is all that is read"),
        ));
    }
    Ok(RelayMessage::Event { subscription, event: Box::new(event) })
}

fn ok(rest: &[Tree]) -> Option<RelayMessage> {
    let [event, accepted, ..] = rest else { return None };
    Some(RelayMessage::Ok { event: event.read().ok()?, accepted: accepted.bool()?, message: message(rest.get(2))? })
}

fn subscription(rest: &[Tree]) -> Option<String> {
    let subscription = rest.first()?.text()?;
    (subscription.len() <= LONGEST_SUBSCRIPTION).then(|| clean(subscription, LONGEST_SUBSCRIPTION))
}

fn challenge(rest: &[Tree]) -> Option<String> {
    let challenge = rest.first()?.text()?;
    (!challenge.is_empty() && challenge.len() <= LONGEST_CHALLENGE).then(|| challenge.to_owned())
}

/// The words may be left out.
fn message(words: Option<&Tree>) -> Option<String> {
    words.map_or(Some(""), Tree::text).map(|words| clean(words, LONGEST_MESSAGE))
}
