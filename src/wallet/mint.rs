//! What the wallet knows of a mint: info, keysets, keys (NUT-06, NUT-02, NUT-01).
//!
//! ```text
//!   Info ──▶ Keysets ──▶ Keys, one active keyset after the other ──▶ Idle (ready, asked again after six hours,
//!    ▲          │          │                                                    or one while money is set aside)
//!    └──────────┴──────────┴── no answer: again later ── an id that is not the hash of its keys: refused
//! ```

use cashu::Id;
use cashu::nut02::KeySet;
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, RequestId, Step, WalletEvent};
use super::elsewhere::{Elsewhere, Look};
use super::exchange::Phase;
use super::keyset::{Keyset, held_unit, shares_secrets};
use super::live::{Topic, read_topics};
use super::machine::{Ask, Reply, Wallet};
use super::operation::backoff;
use super::quarantine::RETRY_SECS;
use super::trouble::{Kind, Trouble};
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MintUrl, Set, Unit, clip};
use crate::tree::{self, Tree};

const MOST_KEYSETS: usize = 500;
const MOST_KEYS: usize = 256;
const REFRESH_SECS: u64 = 6 * 3600;
/// A mint that asks for a longer pause is asked again all the same.
const LONGEST_PAUSE_SECS: u64 = 3600;

/// A mint, as it is stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Mint {
    pub(super) name: String,
    pub(super) contact: Option<String>,
    pub(super) announces_dleq: bool,
    /// What it says that it can; nothing in records of before it was asked for.
    #[serde(default)]
    pub(super) features: Option<Features>,
    /// Why it must not be used.
    pub(super) refused: Option<String>,
    /// The same phrase showed to be at work elsewhere.
    #[serde(default)]
    pub(super) elsewhere: Option<Elsewhere>,
    #[serde(skip)]
    pub(super) look: Look,
    /// It can tell what it signed (NUT-09) and what was spent (NUT-07). Heard anew before it is asked for.
    #[serde(skip)]
    pub(super) restores: bool,
    /// What it tells of by itself (NUT-17). Heard anew.
    #[serde(skip)]
    pub(super) tells: Set<(Topic, Unit)>,
    /// Keysets of a kind that this program does not know. Heard anew.
    #[serde(skip)]
    pub(super) skipped: usize,
    #[serde(skip)]
    pub(super) run: Refresh,
}

/// What the info of a mint says of Lightning (NUT-04, NUT-05, NUT-08): in sat, and in msat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Features {
    issues: Option<Limits>,
    pays: Option<Limits>,
    #[serde(default)]
    issues_msat: Option<Limits>,
    #[serde(default)]
    pays_msat: Option<Limits>,
    gives_change: bool,
    #[serde(default)]
    locks_quotes: bool,
    #[serde(default)]
    locks_tokens: bool,
}

/// The least and the most in one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limits {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

impl Features {
    fn read(info: &Tree) -> Self {
        let nut = |number: &str| info.get("nuts").and_then(|nuts| nuts.get(number));
        let is = |nut: Option<&Tree>, name: &str| nut.and_then(|nut| nut.get(name)?.bool()).unwrap_or(false);
        let lightning = |nut: Option<&Tree>, unit: Unit| {
            let member = |method: &Tree, name: &str, value: &str| method.get(name).and_then(Tree::text) == Some(value);
            let method = nut.filter(|nut| !is(Some(nut), "disabled"))?.get("methods")?.list()?.iter();
            let method = method
                .filter(|method| member(method, "method", "bolt11"))
                .find(|method| member(method, "unit", unit.as_str()))?;
            let number = |name: &str| method.get(name).and_then(Tree::unsigned);
            Some(Limits { least: number("min_amount"), most: number("max_amount").filter(|most| *most > 0) })
        };
        Self {
            issues: lightning(nut("4"), Unit::Sat),
            pays: lightning(nut("5"), Unit::Sat),
            issues_msat: lightning(nut("4"), Unit::Msat),
            pays_msat: lightning(nut("5"), Unit::Msat),
            gives_change: is(nut("8"), "supported"),
            locks_quotes: is(nut("20"), "supported"),
            locks_tokens: is(nut("10"), "supported") && is(nut("11"), "supported"),
        }
    }

    pub(super) fn locks_tokens(&self) -> bool {
        self.locks_tokens
    }

    pub(super) fn gives_change(&self) -> bool {
        self.gives_change
    }

