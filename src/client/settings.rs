//! What the person chose, and the account: relays, quorum, the phrase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::effect::Turn;
use crate::durable_workload::QuorumConfig;
use crate::error::{Error, ErrorCode};
use crate::keys::Phrase;
use crate::model::{RelayUrl, Set};
use crate::tree;

pub(super) const ACCOUNT: &str = "meta/account";
const SETTINGS: &str = "meta/settings";
const VERSION: u8 = 1;

/// The phrase and what was used up of it.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) phrase: Phrase,
    pub(super) phrase_saved: bool,
    /// The next NIP-06 account to use for a lease; never goes back.
    pub(super) next_lease: u32,
}

#[derive(Serialize, Deserialize)]
struct AccountRecord {
    version: u8,
    phrase: String,
    phrase_saved: bool,
    next_lease: u32,
}

/// What the person chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    version: u8,
    pub(super) relays: Set<RelayUrl>,
    pub(super) quorum: QuorumConfig,
    /// After so long without anybody touching it the page is locked, where there is a passphrase.
    #[serde(default)]
    pub(super) lock_after_secs: Option<u32>,
}

impl Account {
    /// Reads the account, or makes one from entropy in an empty store.
    pub(super) fn open(records: &BTreeMap<String, String>, turn: &mut Turn, entropy: [u8; 16]) -> Result<Self, Error> {
        let Some(text) = records.get(ACCOUNT) else {
            if records.keys().any(|key| key.starts_with("wallet/") || key.starts_with("lease/")) {
                return Err(unreadable("the phrase is missing though there are records of money"));
            }
            let account = Self { phrase: Phrase::from_entropy(entropy), phrase_saved: false, next_lease: 1 };
            account.save(turn);
            return Ok(account);
        };
        let mut record: AccountRecord = read(text)?;
        check_version(record.version)?;
        let phrase = Phrase::parse(&record.phrase).map_err(|_| unreadable("the stored phrase is damaged"));
        record.phrase.zeroize();
        let phrase = phrase?;
        Ok(Self { phrase, phrase_saved: record.phrase_saved, next_lease: record.next_lease.max(1) })
    }

    pub(super) fn save(&self, turn: &mut Turn) {
        let mut record = AccountRecord {
            version: VERSION,
            phrase: self.phrase.words().to_owned(),
            phrase_saved: self.phrase_saved,
            next_lease: self.next_lease,
        };
        turn.put(ACCOUNT, &record);
        record.phrase.zeroize();
    }
}

impl Settings {
    pub(super) fn open(records: &BTreeMap<String, String>) -> Result<Self, Error> {
        let Some(text) = records.get(SETTINGS) else {
            return Ok(Self {
                version: VERSION,
                relays: Set::new(),
                quorum: QuorumConfig::default(),
                lock_after_secs: None,
            });
        };
        let settings: Self = read(text)?;
        check_version(settings.version)?;
        Ok(settings)
    }

    pub(super) fn save(&self, turn: &mut Turn) {
        turn.put(SETTINGS, self);
    }

    /// Takes new quorum numbers.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidQuorum`] when more relays must agree than there are, or a time makes no sense.
    pub(super) fn set_quorum(&mut self, quorum: QuorumConfig) -> Result<(), Error> {
        let refuse = |text: String| Err(Error::new(ErrorCode::InvalidQuorum, text));
        let relays = self.relays.len();
        if usize::from(quorum.m) > relays {
            return refuse(format!(
                "{} relays would have to agree, but there are only {relays}; add relays or choose a smaller number",
                quorum.m
            ));
        }
        if quorum.m == 0 {
            return refuse("at least one relay must have heard the provider; choose 1 or more".to_owned());
        }
        if quorum.n < quorum.m {
            return refuse(format!("{} of {} is more than all; choose a smaller first number", quorum.m, quorum.n));
        }
        for (name, secs) in [
            ("quiet after", quorum.t1_secs),
            ("gone after another", quorum.t2_secs),
            ("heartbeats of", quorum.stale_secs),
        ] {
            if !(5..=86_400).contains(&secs) {
                return refuse(format!(
                    "{name} {secs} seconds is not between 5 seconds and a day; choose another time"
                ));
            }
        }
        self.quorum = quorum;
        Ok(())
    }
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Error> {
    tree::read(text).ok_or_else(|| unreadable("a record cannot be read"))
}

pub(super) fn check_version(version: u8) -> Result<(), Error> {
    if version > VERSION {
        return Err(unreadable("it was written by a newer version of this program"));
    }
    Ok(())
}

pub(super) fn unreadable(what: &str) -> Error {
    Error::new(
        ErrorCode::Store,
        format!("the store cannot be used: {what}; nothing was changed, keep it and open it with the newest version"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Gather;

    fn settings(relays: usize) -> Settings {
        let relays = (0..relays).map(|n| format!("wss://r{n}").parse().expect("a relay URL")).into_set();
        Settings { version: VERSION, relays, quorum: QuorumConfig::default(), lock_after_secs: None }
    }

    #[test]
    fn more_agreeing_relays_than_relays_are_refused_with_the_reason() {
        let mut settings = settings(2);
        let error = settings.set_quorum(QuorumConfig { m: 3, ..QuorumConfig::default() }).expect_err("3 of 2");
        assert_eq!(error.code(), ErrorCode::InvalidQuorum);
        assert!(error.message().contains("only 2"), "{error}");
        assert_eq!(settings.set_quorum(QuorumConfig { m: 2, ..QuorumConfig::default() }), Ok(()));
    }

    #[test]
    fn a_store_with_money_but_no_phrase_is_refused() {
        let records = BTreeMap::from([("wallet/proof/00".to_owned(), "{}".to_owned())]);
        let error = Account::open(&records, &mut Turn::default(), [0; 16]).expect_err("no phrase");
        assert_eq!(error.code(), ErrorCode::Store);
    }

    #[test]
    fn an_account_reads_back_as_it_was_written() {
        let mut turn = Turn::default();
        let made = Account::open(&BTreeMap::new(), &mut turn, [7; 16]).expect("an empty store");
        let records = turn.records.into_iter().filter_map(|r| Some((r.key, r.value?))).collect();
        let read = Account::open(&records, &mut Turn::default(), [8; 16]).expect("just written");
        assert_eq!(read.phrase.words(), made.phrase.words());
        assert_eq!(read.next_lease, 1);
    }
}
