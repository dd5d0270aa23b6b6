//! The wallet as people see it.

use serde::Serialize;

use super::api::OperationId;
use crate::model::{MintUrl, Sat};

/// The whole wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalletView {
    /// Spendable over all mints.
    pub total: Sat,
    /// By address.
    pub mints: Vec<MintView>,
    /// Open operations first, then the newest.
    pub operations: Vec<OperationView>,
}

/// What is known of a mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MintState {
    /// Its keys were not heard yet.
    Loading,
    /// It can be used.
    Ready,
    /// It did not answer; asked again later.
    Unreachable,
    /// It contradicts itself or lacks what a wallet needs.
    Refused,
}

/// One mint and the money there. Every amount is in exactly one of the five columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MintView {
    /// Its address.
    pub url: MintUrl,
    /// Its own name, cleaned and clipped.
    pub name: String,
    /// Whether it can be used.
    pub state: MintState,
    /// A sentence when something is wrong.
    pub problem: Option<String>,
    /// Free to spend.
    pub spendable: Sat,
    /// Held by an operation that is under way.
    pub reserved: Sat,
    /// In tokens that were given away and not yet seen spent.
    pub handed_out: Sat,
    /// In tokens that were pasted and not yet redeemed.
    pub unclaimed: Sat,
    /// Set aside because a signature did not verify.
    pub quarantined: Sat,
    /// The input fee of its active keyset, in thousandths of a satoshi per proof.
    pub input_fee_ppk: u64,
    /// How to reach its operator, in the mint's words.
    pub contact: Option<String>,
}

/// The kinds of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationKind {
    /// Lightning in.
    Issue,
    /// Token in.
    Receive,
    /// Token out.
    Send,
    /// Token back.
    Reclaim,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Where.
    pub mint: MintUrl,
    /// How much: what is asked for until it is done, what came or went afterwards.
    pub amount: Sat,
    /// What the mint kept for it.
    pub fee: Sat,
    /// Where it stands, as a stable slug.
    pub state: String,
    /// Where it stands, as a sentence.
    pub sentence: String,
    /// Not ended yet.
    pub open: bool,
    /// When it began, Unix seconds.
    pub started_at: u32,
    /// When it last moved, Unix seconds.
    pub updated_at: u32,
    /// For `issue`: the Lightning invoice, while it can be paid.
    pub invoice: Option<String>,
    /// When the invoice ends, Unix seconds.
    pub invoice_expires_at: Option<u32>,
    /// A token is out there and can be taken back.
    pub can_reclaim: bool,
    /// The lease this operation pays for.
    pub lease: Option<String>,
    /// What happened, oldest first.
    pub steps: Vec<StepView>,
}

/// One line of an operation's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// When, Unix seconds.
    pub at: u32,
    /// What happened.
    pub text: String,
}
