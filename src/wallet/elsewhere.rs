//! The same phrase at work elsewhere: on another device, or in a newer copy of this store (DESIGN §7.3).
//!
//! ```text
//!   a sign: outputs signed that this wallet never sent, own ecash spent, an invoice issued by another
//!     │ ▲
//!     │ └─ looked for when the mint was heard and nothing is under way there: is the balance spent (NUT-07), and is
//!     │    anything signed ahead of the counter (NUT-09)?
//!     ▼
//!   noted at the mint and said ──▶ a search (`restore`): what is spent leaves the balance, what was found comes in, the
//!     ▲ │                          counters move on
//!     │ ▼ the person knows
//!   not said, heeded all the same
//! ```
//!
//! The look only asks, and is not stored: what it finds is the search's to correct. While the phrase is in use elsewhere
//! tokens are made by a swap, which proves that their ecash is unspent.

use cashu::State;
use serde::{Deserialize, Serialize};

use super::api::{Method, RequestId, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::{check_body, read_states, restore_body};
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Operation, backoff};
use super::outputs::Output;
use super::view::{both, seconds};
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MintUrl, Msat, Sat, Unit};

/// So many counters ahead are looked at.
const AHEAD: u32 = 20;
/// So many proofs in one question.
pub(super) const MOST_AT_ONCE: usize = 100;
/// Questions in a row without an answer before the look is left to the next time.
const MOST_TRIES: u32 = 4;
/// Between a sign and the next look, while the wallet stays open.
const PAUSE_SECS: u64 = 600;
/// So long after the last sign the phrase counts as in use elsewhere, in seconds.
const LASTS_SECS: u64 = 7 * 86_400;

/// What showed at a mint, as it is stored there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    first_at: u64,
    last_at: u64,
    /// What left the balance because it was spent there, in satoshi.
    gone: u64,
    #[serde(default)]
    gone_msat: u64,
    /// The person knows of all this.
    #[serde(default)]
    known: bool,
    /// The last sign since the wallet was opened.
    #[serde(skip)]
    fresh_at: u64,
}

/// A look at one mint.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    next_at: Option<u64>,
    waiting: Option<RequestId>,
    tries: u32,
    question: Question,
}

#[derive(Debug, Clone, Default)]
enum Question {
    #[default]
    Ahead,
    /// Nothing of the balance up to this Y.
    Balance {
        after: String,
    },
    AskedAhead(Vec<Output>),
    AskedBalance(Vec<String>),
}

/// The phrase at work elsewhere, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereView {
    /// The mint where it showed.
    pub mint: MintUrl,
    /// When it showed first since the person knew of it, Unix seconds.
    pub first_at: u32,
    /// When it showed last, Unix seconds.
    pub last_at: u32,
    /// What left the balance since then because it was spent there, in sat; the sentence names msat too.
    pub gone: Sat,
    /// What that means and what to do.
    pub sentence: String,
}

impl Elsewhere {
    fn lasts(&self, now: u64) -> bool {
        now < self.last_at.saturating_add(LASTS_SECS)
    }
}

impl Look {
    fn begin(&mut self, at: u64) {
        if self.waiting.is_none() {
            *self = Self { next_at: Some(at), ..Self::default() };
        }
    }

    pub(super) fn be_due(&mut self, now: u64) {
        self.next_at = self.next_at.map(|at| at.min(now));
    }
}

impl Wallet {
    /// When the next look is due; not while something else is under way at its mint.
    pub(super) fn look_due(&self, mint: &MintUrl) -> Option<u64> {
        let look = &self.mints.get(mint)?.look;
        let due = look.next_at.filter(|_| look.waiting.is_none() && self.is_quiet(mint));
        due.map(|at| at.max(self.pause_of(mint)))
    }

