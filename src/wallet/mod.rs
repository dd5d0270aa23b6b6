//! The Cashu wallet: a machine without sockets, clock or store.
//!
//! A call takes `now` and what is wanted or what the mint answered, and returns a [`Step`]: records to make durable,
//! then requests to send, then what happened. The wallet's memory moves on at once; if a commit fails, the wallet is
//! dropped and opened again from the store.
//!
//! Every operation is a saga with its own file: [`issue`](Wallet::issue), [`receive`](Wallet::receive),
//! [`send`](Wallet::send), [`pay`](Wallet::pay), [`reclaim`](Wallet::reclaim), [`check`](Wallet::check),
//! [`restore`](Wallet::restore). Each goes plan → commit the exact
//! request → send → settle → commit the result:
//!
//! ```text
//!            ┌──────────── mint refused, nothing happened ───────────┐
//!            ▼                                                       │
//!   planned ──▶ requested ──────── signatures ─────────▶ done        │
//!     ▲           │  ▲                                    ▲          │
//!     │           │  └─ repeat the same bytes ─┐          │          │
//!     │           └── unknown answer ──▶ inputs? (NUT-07) ┤          │
//!     │                                  outputs? (NUT-09)┴──────────┘
//!     └────── collision: take in, move on ─────┘
//! ```
//!
//! Ecash whose signatures do not verify is set aside and tried again later by itself; ecash of a keyset that ends moves
//! to the mint's present one.
//!
//! After a restart `requested` repeats its journaled bytes; everything else is asked again, so no question is stored.
//!
//! Source: DESIGN §6; NUT-00 to 05, 06, 07, 08, 09, 10, 11, 12, 13, 17, 18, 20, 23, 26.

mod api;
mod book;
mod calls;
mod check;
mod derive;
mod elsewhere;
mod evidence;
mod exchange;
mod invoice;
mod issue;
mod keyset;
mod live;
mod lock;
mod machine;
mod melt;
mod mint;
mod only_here;
mod operation;
mod operation_view;
mod outcome;
mod outputs;
mod pay;
mod payment_request;
mod quarantine;
mod quote_key;
mod receive;
mod reclaim;
mod records;
mod recount;
mod remove;
mod reseed;
mod restore;
mod rotate;
mod scout;
mod select;
mod send;
mod settle;
mod token;
mod trouble;
mod view;

pub use api::{Answer, Method, MintRequest, OperationId, Purpose, RequestId, SendAmount, SendQuote, Step, WalletEvent};
pub use elsewhere::ElsewhereView;
pub(crate) use invoice::description_hash;
pub(crate) use issue::invoice_msat;
pub(crate) use live::Subject;
pub use lock::{LockKey, LockTo};
pub use machine::Wallet;
pub(crate) use mint::clean;
pub use only_here::OnlyHereView;
pub use payment_request::{MadeRequest, PayFrom, PaymentRequest, Transport, is_payment_request};
pub use scout::{Coins, Comparison, Haul};
pub(crate) use view::both;
pub use view::{
    DeliveryView, FoundView, MintState, MintView, MsatView, OperationKind, OperationView, ProgressView, StepView,
    WalletView,
};
#[cfg(all(feature = "bench", target_arch = "wasm32"))]
pub(crate) use {derive::Seed, token::face};
