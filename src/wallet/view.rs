//! The wallet as people see it.

use serde::Serialize;

use super::api::OperationId;
use super::book::ProofState;
use super::elsewhere::ElsewhereView;
use super::lock::LockKey;
use super::machine::Wallet;
use super::mint::Mint;
use super::only_here::OnlyHereView;
use super::operation::Operation;
use crate::model::{Amount, MintUrl, Msat, Sat, Unit};

/// The whole wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalletView {
    /// Spendable over all mints, in sat.
    pub total: Sat,
    /// Spendable over all mints beside that, in msat.
    pub total_msat: Msat,
    /// By address.
    pub mints: Vec<MintView>,
    /// Where the phrase showed to be in use on another device too, within a week.
    pub elsewhere: Vec<ElsewhereView>,
    /// What the phrase alone does not bring back, and a saved file does. Oldest first.
    pub only_here: Vec<OnlyHereView>,
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
    /// It gives no readable answer; asked again later, as in the next three states.
    Unreachable,
    /// It did not answer within the deadline.
    TimedOut,
    /// It was asked too often.
    RateLimited,
    /// It answers, but not as a mint does.
    Failing,
    /// It contradicts itself, like by other keys under an id.
    Refused,
    /// It redeems, but signs nothing new.
    Retired,
    /// It can be used; money there is in a keyset that ends soon.
    Expiring,
    /// It can be used; money there is in a keyset that ended.
    Expired,
}

/// One mint and the money there. Every amount is in exactly one of the five columns, which are in sat; those in msat are
/// in `msat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MintView {
    /// Its address.
    pub url: MintUrl,
    /// Its own name, cleaned and clipped.
    pub name: String,
    /// Whether it can be used.
    pub state: MintState,
    /// A sentence when something is wrong, with what to do.
    pub problem: Option<String>,
    /// Since when it does not answer, Unix seconds.
    pub since: Option<u32>,
    /// When it is asked again, if it does not answer, Unix seconds; not the future while it is being asked.
    pub next_try_at: Option<u32>,
    /// What it does not do, or only within limits, in sentences.
    pub notes: Vec<String>,
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
    /// The same for msat; nothing where the mint keeps none and nothing is held.
    pub msat: Option<MsatView>,
    /// How to reach its operator, in the mint's words.
    pub contact: Option<String>,
}

impl MintView {
    /// All columns together.
    pub(crate) fn held(&self) -> (Sat, Msat) {
        let sat = [self.spendable, self.reserved, self.handed_out, self.unclaimed, self.quarantined];
        let msat = |msat: &MsatView| [msat.spendable, msat.reserved, msat.handed_out, msat.unclaimed, msat.quarantined];
        (sat.into_iter().sum(), self.msat.as_ref().map(msat).into_iter().flatten().sum())
    }
}

/// The money in msat at a mint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MsatView {
    /// Free to spend.
    pub spendable: Msat,
    /// Held by an operation that is under way.
    pub reserved: Msat,
    /// In tokens that were given away and not yet seen spent.
    pub handed_out: Msat,
    /// In tokens that were pasted and not yet redeemed.
    pub unclaimed: Msat,
    /// Set aside because a signature did not verify.
    pub quarantined: Msat,
    /// The input fee of its active keyset, in thousandths of a millisatoshi per proof.
    pub input_fee_ppk: u64,
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
    /// What was set aside, tried again.
    Retry,
    /// Money of a keyset that ends, moved to the mint's present one.
    Rotate,
    /// Lightning out.
    Pay,
    /// From one mint to another, over Lightning.
    Move,
    /// Ecash of this phrase, looked for at a mint.
    Restore,
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
    /// Of `amount`, `fee`, `most` and `missing`.
    pub unit: Unit,
    /// How much: what is asked for until it is done, what came or went afterwards.
    pub amount: Amount,
    /// What the mint kept for it.
    pub fee: Amount,
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
    /// For `move`: the mint that the money goes to.
    pub to: Option<MintUrl>,
    /// For `issue`: the move that it is a part of, which pays its invoice.
    pub part_of: Option<OperationId>,
    /// For `pay` and `move` that wait for consent: what leaves the balance at most.
    pub most: Option<Amount>,
    /// What the balance lacks for that.
    pub missing: Option<Amount>,
    /// For `pay` and `move` that are done: the preimage, which proves the payment.
    pub preimage: Option<String>,
    /// For those: what the mint gave instead. It does not fit the invoice, so it proves nothing.
    pub wrong_preimage: Option<String>,
    /// A token that could not be received is kept and can be tried again.
    pub can_retry: bool,
    /// A token is out there and can be taken back.
    pub can_reclaim: bool,
    /// When that token is taken back by itself, Unix seconds.
    pub take_back_at: Option<u32>,
    /// For `send`: the key that the token is locked to.
    pub locked_to: Option<LockKey>,
    /// Until then it cannot be taken back, Unix seconds.
    pub locked_until: Option<u32>,
    /// For `send` to who asked for a payment: how it is delivered. Filled in by who delivers it.
    pub delivery: Option<DeliveryView>,
    /// The lease this operation pays for.
    pub lease: Option<String>,
    /// For `restore`: how far it got.
    pub progress: Option<ProgressView>,
    /// What happened, oldest first.
    pub steps: Vec<StepView>,
    /// What the mint was asked and answered, oldest first, each answer once: evidence in which nothing is money.
    pub answers: Vec<StepView>,
}

