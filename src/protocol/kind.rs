//! The event kinds of the marketplace (`PROTOCOL.md` §1.1).

/// A provider's offer.
pub const OFFER: u16 = 38383;
/// A heartbeat that relays keep.
pub const HEARTBEAT: u16 = 38384;
/// The same heartbeat, passed on and forgotten.
pub const HEARTBEAT_LIVE: u16 = 20384;
/// A NIP-04 direct message.
pub const DIRECT_MESSAGE: u16 = 4;
/// A private message, before it is sealed (NIP-17).
pub const CHAT_MESSAGE: u16 = 14;
/// A sealed message (NIP-59).
pub const SEAL: u16 = 13;
/// A sealed message in its wrap (NIP-59).
pub const GIFT_WRAP: u16 = 1059;
/// What a program keeps for itself on relays (NIP-78); here the list of mints (NUT-27).
pub const MINT_LIST: u16 = 30078;
/// The answer to a relay's challenge (NIP-42).
pub const AUTH: u16 = 22242;
