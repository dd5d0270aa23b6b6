//! What was learnt of a provider at our own cost, kept over restarts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effect::Turn;
use super::order::{LONGEST_SECS, MINIMUM_SECS};
use super::settings;
use crate::error::Error;
use crate::model::{Map, MintUrl, ProviderKey, Set};

const VERSION: u8 = 1;

/// What is held against a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Experience {
    version: u8,
    /// Mints that it was seen unable to redeem from.
    pub(super) unredeemable: Set<MintUrl>,
    /// The shortest lease that it sells by its own word, in seconds. It is in no offer (PROTOCOL §3.6).
    pub(super) minimum_secs: u64,
}

impl Default for Experience {
    fn default() -> Self {
        Self { version: VERSION, unredeemable: Set::new(), minimum_secs: MINIMUM_SECS }
    }
}

impl Experience {
    /// Reads what was learnt of all providers.
    ///
    /// # Errors
    /// [`ErrorCode::Store`](crate::ErrorCode::Store) when a record is damaged or of a newer version.
    pub(super) fn open(records: &BTreeMap<String, String>) -> Result<Map<ProviderKey, Self>, Error> {
        let mut all = Map::new();
        for (key, text) in records {
            if let Some(provider) = key.strip_prefix("experience/").and_then(|hex| hex.parse::<ProviderKey>().ok()) {
                let experience: Self = settings::read(text)?;
                settings::check_version(experience.version)?;
                all.insert(provider, experience);
            }
        }
        Ok(all)
    }

    pub(super) fn save(&self, turn: &mut Turn, provider: &ProviderKey) {
        turn.put(format!("experience/{provider}"), self);
    }

    /// Believes a provider that names its minimum, unless nobody could ever pay for that long.
    pub(super) fn learn_minimum(&mut self, secs: u64) {
        if secs <= LONGEST_SECS {
            self.minimum_secs = secs.max(MINIMUM_SECS);
        }
    }
}