/// How a payment gets to who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// Where to: an address, or an npub.
    pub to: String,
    /// Where it stands, as a stable slug: `making`, `sending`, `unknown`, `taken`, `refused` or `over`.
    pub state: &'static str,
    /// Where it stands, as a sentence.
    pub sentence: String,
    /// It can be sent once more, the same bytes.
    pub can_repeat: bool,
}

/// How far a search for ecash got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressView {
    /// Keysets that are done.
    pub done: u32,
    /// All keysets in sat and msat; none before the mint told them.
    pub all: u32,
    /// Keysets that could not be looked at.
    pub left_out: u32,
    /// How many counters the mint was asked for.
    pub counters: u32,
    /// What came in, in sat.
    pub found: Sat,
    /// What came in but was set aside because of its signature, in sat.
    pub set_aside: Sat,
    /// What had been spent before, in sat.
    pub spent: Sat,
    /// What left the balance because it was spent elsewhere, in sat; the sentence names msat too.
    pub gone: Sat,
    /// The same in msat.
    pub msat: FoundView,
    /// Coins that are in use at the mint, so that it is asked again.
    pub pending: u32,
}

/// What a search found in msat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// What came in.
    pub found: Msat,
    /// What came in but was set aside because of its signature.
    pub set_aside: Msat,
    /// What had been spent before.
    pub spent: Msat,
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

impl Wallet {
    pub(super) fn whole_view(&self) -> WalletView {
        let mints: Vec<MintView> = self.mints.iter().map(|(url, mint)| self.mint_view(url, mint)).collect();
        let mut operations: Vec<OperationView> =
            self.ops.iter().rev().map(|(id, op)| self.operation_view(*id, op)).collect();
        operations.sort_by_key(|op| !op.open);
        let total = mints.iter().map(|mint| mint.spendable).sum();
        let total_msat = mints.iter().filter_map(|mint| mint.msat.as_ref()).map(|msat| msat.spendable).sum();
        WalletView {
            total,
            total_msat,
            mints,
            elsewhere: self.elsewhere_view(),
            only_here: self.only_here(),
            operations,
        }
    }

    fn mint_view(&self, url: &MintUrl, mint: &Mint) -> MintView {
        let (state, problem) = self.mint_state(self.latest, url, mint);
        let sat = self.columns(url, Unit::Sat).map(Sat::new);
        let msat = self.columns(url, Unit::Msat).map(Msat::new);
        let fee = |unit| self.signing_keyset(self.latest, url, unit).map(|keyset| keyset.input_fee_ppk);
        let msat_fee = fee(Unit::Msat);
        let holds_msat = msat.iter().any(|much| !much.is_zero());
        MintView {
            url: url.clone(),
            name: mint.name.clone(),
            state,
            problem,
            since: mint.run.trouble.as_ref().map(|trouble| seconds(trouble.since)),
            next_try_at: mint.run.trouble.as_ref().and_then(|_| self.next_question(url)).map(seconds),
            notes: self.mint_notes(url, mint),
            spendable: sat[0],
            reserved: sat[1],
            handed_out: sat[2],
            unclaimed: sat[3],
            quarantined: sat[4],
            input_fee_ppk: fee(Unit::Sat).unwrap_or(0),
            msat: (msat_fee.is_some() || holds_msat).then(|| MsatView {
                spendable: msat[0],
                reserved: msat[1],
                handed_out: msat[2],
                unclaimed: msat[3],
                quarantined: msat[4],
                input_fee_ppk: msat_fee.unwrap_or(0),
            }),
            contact: mint.contact.clone(),
        }
    }

    /// Something is in one of the columns.
    pub(super) fn holds_at(&self, mint: &MintUrl) -> bool {
        Unit::ALL.iter().any(|unit| self.columns(mint, *unit) != [0; 5])
    }

    /// Spendable, reserved, handed out, unclaimed, quarantined.
    fn columns(&self, mint: &MintUrl, unit: Unit) -> [u64; 5] {
        let receives =
            self.ops.values().filter(|op| op.mint == *mint && op.unit == unit).filter_map(Operation::receive);
        let unclaimed = receives.filter(|receive| receive.busy()).fold(0u64, |sum, one| sum.saturating_add(one.face));
        let mut columns = [0, 0, 0, unclaimed, 0];
        for held in self.proofs.values().filter(|held| held.mint == *mint && self.unit_of(mint, held.keyset) == unit) {
            let column = match held.state {
                ProofState::Spendable => 0,
                ProofState::Reserved { .. } => 1,
                ProofState::HandedOut { .. } => 2,
                ProofState::Quarantined { .. } => 4,
            };
            columns[column] = columns[column].saturating_add(held.amount);
        }
        columns
    }
}

/// Both units side by side, the second where there is any.
pub(crate) fn both(sat: Sat, msat: Msat) -> String {
    match (sat.is_zero(), msat.is_zero()) {
        (_, true) => sat.to_string(),
        (true, false) => msat.to_string(),
        (false, false) => format!("{sat} and {msat}"),
    }
}

pub(super) fn seconds(at: u64) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
