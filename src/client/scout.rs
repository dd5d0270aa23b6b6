//! Looking what a phrase holds without moving anything: a rehearsal of losing this device, and the search before the
//! money of another phrase is swept into this wallet.
//!
//! ```text
//!   words ──▶ a wallet in memory, asking the mints ──▶ all heard ──▶ rehearsal: compared with ours, and dropped
//!                │                                        └──consent──▶ sweep: tokens of what was found, received
//!                └─ ended, or the program closed: nothing happened
//! ```
//!
//! Nothing of it is stored. Until it is swept the other money is where it was; from then on its tokens are in the journal
//! of ordinary receives.

use serde::Serialize;

use super::effect::Turn;
use super::{Client, Effect, View};
use crate::error::{Error, ErrorCode};
use crate::keys::{Phrase, Seed};
use crate::model::{Map, MintUrl, Msat, Sat};
use crate::wallet::{Answer, Coins, Haul, OperationId, OperationView, ProgressView, RequestId, Step, Wallet, both};

const MOST_MINTS: usize = 50;

#[derive(Debug)]
pub(super) struct Scouting {
    /// Marks its requests.
    pub(super) sort: u64,
    errand: Errand,
    wallet: Wallet,
    searches: Map<MintUrl, OperationId>,
    /// What a rehearsal came to, kept as it was then.
    outcome: Option<ScoutView>,
}

#[derive(Debug)]
enum Errand {
    Rehearsal { before: Coins },
    Sweep,
}

/// Why somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ScoutKind {
    /// To see whether the phrase would bring this wallet back.
    Rehearsal,
    /// To take in the money of another phrase.
    Sweep,
}

/// How far a search got and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoutView {
    /// What it is for.
    pub kind: ScoutKind,
    /// Every mint was heard.
    pub done: bool,
    /// All of it in a sentence.
    pub sentence: String,
    /// For a rehearsal: what would come back. For a sweep: what would come in after fees.
    pub arrives: Sat,
    /// Each mint.
    pub mints: Vec<ScoutedMint>,
}

/// What was found at a mint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoutedMint {
    /// Its address.
    pub mint: MintUrl,
    /// It was heard, or cannot be asked.
    pub done: bool,
    /// It cannot be asked, or a part of it could not be looked at.
    pub incomplete: bool,
    /// What it came to, as a sentence.
    pub sentence: String,
    /// For a rehearsal: what would come back. For a sweep: what can be taken.
    pub found: Sat,
    /// For a rehearsal: what would not come back. For a sweep: what is not worth its fee.
    pub left: Sat,
    /// For a sweep: what the mint keeps.
    pub fee: Sat,
    /// How far the search got.
    pub progress: Option<ProgressView>,
}

impl Client {
    /// Tries whether the phrase would bring this wallet back: restores it into a wallet in memory, at every known mint,
    /// and compares. With words, those are tried as they were typed; when they are right, the phrase counts as written down.
    /// Nothing else that is stored changes.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`] for words that are none or not those of this wallet, [`ErrorCode::WrongState`]
    /// without a mint, [`ErrorCode::Store`].
    pub fn rehearse(&mut self, now: u64, words: Option<&str>) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let typed = words.map(Phrase::parse).transpose()?;
        if typed.as_ref().is_some_and(|typed| *typed != self.account.phrase) {
            let text = "these are twelve good words, but not those of this wallet, so they would bring nothing back; \
                        look for the paper that has this wallet's words, or write them down anew";
            return Err(Error::new(ErrorCode::InvalidPhrase, text));
        }
        let mints: Vec<MintUrl> = self.wallet.mints().cloned().collect();
        if mints.is_empty() {
            let text = "no mint is known yet, so there is nothing that could come back; fill the wallet first";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let mut turn = Turn::default();
        if typed.is_some() && !self.account.phrase_saved {
            self.has_phrase(&mut turn);
        }
        let seed = self.account.phrase.seed();
        Ok(self.set_out(now, turn, &seed, mints, Errand::Rehearsal { before: self.wallet.coins() }))
    }

