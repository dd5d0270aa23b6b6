//! What people look at: queries answered in Rust, each with a revision so that a view redraws only what changed.

mod lease;
mod market;

use serde::{Deserialize, Serialize};

pub use lease::{AccessView, EvidenceView, LeaseView, LeasesView, MoneyView, PortView};
pub use market::{HeardView, MarketPage, MarketQuery, MarketRow, Sort, TemplatePortView, TemplateView, TierView};

use super::Client;
use super::address::AddressView;
use super::effect::View;
use super::notices::Notice;
use super::relays::{LineKey, LineState};
use super::scout::ScoutView;
use crate::wallet::WalletView;

/// The wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WalletPage {
    /// Grows with every change.
    pub revision: u32,
    /// Balances and operations.
    #[serde(flatten)]
    pub wallet: WalletView,
    /// The search that moves nothing, if there is one.
    pub scout: Option<ScoutView>,
    /// The Lightning address that was asked last.
    pub address: Option<AddressView>,
}

/// Relays and what was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Grows with every change.
    pub revision: u32,
    /// The relays.
    pub relays: Vec<RelayView>,
    /// The quorum.
    pub quorum: QuorumView,
    /// The phrase was written down.
    pub phrase_saved: bool,
    /// What is stored is sealed under a passphrase.
    pub sealed: bool,
    /// After so long without anybody touching it the page is locked.
    pub lock_after_secs: Option<u32>,
    /// How many of the relays keep the list of mints, so that the phrase alone finds them.
    pub mint_list_relays: u32,
    /// How far the providers' clocks are ahead of ours.
    pub clock_offset_secs: i64,
    /// Why nothing is sent any more.
    pub store_problem: Option<String>,
}

/// The quorum in JavaScript's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuorumView {
    /// So many relays must have heard the provider …
    pub m: u8,
    /// … of so many.
    pub n: u8,
    /// Silence until suspect.
    pub t1_secs: u64,
    /// Suspect until evicted.
    pub t2_secs: u64,
    /// The oldest heartbeat that counts.
    pub stale_secs: u64,
}

/// One relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelayView {
    /// Its address.
    pub url: String,
    /// `connecting`, `open` or `waiting`.
    pub state: &'static str,
    /// Its last reason.
    pub reason: Option<String>,
    /// Events delivered.
    pub events: u64,
    /// Frames refused.
    pub refused: u64,
    /// When it is tried again.
    pub retry_at: Option<u64>,
}

/// What strangers got wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticesView {
    /// Grows with every change.
    pub revision: u32,
    /// The newest first.
    pub notices: Vec<Notice>,
}

impl Client {
    fn revision(&self, view: View) -> u32 {
        self.revisions.get(&view).copied().unwrap_or(0)
    }

    /// The wallet.
    #[must_use]
    pub fn wallet(&self) -> WalletPage {
        let mut wallet = self.wallet.view();
        for op in &mut wallet.operations {
            op.delivery = self.delivery_view(op.id);
        }
        WalletPage {
            revision: self.revision(View::Wallet),
            wallet,
            scout: self.scout_view(),
            address: self.address_view(),
        }
    }

    /// Relays and what was chosen.
    #[must_use]
    pub fn settings(&self, now: u64) -> SettingsView {
        let quorum = self.settings.quorum;
        let relays = self
            .settings
            .relays
            .iter()
            .filter_map(|url| self.relays.line(&LineKey::shared(url)).map(|line| (url, line)))
            .map(|(url, line)| {
                let (state, retry_at) = match line.state {
                    LineState::Waiting { retry_at } => ("waiting", Some(retry_at)),
                    LineState::Connecting { .. } => ("connecting", None),
                    LineState::Open { .. } if self.relays.is_connected(now, url) => ("open", None),
                    LineState::Open { .. } => ("connecting", None),
                };
                RelayView {
                    url: url.to_string(),
                    state,
                    reason: line.reason.clone(),
                    events: line.events,
                    refused: line.refused,
                    retry_at,
                }
            })
            .collect();
        let kept_by = self.settings.relays.iter().filter(|url| self.mint_list.is_kept_by(url));
        SettingsView {
            revision: self.revision(View::Settings),
            relays,
            quorum: QuorumView {
                m: quorum.m,
                n: quorum.n,
                t1_secs: quorum.t1_secs,
                t2_secs: quorum.t2_secs,
                stale_secs: quorum.stale_secs,
            },
            phrase_saved: self.account.phrase_saved,
            sealed: self.stored.seal().is_some(),
            lock_after_secs: self.settings.lock_after_secs,
            mint_list_relays: u32::try_from(kept_by.count()).unwrap_or(u32::MAX),
            clock_offset_secs: self.market.clock_offset(),
            store_problem: self.outbox.problem().map(str::to_owned),
        }
    }

    /// What strangers got wrong, the newest first.
    #[must_use]
    pub fn notices(&self) -> NoticesView {
        NoticesView { revision: self.revision(View::Notices), notices: self.notices.list() }
    }
}