    pub(super) fn issues(&self, unit: Unit) -> Option<&Limits> {
        match unit {
            Unit::Sat => self.issues.as_ref(),
            Unit::Msat => self.issues_msat.as_ref(),
        }
    }

    pub(super) fn pays(&self, unit: Unit) -> Option<&Limits> {
        match unit {
            Unit::Sat => self.pays.as_ref(),
            Unit::Msat => self.pays_msat.as_ref(),
        }
    }
}

impl Limits {
    fn allow(&self, mint: &MintUrl, amount: Amount) -> Result<(), Error> {
        let (value, unit) = (amount.get(), amount.unit());
        let text = match (self.least, self.most) {
            (Some(least), _) if value < least => {
                format!("{mint} takes no less than {least} {unit} at once; choose more")
            }
            (_, Some(most)) if value > most => format!("{mint} takes no more than {most} {unit} at once; choose less"),
            _ => return Ok(()),
        };
        Err(Error::new(ErrorCode::InvalidInput, text))
    }
}

/// The refresh that is under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Refresh {
    stage: Stage,
    waiting: Option<RequestId>,
    next_at: Option<u64>,
    tries: u32,
    pub(super) trouble: Option<Trouble>,
    /// It asked to be left alone until then.
    pub(super) pause: u64,
    /// When it last answered completely, since the wallet was opened.
    pub(super) heard_at: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Info,
    Keysets,
    Keys(Id),
}

impl Refresh {
    pub(super) fn next_at(&self) -> Option<u64> {
        self.next_at.filter(|_| self.waiting.is_none()).map(|at| at.max(self.pause))
    }

    /// The mint did not answer as mints do. While it wants to be left alone that is what is wrong with it.
    pub(super) fn suffer(&mut self, now: u64, kind: Kind, reason: &str) {
        if self.pause > now && self.trouble.as_ref().is_some_and(Trouble::is_wish_for_a_pause) {
            return;
        }
        let since = self.trouble.as_ref().map_or(now, |trouble| trouble.since);
        self.trouble = Some(Trouble::new(kind, since, reason));
    }

    /// The mint answers. It may have asked to be left alone all the same.
    pub(super) fn recover(&mut self, now: u64) {
        if self.pause <= now {
            self.trouble = None;
        }
    }

    /// All was asked: the next time is after so many seconds, or at the end of a pause.
    fn done(&mut self, now: u64, secs: u64) {
        self.recover(now);
        let (pause, trouble) = (self.pause, self.trouble.take());
        let soon = Some(pause).filter(|end| *end > now).unwrap_or(u64::MAX);
        let next_at = Some(now.saturating_add(secs).min(soon));
        *self = Self { next_at, pause, trouble, ..Self::default() };
    }

    pub(super) fn be_due(&mut self, now: u64) {
        self.next_at = self.next_at.map(|at| at.min(now));
        self.pause = self.pause.min(now);
    }

    pub(super) fn leave_alone(&mut self, now: u64, secs: u64) {
        self.pause = self.pause.max(now.saturating_add(secs.min(LONGEST_PAUSE_SECS)));
        // Whatever else is due: only an answer ends what people see of it.
        self.next_at = Some(self.next_at.map_or(self.pause, |at| at.min(self.pause)));
    }

    /// Something was set aside: the next refresh, which tries it again, comes sooner.
    pub(super) fn retry_soon(&mut self, now: u64) {
        let soon = now.saturating_add(RETRY_SECS);
        self.next_at = self.next_at.map(|at| at.min(soon));
    }
}

impl Wallet {
    /// Makes a record for a mint that is new. To a seed that had a life before it tells first what that left there: the search
    /// for it is returned, and begins when the mint was heard.
    pub(super) fn know_mint(&mut self, now: u64, mint: &MintUrl) -> Option<OperationId> {
        if self.mints.contains_key(mint) {
            return None;
        }
        self.mints.insert(mint.clone(), Mint::default());
        self.mark_mint(mint);
        self.had_a_life().then(|| self.begin_catch_up(now, mint))
    }

    /// The mint asked to be left alone until then.
    pub(super) fn pause_of(&self, mint: &MintUrl) -> u64 {
        self.mints.get(mint).map_or(0, |known| known.run.pause)
    }