    /// Looks what another phrase holds, at the mints named and at those of this wallet. Its words are not kept.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`], [`ErrorCode::InvalidMintUrl`], [`ErrorCode::InvalidInput`] without or with too many
    /// mints, [`ErrorCode::Store`].
    pub fn look_into_phrase(&mut self, now: u64, words: &str, mints: &[String]) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let seed = Seed::of_any_phrase(words)?;
        if seed == self.account.phrase.seed() {
            let text = "these are the words of this wallet: their money is here, or is found by looking for lost ecash";
            return Err(Error::new(ErrorCode::InvalidPhrase, text));
        }
        let mut all: Vec<MintUrl> = self.wallet.mints().cloned().collect();
        for mint in mints {
            let mint: MintUrl = mint.trim().parse()?;
            if !all.contains(&mint) {
                all.push(mint);
            }
        }
        if all.is_empty() || all.len() > MOST_MINTS {
            let text = format!("money is only found where it is looked for: name 1 to {MOST_MINTS} mints");
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        Ok(self.set_out(now, Turn::default(), &seed, all, Errand::Sweep))
    }

    /// Takes in what [`look_into_phrase`](Self::look_into_phrase) found, if no less than `least` comes in. Each part is an
    /// operation of its own, which is not lost whatever happens from here on.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] while there is nothing to take in, [`ErrorCode::QuoteChanged`] when less would come in,
    /// [`ErrorCode::Store`].
    pub fn sweep(&mut self, now: u64, least: Sat) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let against = |code: ErrorCode, text: String| Err(Error::new(code, text));
        let found = self.scouting.as_ref().filter(|scouting| matches!(scouting.errand, Errand::Sweep));
        let Some(scouting) = found.filter(|scouting| scouting.is_done()) else {
            let text = "the search is not over, or there is none; wait for it, or enter the words anew";
            return against(ErrorCode::WrongState, text.to_owned());
        };
        let hauls: Vec<Haul> = scouting.searches.keys().map(|mint| scouting.wallet.haul(mint)).collect();
        let arrives: Sat = hauls.iter().map(Haul::arrives).sum();
        if arrives < least {
            let text = format!("{arrives} would come in now, and {least} were agreed to; look at the new sum");
            return against(ErrorCode::QuoteChanged, text);
        }
        let (mut turn, mut refused, mut started) = (Turn::default(), None, false);
        for (mint, haul) in scouting.searches.keys().cloned().zip(hauls).collect::<Vec<_>>() {
            for token in haul.tokens {
                match self.wallet.receive(now, &token) {
                    Ok((_, step)) => {
                        started = true;
                        self.take(now, &mut turn, step);
                    }
                    Err(error) => {
                        self.notices.add(now, mint.as_str(), error.message());
                        turn.changed.insert(View::Notices);
                        refused = Some(error);
                    }
                }
            }
        }
        if !started {
            let nothing = || Error::new(ErrorCode::WrongState, "nothing was found that could be taken in");
            return Err(refused.unwrap_or_else(nothing));
        }
        self.scouting = None;
        Ok(self.finish(now, turn))
    }

    /// Ends a rehearsal or a search, or forgets what it found.
    pub fn end_scouting(&mut self, now: u64) -> Vec<Effect> {
        self.scouting = None;
        let mut turn = Turn::default();
        turn.changed.insert(View::Wallet);
        self.finish(now, turn)
    }

    fn set_out(&mut self, now: u64, mut turn: Turn, seed: &Seed, mints: Vec<MintUrl>, errand: Errand) -> Vec<Effect> {
        let mut wallet = Wallet::scout(*seed.expose());
        let (mut searches, mut all) = (Map::new(), Step::default());
        for mint in mints {
            if let Ok((id, step)) = wallet.restore(now, mint.clone()) {
                searches.insert(mint, id);
                all.extend(step);
            }
        }
        let sort = self.next_sort();
        self.scouting = Some(Scouting { sort, errand, wallet, searches, outcome: None });
        self.scouted(&mut turn, all);
        self.finish(now, turn)
    }

    pub(super) fn scout_answered(&mut self, now: u64, turn: &mut Turn, request: RequestId, answer: Answer) {
        let Some(scouting) = &mut self.scouting else { return };
        let step = scouting.wallet.answered(now, request, answer);
        self.scouted(turn, step);
    }

    pub(super) fn wake_scout(&mut self, now: u64, turn: &mut Turn) {
        let Some(scouting) = &mut self.scouting else { return };
        if scouting.next_wake().is_some_and(|at| at <= now) {
            let step = scouting.wallet.wake(now);
            self.scouted(turn, step);
        }
    }

    /// What a scout asks moves nothing, so it need not wait for a commit; what it found is not stored.
    fn scouted(&mut self, turn: &mut Turn, step: Step) {
        let Some(scouting) = &mut self.scouting else { return };
        turn.changed.insert(View::Wallet);
        let sort = scouting.sort;
        turn.at_once.extend(step.requests.into_iter().map(|request| Effect::fetch(sort, request)));
        if matches!(scouting.errand, Errand::Rehearsal { .. }) && scouting.outcome.is_none() && scouting.is_done() {
            let view = scouting.view(&self.wallet);
            scouting.outcome = Some(view);
            scouting.wallet = Wallet::scout([0; 64]);
        }
    }

    pub(super) fn scout_view(&self) -> Option<ScoutView> {
        self.scouting.as_ref().map(|scouting| scouting.outcome.clone().unwrap_or_else(|| scouting.view(&self.wallet)))
    }
}