    /// Looks once nothing is under way at the mint; not so soon after the last sign, which had it searched.
    pub(super) fn look_soon(&mut self, now: u64, mint: &MintUrl) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        let rested = known.elsewhere.as_ref().map_or(0, |seen| seen.fresh_at.saturating_add(PAUSE_SECS));
        known.look.begin(now.max(rested));
    }

    fn is_quiet(&self, mint: &MintUrl) -> bool {
        let moves = |op: &Operation| op.busy() && op.issue().is_none_or(|issue| issue.exchange().is_some());
        !self.ops.values().any(|op| op.mint == *mint && moves(op))
    }

    pub(super) fn look_around(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        while self.look_due(mint).is_some_and(|at| at <= now) {
            let Some(known) = self.mints.get(mint) else { return };
            let (asked, path, body) = match &known.look.question {
                Question::Ahead | Question::AskedAhead(_) => {
                    let outputs = self.outputs_ahead(now, mint);
                    let body = restore_body(&outputs).filter(|_| known.restores && !outputs.is_empty());
                    let Some(body) = body else {
                        self.look_on(now, mint, Some(Question::Balance { after: String::new() }));
                        continue;
                    };
                    (Question::AskedAhead(outputs), "/v1/restore", body)
                }
                Question::Balance { after } => {
                    let ys = self.balance_after(mint, after);
                    let Some(body) = check_body(ys.iter()).filter(|_| !ys.is_empty()) else {
                        self.look_on(now, mint, None);
                        continue;
                    };
                    (Question::AskedBalance(ys), "/v1/checkstate", body)
                }
                Question::AskedBalance(ys) => {
                    let Some(body) = check_body(ys.iter()) else { return };
                    (Question::AskedBalance(ys.clone()), "/v1/checkstate", body)
                }
            };
            let request = self.ask(mint, Method::Post, path.to_owned(), Some(body), Ask::Look(mint.clone()), step);
            if let Some(known) = self.mints.get_mut(mint) {
                (known.look.question, known.look.waiting) = (asked, Some(request));
            }
        }
    }

    fn look_on(&mut self, now: u64, mint: &MintUrl, question: Option<Question>) {
        if let Some(known) = self.mints.get_mut(mint) {
            let next_at = question.as_ref().map(|_| now);
            known.look = Look { next_at, question: question.unwrap_or_default(), ..Look::default() };
        }
    }

    fn outputs_ahead(&self, now: u64, mint: &MintUrl) -> Vec<Output> {
        let keysets = Unit::ALL.into_iter().filter_map(|unit| self.signing_keyset(now, mint, unit));
        let ahead = keysets.flat_map(|keyset| {
            let next = self.counters.get(&keyset.id).copied().unwrap_or(0);
            self.derive_with_unused(keyset.id, next, AHEAD)
        });
        ahead.collect()
    }

    /// Spendable proofs in the order of their Y, after this one.
    pub(super) fn balance_after(&self, mint: &MintUrl, after: &str) -> Vec<String> {
        let at_mint = self
            .proofs
            .iter()
            .filter(|(y, held)| y.as_str() > after && held.mint == *mint && held.state == ProofState::Spendable);
        at_mint.map(|(y, _)| y.clone()).take(MOST_AT_ONCE).collect()
    }

    pub(super) fn look_answered(&mut self, now: u64, mint: &MintUrl, reply: Reply, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.look.waiting = None;
        let question = known.look.question.clone();
        let body = match &reply {
            Reply::Body(body) => Some(body),
            Reply::Refused(_) => return self.look_on(now, mint, None),
            Reply::Unknown(_) => None,
        };
        // What this wallet used itself meanwhile is no sign.
        let unused = |output: &Output| self.counters.get(&output.keyset).is_none_or(|next| output.counter >= *next);
        let sign = match &question {
            Question::AskedAhead(outputs) => {
                let found = body.and_then(|body| self.read_restored(mint, outputs, body));
                // A mint that signed what nobody used says so of everything.
                found.map(|found| {
                    !found.iter().any(|signed| signed.output.is_unused())
                        && found.iter().any(|signed| unused(&signed.output) && self.is_news(signed))
                })
            }
            Question::AskedBalance(ys) => {
                let states = body.and_then(|body| read_states(body, ys));
                states.map(|states| states.iter().any(|(y, state)| *state == State::Spent && self.is_spendable(y)))
            }
            Question::Ahead | Question::Balance { .. } => None,
        };
        match sign {
            Some(true) => {
                self.look_on(now, mint, None);
                let new_here = |output: &Output| !self.counters.contains_key(&output.keyset);
                match question {
                    // The phrase was at this mint before it was here: no alarm.
                    Question::AskedAhead(outputs) if outputs.iter().all(new_here) => {
                        self.search_again(now, mint, "the mint knows this phrase; looking for its ecash", step);
                    }
                    Question::AskedAhead(_)
                    | Question::AskedBalance(_)
                    | Question::Ahead
                    | Question::Balance { .. } => self.seen_elsewhere(now, mint, step),
                }
            }
            Some(false) => {
                let after = if let Question::AskedBalance(ys) = question { ys.last().cloned() } else { None };
                self.look_on(now, mint, Some(Question::Balance { after: after.unwrap_or_default() }));
                self.look_around(now, mint, step);
            }
            None => {
                let Some(known) = self.mints.get_mut(mint) else { return };
                known.look.tries = known.look.tries.saturating_add(1);
                let again = now.saturating_add(backoff(known.look.tries));
                known.look.next_at = Some(again).filter(|_| known.look.tries < MOST_TRIES);
            }
        }
    }

    /// Notes a sign and has the mint searched.
    pub(super) fn seen_elsewhere(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        self.gone_elsewhere(now, mint, Amount::sat(0), step);
    }

    /// Notes what was spent elsewhere, and has the mint searched for more.
    pub(super) fn gone_elsewhere(&mut self, now: u64, mint: &MintUrl, amount: Amount, step: &mut Step) {
        self.note_elsewhere(now, mint, amount, step);
        self.search_again(now, mint, "the phrase is in use elsewhere; looking for what changed", step);
    }

    pub(super) fn note_elsewhere(&mut self, now: u64, mint: &MintUrl, gone: Amount, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        let last_at = known.elsewhere.as_ref().map_or(now, |seen| seen.last_at.max(now));
        let news = || Elsewhere { first_at: now, last_at, gone: 0, gone_msat: 0, known: false, fresh_at: now };
        if known.elsewhere.as_ref().is_some_and(|seen| seen.known) {
            known.elsewhere = None;
        }
        let seen = known.elsewhere.get_or_insert_with(news);
        (seen.last_at, seen.fresh_at) = (last_at, now);
        let of_unit = match gone.unit() {
            Unit::Sat => &mut seen.gone,
            Unit::Msat => &mut seen.gone_msat,
        };
        *of_unit = of_unit.saturating_add(gone.get());
        self.mark_mint(mint);
        let text = "these words are in use on another device too, or this is an older copy of the wallet; its ecash there \
                    is looked at anew";
        step.events.push(WalletEvent::UsedElsewhere { mint: mint.clone(), text: text.to_owned() });
    }

    /// The person knows that the phrase is in use elsewhere: it is not said any more until something new shows at the mint.
    /// What is done about it stays as it is.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`].
    pub fn acknowledge_elsewhere(&mut self, mint: &MintUrl) -> Result<Step, Error> {
        let Some(known) = self.mints.get_mut(mint) else { return Err(unknown(mint)) };
        if let Some(seen) = known.elsewhere.as_mut().filter(|seen| !seen.known) {
            seen.known = true;
            self.mark_mint(mint);
        }
        Ok(self.flush(Step::default()))
    }

    /// It was another phrase that was in use elsewhere.
    pub(super) fn forget_elsewhere(&mut self) {
        for mint in self.mints.keys().cloned().collect::<Vec<_>>() {
            if self.mints.get_mut(&mint).and_then(|known| known.elsewhere.take()).is_some() {
                self.mark_mint(&mint);
            }
        }
    }

    pub(super) fn is_in_use_elsewhere(&self, now: u64, mint: &MintUrl) -> bool {
        self.mints.get(mint).and_then(|mint| mint.elsewhere.as_ref()).is_some_and(|seen| seen.lasts(now))
    }

    pub(super) fn elsewhere_view(&self) -> Vec<ElsewhereView> {
        let seen = self.mints.iter().filter_map(|(url, mint)| Some((url, mint.elsewhere.as_ref()?)));
        let recent = seen.filter(|(_, seen)| seen.lasts(self.latest) && !seen.known);
        recent
            .map(|(url, seen)| ElsewhereView {
                mint: url.clone(),
                first_at: seconds(seen.first_at),
                last_at: seconds(seen.last_at),
                gone: Sat::new(seen.gone),
                sentence: sentence(Sat::new(seen.gone), Msat::new(seen.gone_msat)),
            })
            .collect()
    }
}

pub(super) fn unknown(mint: &MintUrl) -> Error {
    let text = format!("{mint} is not one of the wallet's mints; take it from the wallet's view");
    Error::new(ErrorCode::UnknownMint, text)
}

fn sentence(gone: Sat, gone_msat: Msat) -> String {
    let spent = match gone.is_zero() && gone_msat.is_zero() {
        true => String::new(),
        false => format!(" Coins worth {} of this balance were spent there and left it.", both(gone, gone_msat)),
    };
    format!(
        "These words are in use on another device too, or this is an older copy of a wallet that went on elsewhere.{spent} \
         What came in there, as change too, is looked for here, and may hold a token that was given away there. Use \
         these words on one device at a time."
    )
}
