//! What goes in and out of the wallet.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MintUrl, Msat, RecordChange, Sat, Unit};

/// What a call of the wallet asks for: first make `records` durable in one transaction, then send `requests` and act
/// on `events`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "records must be made durable and requests sent"]
pub struct Step {
    /// Changes to write before anything else happens.
    pub records: Vec<RecordChange>,
    /// Requests that may leave once the records are durable.
    pub requests: Vec<MintRequest>,
    /// What happened, true once the records are durable.
    pub events: Vec<WalletEvent>,
}

impl Step {
    /// True when there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.requests.is_empty() && self.events.is_empty()
    }

    /// Appends what another step asks for, in order. For callers that commit several calls as one.
    pub fn extend(&mut self, other: Self) {
        self.records.extend(other.records);
        self.requests.extend(other.requests);
        self.events.extend(other.events);
    }
}

/// Names one request until its answer; never used twice by one [`Wallet`](super::Wallet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// The method of a request to a mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A question without a body.
    Get,
    /// A question or an order with a JSON body.
    Post,
}

impl Method {
    /// The method's name in HTTP.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// An HTTP request to a mint. It must be reported back by [`Wallet::answered`](super::Wallet::answered), whatever
/// becomes of it. Its body may hold money: `Debug` shows the size only.
#[derive(Clone, PartialEq, Eq)]
pub struct MintRequest {
    /// What to report the answer under.
    pub id: RequestId,
    /// Where to send it.
    pub mint: MintUrl,
    /// GET or POST.
    pub method: Method,
    /// What follows the mint's URL, like `/v1/swap`.
    pub path: String,
    /// The exact JSON to send.
    pub body: Option<String>,
    /// After how many seconds without an answer to report [`Answer::Nothing`].
    pub deadline_secs: u32,
}

impl MintRequest {
    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.mint, self.path)
    }
}

impl fmt::Debug for MintRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MintRequest")
            .field("id", &self.id)
            .field("mint", &self.mint)
            .field("method", &self.method)
            .field("bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// What came back for a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// Any HTTP answer.
    Response {
        /// The HTTP status.
        status: u16,
        /// The body as text.
        body: String,
    },
    /// It was asked too often, or is not ready, and says when to come back (`Retry-After` of a 429 or 503). What
    /// became of the request is unknown.
    Later {
        /// The HTTP status.
        status: u16,
        /// For how long to leave it alone, in seconds. More than an hour counts as one.
        secs: u64,
    },
    /// No readable answer: deadline, network, or an answer the browser hides. What became of the request is unknown.
    Nothing {
        /// Why, for people.
        reason: String,
    },
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response { status, body } => {
                f.debug_struct("Response").field("status", status).field("bytes", &body.len()).finish()
            }
            Self::Later { status, secs } => {
                f.debug_struct("Later").field("status", status).field("secs", secs).finish()
            }
            Self::Nothing { reason } => f.debug_struct("Nothing").field("reason", reason).finish(),
        }
    }
}

/// Names an operation of the wallet for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) u64);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for OperationId {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::NotFound`] for what was never an operation's id.
    fn from_str(text: &str) -> Result<Self, Error> {
        let id = text.parse().map_err(|_| {
            Error::new(ErrorCode::NotFound, "there is no such wallet operation; take its id from the wallet's view")
        })?;
        Ok(Self(id))
    }
}

impl Serialize for OperationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OperationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// How much to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendAmount {
    /// A token that says this much.
    Face(Amount),
    /// A token that is worth this much after its redeemer paid the mint's fee.
    Arrives(Amount),
}

impl SendAmount {
    /// The unit of the token.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Face(amount) | Self::Arrives(amount) => amount.unit(),
        }
    }
}

/// What a token is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// To be given to somebody.
    Person,
    /// To pay for the lease of this id.
    Lease(String),
}

/// What sending would cost now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendQuote {
    /// What the token says.
    pub face: Amount,
    /// What its redeemer pays the mint.
    pub redeem_fee: Amount,
    /// What our own swap to exact change costs; nothing when fitting proofs are at hand.
    pub swap_fee: Amount,
    /// `face` + `swap_fee`: what leaves the balance.
    pub total: Amount,
    /// What the balance lacks; nothing when the token can be made now.
    pub missing: Amount,
}

/// What happened in the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletEvent {
    /// The mint's keys are known and verified.
    MintReady(MintUrl),
    /// The mint cannot be used now, or not at all.
    MintTrouble {
        /// The mint.
        mint: MintUrl,
        /// What is wrong, in one sentence.
        text: String,
    },
    /// An invoice was paid and its ecash is here.
    Issued {
        /// The operation.
        op: OperationId,
        /// What came in.
        amount: Amount,
    },
    /// A token was redeemed.
    Received {
        /// The operation.
        op: OperationId,
        /// What came in.
        amount: Amount,
        /// What the mint kept.
        fee: Amount,
    },
    /// A token is ready: see [`Wallet::token`](super::Wallet::token).
    TokenReady {
        /// The operation.
        op: OperationId,
        /// What it was made for.
        purpose: Purpose,
    },
    /// The mint says that the token was redeemed.
    TokenSpent {
        /// The send.
        op: OperationId,
    },
    /// The mint says that the token, or a part of it, was not redeemed.
    TokenUnspent {
        /// The send.
        op: OperationId,
    },
    /// The mint says that the token is being redeemed just now.
    TokenPending {
        /// The send.
        op: OperationId,
    },
    /// A token came back.
    Reclaimed {
        /// The send whose token it was.
        op: OperationId,
        /// What came in.
        amount: Amount,
        /// What the mint kept.
        fee: Amount,
    },
    /// A token could not be taken back because it was redeemed before.
    ReclaimFoundSpent {
        /// The send whose token it was.
        op: OperationId,
    },
    /// The mint's price for paying an invoice is there: [`Wallet::pay`](super::Wallet::pay) accepts it.
    PayQuoted {
        /// The operation.
        op: OperationId,
    },
    /// An invoice was paid.
    Paid {
        /// The operation.
        op: OperationId,
        /// What arrived.
        amount: Amount,
        /// What the mint and Lightning kept.
        fee: Amount,
    },
    /// The operation ended without its result.
    Failed {
        /// The operation.
        op: OperationId,
        /// Why, and what became of the money.
        text: String,
    },
    /// Ecash that was set aside was swapped for such that can be spent.
    Released {
        /// The operation.
        op: OperationId,
        /// What came in.
        amount: Amount,
        /// What the mint kept.
        fee: Amount,
    },
    /// All keysets of a mint were looked at for ecash of this phrase.
    Restored {
        /// The operation.
        op: OperationId,
        /// What came in, in sat.
        amount: Sat,
        /// What had been spent before, in sat.
        spent: Sat,
        /// What came in, in msat.
        msat: Msat,
    },
    /// The phrase is in use on another device too, or this store is an older copy: see
    /// [`WalletView::elsewhere`](super::WalletView::elsewhere). The mint is searched.
    UsedElsewhere {
        /// Where it showed.
        mint: MintUrl,
        /// What that is, in one sentence.
        text: String,
    },
    /// The mint's signature could not be proven to be made with its published keys; the ecash is set aside.
    Quarantined {
        /// The operation.
        op: OperationId,
        /// How much was set aside.
        amount: Amount,
    },
}
