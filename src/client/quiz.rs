//! Whether the phrase was written down: a few of its words are asked for. And the end of everything that is stored here.

use rand::RngExt;

use super::effect::Turn;
use super::lease::State;
use super::{Client, Effect, View};
use crate::error::{Error, ErrorCode};
use crate::model::{Msat, Sat, Set};
use crate::wallet::{MintView, both};

/// So many words are asked for.
const ASKED: usize = 3;

impl Client {
    /// Which words of the phrase are asked for, counted from 1. Asked for anew until they were answered well.
    pub fn phrase_quiz(&mut self) -> Vec<usize> {
        if self.quiz.is_empty() {
            let words = self.account.phrase.words().split(' ').count();
            let mut asked = Set::new();
            while asked.len() < ASKED.min(words) {
                asked.insert(self.rng.random_range(1..=words));
            }
            self.quiz = asked.iter().copied().collect();
        }
        self.quiz.clone()
    }

    /// Remembers that the phrase was written down, if these are the words that [`phrase_quiz`](Self::phrase_quiz) asked for.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`] with the places of the wrong words, [`ErrorCode::WrongState`] when nothing was asked,
    /// [`ErrorCode::Store`].
    pub fn answer_quiz(&mut self, now: u64, words: &[String]) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        self.check_quiz(words)?;
        self.quiz.clear();
        let mut turn = Turn::default();
        self.has_phrase(&mut turn);
        Ok(self.finish(now, turn))
    }

    /// The person showed to have the phrase.
    pub(super) fn has_phrase(&mut self, turn: &mut Turn) {
        self.account.phrase_saved = true;
        self.account.save(turn);
        turn.changed.insert(View::Settings);
    }

    /// Erases everything that is stored: [`Effect::Erase`] follows, and nothing after it. While something would be lost
    /// the words that [`phrase_quiz`](Self::phrase_quiz) asked for must be given.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] with what would be lost, [`ErrorCode::InvalidPhrase`], [`ErrorCode::Store`].
    pub fn erase_device(&mut self, words: Option<&[String]>) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let kept = self.kept();
        match words {
            Some(words) => self.check_quiz(words)?,
            None if kept.is_empty() => {}
            None => {
                let text = format!(
                    "there is something here: {}; answer the question for your words to erase it all the same",
                    kept.join(", ")
                );
                return Err(Error::new(ErrorCode::WrongState, text));
            }
        }
        self.outbox.erased();
        Ok(vec![Effect::Erase])
    }

    fn check_quiz(&self, words: &[String]) -> Result<(), Error> {
        if self.quiz.is_empty() || self.quiz.len() != words.len() {
            let text = "no words were asked for, or not so many; ask for the question first";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let phrase: Vec<&str> = self.account.phrase.words().split(' ').collect();
        let is_wrong =
            |(at, word): &(&usize, &String)| phrase.get(*at - 1) != Some(&word.trim().to_lowercase().as_str());
        let wrong = self.quiz.iter().zip(words).filter(is_wrong).map(|(at, _)| at.to_string()).collect::<Vec<_>>();
        match wrong.as_slice() {
            [] => Ok(()),
            [one] => Err(Error::new(
                ErrorCode::InvalidPhrase,
                format!("word {one} is another one; look at your paper, and at the words once more if it is not on it"),
            )),
            several => Err(Error::new(
                ErrorCode::InvalidPhrase,
                format!(
                    "words {} are others; look at your paper, and at the words once more if they are not on it",
                    several.join(" and ")
                ),
            )),
        }
    }

    /// What would be lost, or hard to bring back.
    fn kept(&self) -> Vec<String> {
        let wallet = self.wallet.view();
        let (sat, msat): (Vec<Sat>, Vec<Msat>) = wallet.mints.iter().map(MintView::held).unzip();
        let (sat, msat): (Sat, Msat) = (sat.into_iter().sum(), msat.into_iter().sum());
        let which = if wallet.only_here.is_empty() {
            "which only the twelve words bring back"
        } else {
            "of which the twelve words bring back a part only"
        };
        let open = wallet.operations.iter().filter(|operation| operation.open || operation.can_retry).count();
        let leases = self.leases.values();
        let leases = leases.filter(|lease| lease.is_undecided() || lease.state == State::Running).count();
        let counted = |number: usize, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("one {one}")),
            number => Some(format!("{number} {many}")),
        };
        let has_money = !sat.is_zero() || !msat.is_zero();
        let money = has_money.then(|| format!("{}, {which}", both(sat, msat)));
        let leases = counted(
            leases,
            "workload, which only this browser can reach",
            "workloads, which only this browser can reach",
        );
        [money, counted(open, "open operation of the wallet", "open operations of the wallet"), leases]
            .into_iter()
            .flatten()
            .collect()
    }
}