impl Scouting {
    pub(super) fn next_wake(&self) -> Option<u64> {
        self.wallet.next_wake()
    }

    fn is_done(&self) -> bool {
        self.searches.values().all(|id| self.wallet.operation(id).is_none_or(|search| is_over(&search)))
    }

    fn view(&self, own: &Wallet) -> ScoutView {
        let mints: Vec<ScoutedMint> = self.searches.iter().map(|(mint, id)| self.mint_view(own, mint, id)).collect();
        let done = mints.iter().all(|mint| mint.done);
        let sum = |of: fn(&ScoutedMint) -> Sat| mints.iter().map(of).sum::<Sat>();
        let (found, left, fee) = (sum(|mint| mint.found), sum(|mint| mint.left), sum(|mint| mint.fee));
        let (kind, arrives, sentence) = match self.errand {
            Errand::Rehearsal { .. } => (ScoutKind::Rehearsal, found, rehearsal_sentence(done, found, left)),
            Errand::Sweep => {
                let arrives = Sat::new(found.get().saturating_sub(fee.get()));
                let whole = !mints.iter().any(|mint| mint.incomplete);
                (ScoutKind::Sweep, arrives, sweep_sentence(done, whole, found, fee, arrives))
            }
        };
        ScoutView { kind, done, sentence, arrives, mints }
    }