    /// Whether the mint says that it issues this much at once for a Lightning payment.
    pub(super) fn can_issue(&self, mint: &MintUrl, amount: Amount) -> Result<(), Error> {
        let Some(features) = self.mints.get(mint).and_then(|mint| mint.features.as_ref()) else { return Ok(()) };
        let unit = amount.unit();
        let without = || lacks(format!("{mint} takes no Lightning payments in {unit}; use a token, or another mint"));
        features.issues(unit).ok_or_else(without)?.allow(mint, amount)
    }

    pub(super) fn locks_quotes(&self, mint: &MintUrl) -> bool {
        self.mints.get(mint).and_then(|mint| mint.features.as_ref()).is_some_and(|features| features.locks_quotes)
    }

    /// Whether the mint says that it heeds locks: one that does not gives locked ecash to anybody.
    pub(super) fn can_lock(&self, mint: &MintUrl) -> Result<(), Error> {
        let features = self.mints.get(mint).and_then(|mint| mint.features.as_ref());
        if features.is_some_and(|features| features.locks_tokens) {
            return Ok(());
        }
        let text = format!(
            "{mint} does not say that it locks tokens to a key (NUT-11); send an unlocked one, or use another mint"
        );
        Err(lacks(text))
    }

    pub(super) fn pays_lightning(&self, mint: &MintUrl) -> bool {
        self.mints.get(mint).and_then(|mint| mint.features.as_ref()).is_some_and(|features| features.pays.is_some())
    }

    /// Whether the mint says that it pays invoices over this much, and gives change for what that did not cost.
    pub(super) fn can_pay(&self, mint: &MintUrl, amount: Amount) -> Result<(), Error> {
        let Some(features) = self.mints.get(mint).and_then(|mint| mint.features.as_ref()) else { return Ok(()) };
        let unit = amount.unit();
        let without = || lacks(format!("{mint} pays no Lightning invoices from {unit}; pay from another mint"));
        features.pays(unit).ok_or_else(without)?.allow(mint, amount)?;
        if !features.gives_change {
            let text = format!(
                "{mint} gives no change for Lightning fees (NUT-08), so paying from it would cost more than it must; pay from another mint"
            );
            return Err(lacks(text));
        }
        Ok(())
    }

    /// Asks for everything anew, unless that is being done.
    pub(super) fn refresh(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        if known.run.waiting.is_none() {
            known.run.stage = Stage::Info;
            known.run.next_at = Some(now);
            self.pump_mint(now, mint, step);
        }
    }

    pub(super) fn pump_mint(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        if known.run.next_at().is_none_or(|at| at > now) {
            return;
        }
        if known.run.stage == Stage::Idle {
            known.run.stage = Stage::Info;
        }
        let (path, ask) = match known.run.stage {
            Stage::Idle | Stage::Info => ("/v1/info".to_owned(), Ask::Info(mint.clone())),
            Stage::Keysets => ("/v1/keysets".to_owned(), Ask::Keysets(mint.clone())),
            Stage::Keys(id) => (format!("/v1/keys/{id}"), Ask::Keys(mint.clone(), id)),
        };
        let request = self.ask(mint, Method::Get, path, None, ask, step);
        if let Some(known) = self.mints.get_mut(mint) {
            known.run.waiting = Some(request);
        }
    }

    pub(super) fn info_answered(&mut self, now: u64, mint: &MintUrl, (kind, reply): (Kind, Reply), step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.waiting = None;
        let info = match reply {
            Reply::Body(body) => match tree::json(&body) {
                Some(info @ Tree::Members(_)) => info,
                Some(_) | None => return self.trouble(now, mint, Kind::Failing, "its info is not readable", step),
            },
            Reply::Refused(refusal) => return self.trouble(now, mint, Kind::Failing, &refusal.detail, step),
            Reply::Unknown(reason) => return self.trouble(now, mint, kind, &reason, step),
        };
        let name = clean(info.get("name").and_then(Tree::text).unwrap_or_default());
        let contact = info.get("contact").and_then(Tree::list).and_then(|list| list.first());
        let contact = contact.and_then(|entry| entry.get("info")).and_then(Tree::text).map(clean);
        let supports =
            |nut: &str| info.get("nuts").and_then(|nuts| nuts.get(nut)?.get("supported")?.bool()).unwrap_or(false);
        let announces_dleq = supports("12");
        known.restores = supports("7") && supports("9");
        known.tells = read_topics(&info);
        let features = Some(Features::read(&info));
        if (&name, &contact, announces_dleq, &features)
            != (&known.name, &known.contact, known.announces_dleq, &known.features)
        {
            known.features = features;
            known.name = name;
            known.contact = contact;
            known.announces_dleq = announces_dleq;
            self.mark_mint(mint);
        }
        self.next_stage(now, mint, Stage::Keysets, step);
    }

