//! What relays say (NIP-01, NIP-42).

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::event::{EventId, LARGEST_EVENT, Unbounded, UnverifiedEvent};
use super::json;
use super::refusal::{Refusal, RefusalKind};
use super::text::clean;

/// The largest message of a relay that is read, in bytes.
pub const LARGEST_FRAME: usize = 2 * LARGEST_EVENT;

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
        const WHAT: &str = "the relay's message";
        json::bound(text, LARGEST_FRAME, WHAT)?;
        match serde_json::from_str::<Frame>(text).map_err(|error| json::refused(&error, WHAT))? {
            Frame::Known(message) => Ok(message),
            Frame::TooLarge => Err(Refusal::new(
                RefusalKind::TooLarge,
                format!("the event has more than {LARGEST_EVENT} bytes, which is all that is read"),
            )),
            Frame::Unknown(label) => Err(Refusal::new(
                RefusalKind::WrongKind,
                format!("the relay sent a message of the unknown kind {:?}", clean(&label, 20)),
            )),
        }
    }
}

enum Frame {
    Known(RelayMessage),
    TooLarge,
    Unknown(String),
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FrameVisitor)
    }
}

struct FrameVisitor;

impl<'de> Visitor<'de> for FrameVisitor {
    type Value = Frame;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array that begins with the kind of message")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Frame, A::Error> {
        let label: String = element(&mut seq)?;
        let frame = match label.as_str() {
            "EVENT" => {
                let subscription = subscription(&mut seq)?;
                let Unbounded(event) = element(&mut seq)?;
                if event.size() > LARGEST_EVENT {
                    Frame::TooLarge
                } else {
                    Frame::Known(RelayMessage::Event { subscription, event: Box::new(event) })
                }
            }
            "EOSE" => Frame::Known(RelayMessage::Eose { subscription: subscription(&mut seq)? }),
            "OK" => Frame::Known(RelayMessage::Ok {
                event: element(&mut seq)?,
                accepted: element(&mut seq)?,
                message: message(&mut seq)?,
            }),
            "CLOSED" => Frame::Known(RelayMessage::Closed {
                subscription: subscription(&mut seq)?,
                message: message(&mut seq)?,
            }),
            "NOTICE" => Frame::Known(RelayMessage::Notice { message: message(&mut seq)? }),
            "AUTH" => {
                let challenge: String = element(&mut seq)?;
                if challenge.is_empty() || challenge.len() > LONGEST_CHALLENGE {
                    return Err(de::Error::custom("a challenge of a strange length"));
                }
                Frame::Known(RelayMessage::Auth { challenge })
            }
            _ => Frame::Unknown(label),
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(frame)
    }
}

fn element<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| de::Error::custom("too few elements"))
}

fn subscription<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<String, A::Error> {
    let subscription: String = element(seq)?;
    if subscription.len() > LONGEST_SUBSCRIPTION {
        return Err(de::Error::custom("a subscription of a strange length"));
    }
    Ok(clean(&subscription, LONGEST_SUBSCRIPTION))
}

fn message<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<String, A::Error> {
    let message: Option<String> = seq.next_element()?;
    Ok(clean(&message.unwrap_or_default(), LONGEST_MESSAGE))
}