    fn mint_view(&self, own: &Wallet, mint: &MintUrl, id: &OperationId) -> ScoutedMint {
        let search = self.wallet.operation(id);
        let mut view = ScoutedMint {
            mint: mint.clone(),
            done: search.as_ref().is_none_or(is_over),
            incomplete: false,
            sentence: String::new(),
            found: Sat::ZERO,
            left: Sat::ZERO,
            fee: Sat::ZERO,
            progress: search.as_ref().and_then(|search| search.progress.clone()),
        };
        let problem =
            self.wallet.view().mints.into_iter().find(|known| known.url == *mint).and_then(|known| known.problem);
        let told = search.as_ref().map_or_else(String::new, |search| search.sentence.clone());
        let failed = search.as_ref().is_some_and(|search| search.state == "failed");
        let left_out = view.progress.as_ref().map_or(0, |progress| progress.left_out);
        view.incomplete = failed || left_out > 0;
        let mut said = Vec::new();
        match &self.errand {
            Errand::Rehearsal { before } => {
                let all = own.compare(mint, before, &self.wallet);
                view.found = all.back;
                view.left = Sat::new(all.held.get().saturating_sub(all.back.get()));
                let missing = Sat::new(view.left.get().saturating_sub(all.in_use.get()));
                said.push(match (all.held.is_zero(), view.left.is_zero()) {
                    _ if failed => format!("{told} {} here could not be looked for.", all.held),
                    (true, _) => "This wallet holds nothing here.".to_owned(),
                    (false, true) => format!("All {} would come back.", all.held),
                    (false, false) => format!("{} of {} would come back.", all.back, all.held),
                });
                if !all.handed_out.is_zero() {
                    said.push(format!(
                        "{} of it is in tokens that were given away, and is gone once somebody takes them.",
                        all.handed_out
                    ));
                }
                if !all.in_use.is_zero() {
                    said.push(format!("{} is in use at the mint just now.", all.in_use));
                }
                if !missing.is_zero() && !failed {
                    let why = if left_out > 0 {
                        "a part of the mint's keysets could not be looked at; try again later"
                    } else {
                        "the mint has no unspent ecash of these words for it; it may have been spent with the same words \
                         elsewhere, or be locked"
                    };
                    said.push(format!("{missing} would not come back: {why}."));
                }
                if !all.beyond.is_zero() {
                    said.push(format!(
                        "{} more was found than this wallet knows of; look for lost ecash at this mint.",
                        all.beyond
                    ));
                }
                let unclaimed = own.view().mints.into_iter().find(|known| known.url == *mint);
                let (sat, msat) = unclaimed.map_or((Sat::ZERO, Msat::ZERO), |known| {
                    (known.unclaimed, known.msat.map_or(Msat::ZERO, |msat| msat.unclaimed))
                });
                if !(sat.is_zero() && msat.is_zero()) {
                    let unclaimed = both(sat, msat);
                    said.push(format!(
                        "{unclaimed} in tokens that were not redeemed yet is not in the words and would be lost."
                    ));
                }
            }
            Errand::Sweep => {
                let haul = self.wallet.haul(mint);
                (view.found, view.fee, view.left) = (haul.found, haul.fee, haul.dust);
                said.push(match haul.found.is_zero() {
                    _ if failed => told.clone(),
                    true => "Nothing to take in here.".to_owned(),
                    false => format!("{} found; the mint keeps {}, {} come in.", haul.found, haul.fee, haul.arrives()),
                });
                if !haul.dust.is_zero() {
                    said.push(format!("{} stay where they are: taking them costs as much.", haul.dust));
                }
                let pending = view.progress.as_ref().map_or(0, |progress| progress.pending);
                if pending > 0 {
                    said.push(format!("Coins in use at the mint just now, left alone: {pending}."));
                }
                if left_out > 0 {
                    said.push("A part of the mint's keysets could not be looked at; look again later.".to_owned());
                }
            }
        }
        view.sentence = if view.done { said.join(" ") } else { problem.unwrap_or(told) };
        view
    }
}

fn is_over(search: &OperationView) -> bool {
    !search.open || search.state == "pending"
}

fn rehearsal_sentence(done: bool, back: Sat, left: Sat) -> String {
    match (done, left.is_zero(), back.is_zero()) {
        (false, _, _) => "The mints are being asked. Nothing is moved or stored.".to_owned(),
        (true, true, true) => "This wallet is empty, so nothing would come back yet.".to_owned(),
        (true, true, false) => format!("All {back} would come back."),
        (true, false, _) => format!("{back} would come back and {left} would not, or not yet; each mint says why."),
    }
}

fn sweep_sentence(done: bool, whole: bool, found: Sat, fee: Sat, arrives: Sat) -> String {
    let rest = if whole { "" } else { " Not everything could be looked at; each mint says why." };
    match (done, found.is_zero()) {
        (false, _) => "The mints are being asked. Nothing is moved yet.".to_owned(),
        (true, true) => format!("No money of these words was found that could be taken in.{rest}"),
        (true, false) => format!("{found} found. The mints keep {fee}, and {arrives} come in.{rest}"),
    }
}