    pub(super) fn keysets_answered(&mut self, now: u64, mint: &MintUrl, (kind, reply): (Kind, Reply), step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.waiting = None;
        let listed = match reply {
            Reply::Body(body) => match read_keysets(&body) {
                Some((listed, skipped)) => {
                    known.skipped = skipped;
                    listed
                }
                None => return self.trouble(now, mint, Kind::Failing, "its list of keysets is not readable", step),
            },
            Reply::Refused(refusal) => return self.trouble(now, mint, Kind::Failing, &refusal.detail, step),
            Reply::Unknown(reason) => return self.trouble(now, mint, kind, &reason, step),
        };
        let mut reasons = Vec::new();
        for mut keyset in listed {
            let kept = self.keysets.get(&(mint.clone(), keyset.id)).cloned();
            if let Some(kept) = &kept {
                keyset.keys.clone_from(&kept.keys);
                let same = keyset.keys.as_ref().is_none_or(|keys| keyset.id_matches(keys));
                if keyset.unit != kept.unit || !same {
                    reasons
                        .push(format!("its keyset {} has another unit, fee or expiry than before", short(keyset.id)));
                    continue;
                }
            } else if self.keysets.keys().any(|(_, id)| shares_secrets(*id, keyset.id)) {
                reasons.push(format!("its keyset {} would share secrets with another one", short(keyset.id)));
                continue;
            }
            if kept.as_ref() != Some(&keyset) {
                self.put_keyset(mint, keyset);
            }
        }
        match reasons.into_iter().next() {
            Some(reason) => self.refuse_mint(now, mint, reason, step),
            None => self.next_keys(now, mint, step),
        }
    }

    pub(super) fn keys_answered(
        &mut self,
        now: u64,
        mint: &MintUrl,
        id: Id,
        (kind, reply): (Kind, Reply),
        step: &mut Step,
    ) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.waiting = None;
        let body = match reply {
            Reply::Body(body) => body,
            Reply::Refused(refusal) => return self.trouble(now, mint, Kind::Failing, &refusal.detail, step),
            Reply::Unknown(reason) => return self.trouble(now, mint, kind, &reason, step),
        };
        let Some(keyset) = self.keysets.get(&(mint.clone(), id)) else { return };
        match shown_keys(keyset, &body) {
            Some(Ok(keyset)) => self.put_keyset(mint, keyset),
            Some(Err(reason)) => return self.refuse_mint(now, mint, reason, step),
            None => return self.trouble(now, mint, Kind::Failing, "its keys are not readable", step),
        }
        self.next_keys(now, mint, step);
    }

    /// Asks for the keys of the next active keyset that has none, or is done.
    fn next_keys(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        let missing = self.keysets.iter().find(|((url, _), keyset)| url == mint && keyset.waits_for_keys());
        match missing.map(|((_, id), _)| *id) {
            Some(id) => self.next_stage(now, mint, Stage::Keys(id), step),
            None => self.refreshed(now, mint, step),
        }
    }

    fn refreshed(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        let usable = Unit::ALL.map(|unit| self.signing_keyset(now, mint, unit).is_some());
        let nothing_set_aside = Unit::ALL.iter().all(|unit| self.set_aside(mint, *unit).is_empty());
        let rest = if nothing_set_aside { REFRESH_SECS } else { RETRY_SECS };
        let is_searched = self.is_search_waiting(mint);
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.done(now, rest);
        known.run.heard_at = Some(now);
        if known.refused.take().is_some() {
            self.mark_mint(mint);
        }
        self.begin_restores(now, mint, step);
        if usable == [false; 2] {
            let text = format!("{mint} has no active keyset in sat or msat, so it signs no new ecash");
            step.events.push(WalletEvent::MintTrouble { mint: mint.clone(), text });
            return self.end_waiting_sends(now, mint, None, step);
        }
        step.events.push(WalletEvent::MintReady(mint.clone()));
        self.unpark(now, mint, step);
        let moves = !self.is_scout;
        for (unit, usable) in Unit::ALL.into_iter().zip(usable) {
            if !usable {
                self.end_waiting_sends(now, mint, Some(unit), step);
            } else if moves {
                self.retry_set_aside(now, mint, unit, step);
                self.rotate(now, mint, unit, step);
            }
        }
        if moves && !is_searched {
            self.look_soon(now, mint);
        }
    }

    /// Goes on with what waited for this mint's keys.
    pub(super) fn unpark(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        let parked: Vec<_> =
            self.ops.iter().filter(|(_, op)| op.mint == *mint && op.waits_for_keys()).map(|(id, _)| *id).collect();
        for id in parked {
            self.go_on(now, id, Phase::Post);
            self.pump(now, id, step);
        }
    }

    fn next_stage(&mut self, now: u64, mint: &MintUrl, stage: Stage, step: &mut Step) {
        if let Some(known) = self.mints.get_mut(mint) {
            known.run.stage = stage;
            known.run.next_at = Some(now);
        }
        self.pump_mint(now, mint, step);
    }

    fn trouble(&mut self, now: u64, mint: &MintUrl, kind: Kind, reason: &str, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.tries = known.run.tries.saturating_add(1);
        known.run.stage = Stage::Info;
        known.run.next_at = Some(now.saturating_add(backoff(known.run.tries)));
        let is_new = known.run.tries == 1;
        known.run.suffer(now, kind, reason);
        if let Some(text) = self.told_of_trouble(now, mint).filter(|_| is_new) {
            step.events.push(WalletEvent::MintTrouble { mint: mint.clone(), text });
        }
    }

    fn refuse_mint(&mut self, now: u64, mint: &MintUrl, reason: String, step: &mut Step) {
        let Some(known) = self.mints.get_mut(mint) else { return };
        known.run.done(now, REFRESH_SECS);
        if known.refused.as_ref() != Some(&reason) {
            known.refused = Some(reason.clone());
            self.mark_mint(mint);
        }
        let stays = if self.holds_at(mint) { "; its money stays where it is" } else { "" };
        let text = format!("{mint} cannot be used: {reason}{stays}");
        step.events.push(WalletEvent::MintTrouble { mint: mint.clone(), text });
        self.end_waiting_sends(now, mint, None, step);
        self.end_waiting_restores(now, mint, &reason, step);
    }
}

fn lacks(text: String) -> Error {
    Error::new(ErrorCode::InvalidInput, text)
}

/// The keyset with the keys that an answer shows for it, or why they are not its own; nothing for what is no answer.
pub(super) fn shown_keys(keyset: &Keyset, body: &str) -> Option<Result<Keyset, String>> {
    let answer = tree::json(body)?;
    let listed = answer.get("keysets")?.list()?;
    let mut shown = listed.iter().filter_map(|shown| shown.read::<KeySet>().ok());
    let KeySet { keys, unit, .. } = shown.find(|shown| shown.id == keyset.id)?;
    if keys.len() > MOST_KEYS || held_unit(&unit) != keyset.unit() || !keyset.id_matches(&keys) {
        let id = short(keyset.id);
        return Some(Err(format!("the keys it shows for keyset {id} are not those the id was made from")));
    }
    Some(Ok(Keyset { keys: Some(keys), ..keyset.clone() }))
}

/// The beginning of an id, for use in a message.
fn short(id: Id) -> String {
    let id = id.to_string();
    match id.get(..16) {
        Some(beginning) if id.len() > 16 => format!("{beginning}…"),
        Some(_) | None => id,
    }
}

/// Keysets of a kind this program does not know are skipped, and counted.
fn read_keysets(body: &str) -> Option<(Vec<Keyset>, usize)> {
    let body = tree::json(body)?;
    let listed = body.get("keysets")?.list()?;
    let known: Vec<Keyset> = listed.iter().take(MOST_KEYSETS).filter_map(read_keyset).collect();
    let skipped = listed.len().saturating_sub(known.len());
    Some((known, skipped))
}

fn read_keyset(value: &Tree) -> Option<Keyset> {
    let number = |name: &str| match value.get(name) {
        None | Some(Tree::Null) => Some(None),
        Some(number) => number.unsigned().map(Some),
    };
    Some(Keyset {
        id: value.get("id")?.text()?.parse().ok()?,
        unit: clip(value.get("unit")?.text()?),
        active: value.get("active")?.bool()?,
        input_fee_ppk: number("input_fee_ppk")?.unwrap_or(0),
        final_expiry: number("final_expiry")?.filter(|end| *end > 0),
        keys: None,
    })
}

/// A stranger's words, without control and direction characters, clipped.
pub(crate) fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    clip(text.chars().filter(|c| !hidden(*c)).collect::<String>().trim())
}
