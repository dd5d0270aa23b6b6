//! What people look at: queries answered in Rust, each with a revision so that a view redraws only what changed.

use serde::{Deserialize, Serialize};

use super::Client;
use super::effect::View;
use super::lease::{Entry, Lease, State, Token, Why};
use super::market::{Listing, ONLINE_SECS};
use super::notices::Notice;
use super::order::offer_problems;
use super::relays::{LineKey, LineState};
use crate::durable_workload::WorkloadState;
use crate::model::{MintUrl, Msat, ProviderKey, Sat};
use crate::protocol::{self, Offer};
use crate::wallet::WalletView;

const MOST_ROWS: usize = 500;

/// What to list of the market.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MarketQuery {
    /// Part of a name, or the beginning of a key.
    pub text: Option<String>,
    /// Only providers heard in the last two minutes.
    pub online_only: bool,
    /// Only providers that the wallet can pay now.
    pub payable_only: bool,
    /// The order; by price when left out.
    pub sort: Sort,
    /// How many rows to pass over.
    pub offset: usize,
    /// How many rows to return, at most 500.
    pub limit: Option<usize>,
}

/// The order of market rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The cheapest tier first.
    #[default]
    Price,
    /// By name.
    Name,
    /// The last heard first.
    Heard,
}

/// A page of the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketPage {
    /// Grows with every change.
    pub revision: u32,
    /// How many rows match.
    pub total: usize,
    /// The rows asked for.
    pub rows: Vec<MarketRow>,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketRow {
    /// Its key in hex.
    pub provider: String,
    /// Its key as npub.
    pub npub: String,
    /// What it calls itself: a label, not an identity.
    pub name: String,
    /// Where it says it is.
    pub location: Option<String>,
    /// What it says of its isolation.
    pub isolation: String,
    /// What it sells.
    pub tiers: Vec<TierView>,
    /// The mints it takes.
    pub mints: Vec<String>,
    /// Heard in the last two minutes.
    pub online: bool,
    /// When it was last heard.
    pub last_heard: Option<u64>,
    /// Which relays delivered its heartbeats, and when.
    pub heard_by: Vec<HeardView>,
    /// How many leases it says it has.
    pub active_workloads: Option<u32>,
    /// The wallet can buy the minimum of its cheapest tier now.
    pub payable: bool,
    /// Why nothing can be rented from it.
    pub problems: Vec<String>,
}

/// When a relay last delivered a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeardView {
    /// The relay.
    pub relay: String,
    /// Unix seconds.
    pub at: u64,
}

/// One tier of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TierView {
    /// Its id in orders.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the provider says of it.
    pub description: String,
    /// Thousandths of a core.
    pub cpu_millicores: u64,
    /// Megabytes.
    pub memory_mb: u64,
    /// The price as it is billed.
    pub rate_msat_per_sec: Msat,
    /// The price for people, rounded up.
    pub sat_per_hour: Sat,
}

/// A template, ready to be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// Its slug in orders.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What it listens on.
    pub ports: Vec<TemplatePortView>,
    /// The least it needs.
    pub min_cpu_millicores: u64,
    /// The least it needs.
    pub min_memory_mb: u64,
    /// What to know before paying.
    pub warnings: Vec<String>,
}

/// A port of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplatePortView {
    /// The port inside.
    pub port: u16,
    /// What it is.
    pub label: String,
}

/// All leases, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeasesView {
    /// Grows with every change.
    pub revision: u32,
    /// The leases.
    pub leases: Vec<LeaseView>,
}

/// One lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseView {
    /// Its id.
    pub id: String,
    /// The provider's key in hex.
    pub provider: String,
    /// What the provider calls itself.
    pub provider_name: String,
    /// The tier's name.
    pub tier: String,
    /// The image or template.
    pub what: String,
    /// Where it stands.
    pub state: &'static str,
    /// The same as a sentence.
    pub sentence: String,
    /// What is known of the workload's life.
    pub liveness: &'static str,
    /// The same as a sentence.
    pub liveness_sentence: String,
    /// How it is judged, when not as configured.
    pub judged_by: Option<String>,
    /// Which relay heard the provider, and when.
    pub evidence: Vec<EvidenceView>,
    /// When it was ordered.
    pub created_at: u64,
    /// When the time paid for is over.
    pub expires_at: Option<u64>,
    /// What the token was worth.
    pub paid: Sat,
    /// How to get in.
    pub access: Option<AccessView>,
    /// Where the money is.
    pub money: MoneyView,
    /// What happened.
    pub journal: Vec<Entry>,
    /// A request is held back since a restart and may be sent.
    pub can_resume: bool,
    /// The token may be taken back.
    pub can_reclaim: bool,
}

/// What one relay knows of a provider's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// The relay.
    pub relay: String,
    /// It talks to us now.
    pub connected: bool,
    /// When it last delivered a fresh heartbeat.
    pub heard_at: Option<u64>,
}

/// How to get into a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessView {
    /// As the provider says; may be anything.
    pub host: String,
    /// For SSH.
    pub ssh_port: u16,
    /// For SSH.
    pub username: String,
    /// Ask for the password by [`Client::lease_password`].
    pub password_known: bool,
    /// What else is published.
    pub ports: Vec<PortView>,
    /// What was delivered.
    pub cpu_millicores: u64,
    /// What was delivered.
    pub memory_mb: u64,
    /// The provider's own lines, without the password.
    pub instructions: Vec<String>,
    /// What is doubtful.
    pub warnings: Vec<String>,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortView {
    /// Outside.
    pub host_port: u16,
    /// Inside.
    pub container_port: u16,
    /// What it is.
    pub label: String,
}

/// Where the money of a lease is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyView {
    /// A slug.
    pub state: &'static str,
    /// The same as a sentence.
    pub sentence: String,
}

/// The wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WalletPage {
    /// Grows with every change.
    pub revision: u32,
    /// Balances and operations.
    #[serde(flatten)]
    pub wallet: WalletView,
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

    /// Lists providers.
    #[must_use]
    pub fn market(&self, now: u64, query: &MarketQuery) -> MarketPage {
        let wanted = query.text.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
        let mut found: Vec<(&ProviderKey, &Listing, &Offer)> = self
            .market
            .listings
            .iter()
            .filter_map(|(key, listing)| Some((key, listing, listing.offer.as_ref()?)))
            .filter(|(key, listing, offer)| {
                (!query.online_only || listing.is_online(now))
                    && (wanted.is_empty()
                        || offer.name.to_lowercase().contains(&wanted)
                        || key.to_hex().starts_with(&wanted)
                        || protocol::to_npub(key).starts_with(&wanted))
                    && (!query.payable_only || self.is_payable(key, offer))
            })
            .collect();
        let cheapest = |offer: &Offer| offer.tiers.iter().map(|tier| tier.rate).min().unwrap_or(Msat::new(u64::MAX));
        found.sort_by(|(a_key, a_listing, a), (b_key, b_listing, b)| {
            let order = match query.sort {
                Sort::Price => cheapest(a).cmp(&cheapest(b)),
                Sort::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
                Sort::Heard => b_listing.newest.cmp(&a_listing.newest),
            };
            order.then_with(|| a_key.cmp(b_key))
        });
        let total = found.len();
        let rows = found
            .into_iter()
            .skip(query.offset)
            .take(query.limit.unwrap_or(MOST_ROWS).min(MOST_ROWS))
            .map(|(key, listing, offer)| self.row(now, key, listing, offer))
            .collect();
        MarketPage { revision: self.revision(View::Market), total, rows }
    }

    fn is_payable(&self, provider: &ProviderKey, offer: &Offer) -> bool {
        let experience = self.experience.get(provider);
        let cheapest = offer.tiers.iter().map(|tier| tier.rate).min();
        let Some(rate) = cheapest else { return false };
        let minimum = experience.map_or(super::order::MINIMUM_SECS, |known| known.minimum_secs);
        let price = protocol::price::price(rate, minimum);
        let usable = |mint: &&MintUrl| experience.is_none_or(|known| !known.unredeemable.contains(*mint));
        offer.mints.iter().filter(usable).any(|mint| {
            let quoted = self.wallet.quote_send(mint, crate::wallet::SendAmount::Arrives(price));
            quoted.is_ok_and(|quoted| quoted.missing.is_zero())
        })
    }

    fn row(&self, now: u64, key: &ProviderKey, listing: &Listing, offer: &Offer) -> MarketRow {
        let mut heard_by: Vec<_> =
            listing.heard_by.iter().map(|(relay, at)| HeardView { relay: relay.to_string(), at: *at }).collect();
        heard_by.sort_by_key(|heard| std::cmp::Reverse(heard.at));
        let mut problems: Vec<String> = offer_problems(offer).into_iter().map(|reason| reason.text).collect();
        problems.extend(offer.mint_problems.iter().filter(|_| !offer.mints.is_empty()).cloned());
        problems.extend(offer.tier_problems.iter().cloned());
        MarketRow {
            provider: key.to_hex(),
            npub: protocol::to_npub(key),
            name: offer.name.clone(),
            location: offer.location.clone(),
            isolation: offer.isolation.as_str().to_owned(),
            tiers: offer
                .tiers
                .iter()
                .map(|tier| TierView {
                    id: tier.id.clone(),
                    name: tier.name.clone(),
                    description: tier.description.clone(),
                    cpu_millicores: tier.cpu_millicores,
                    memory_mb: tier.memory_mb,
                    rate_msat_per_sec: tier.rate,
                    sat_per_hour: protocol::price::price(tier.rate, 3600),
                })
                .collect(),
            mints: offer.mints.iter().map(ToString::to_string).collect(),
            online: listing.is_online(now),
            last_heard: listing.newest,
            heard_by,
            active_workloads: listing.active_workloads,
            payable: self.is_payable(key, offer),
            problems,
        }
    }

    /// The templates that providers know.
    #[must_use]
    pub fn templates(&self) -> Vec<TemplateView> {
        protocol::templates()
            .iter()
            .map(|info| TemplateView {
                slug: info.slug.as_str().to_owned(),
                name: info.name.to_owned(),
                purpose: info.purpose.to_owned(),
                ports: info
                    .ports
                    .iter()
                    .map(|port| TemplatePortView { port: port.port, label: port.label.to_owned() })
                    .collect(),
                min_cpu_millicores: info.min_cpu_millicores,
                min_memory_mb: info.min_memory_mb,
                warnings: info.warnings.iter().map(|warning| (*warning).to_owned()).collect(),
            })
            .collect()
    }

    /// All leases, the newest first.
    #[must_use]
    pub fn leases(&self, now: u64) -> LeasesView {
        let leases = self.leases.values().rev().map(|lease| self.lease_view(now, lease)).collect();
        LeasesView { revision: self.revision(View::Leases), leases }
    }

    fn lease_view(&self, now: u64, lease: &Lease) -> LeaseView {
        let (state, sentence) = state_words(lease);
        let (liveness, liveness_sentence) = self.liveness(now, lease);
        let can_resume = matches!(lease.state, State::RequestHeld { .. })
            && self.conducts.get(&lease.account).is_some_and(|conduct| conduct.restarted);
        LeaseView {
            id: Lease::id(lease.account),
            provider: lease.provider.to_hex(),
            provider_name: lease.provider_name.clone(),
            tier: lease.tier.name.clone(),
            what: lease.what(),
            state,
            sentence,
            liveness,
            liveness_sentence,
            judged_by: self.judged_by(now, lease),
            evidence: self.evidence(now, lease),
            created_at: lease.created_at,
            expires_at: lease.expires_at,
            paid: lease.face,
            access: access_view(lease),
            money: money(lease),
            journal: lease.journal.clone(),
            can_resume,
            can_reclaim: matches!(
                lease.state,
                State::RequestHeld { .. }
                    | State::RequestMayBeOut { .. }
                    | State::Recovering { token: Token::Unasked | Token::Unspent, .. }
            ),
        }
    }

    fn judged_by(&self, now: u64, lease: &Lease) -> Option<String> {
        if lease.state != State::Running {
            return None;
        }
        match self.homes(now, &lease.provider).len() {
            0 => Some("no relay has heard this provider yet".to_owned()),
            1 => Some("judged by one relay only".to_owned()),
            homes if homes < usize::from(self.settings.quorum.m) => Some(format!("judged by {homes} relays only")),
            _ => None,
        }
    }

    fn evidence(&self, now: u64, lease: &Lease) -> Vec<EvidenceView> {
        let heard = self.market.listing(&lease.provider).map(|listing| &listing.heard_by);
        self.settings
            .relays
            .iter()
            .map(|url| EvidenceView {
                relay: url.to_string(),
                connected: self.relays.is_connected(now, url),
                heard_at: heard.and_then(|heard| heard.get(url)).copied(),
            })
            .collect()
    }

    fn liveness(&self, now: u64, lease: &Lease) -> (&'static str, String) {
        if lease.state != State::Running {
            return ("none", "nothing is running".to_owned());
        }
        let evidence = self.evidence(now, lease);
        let heard = evidence
            .iter()
            .filter(|relay| relay.heard_at.is_some_and(|at| now.saturating_sub(at) < ONLINE_SECS))
            .count();
        let last = evidence.iter().filter_map(|relay| relay.heard_at).max();
        let seen = match last {
            Some(at) => {
                format!("heard by {heard} of {} relays, last {} s ago", evidence.len(), now.saturating_sub(at))
            }
            None => "not heard by any relay yet".to_owned(),
        };
        let watch = self.machine.state_of(lease.account).or(lease.watch.as_ref());
        let observed = self.machine.is_observing() && self.is_observed(now, &lease.provider);
        match watch {
            Some(WorkloadState::Failed { .. } | WorkloadState::Evicted { .. }) => {
                ("evicted", format!("the provider was silent for too long (heartbeat-quorum-lost-past-t2); {seen}"))
            }
            _ if !observed => {
                let open = evidence.iter().filter(|relay| relay.connected).count();
                let text =
                    format!("unknown: only {open} of {} relays talk to us, so nobody can say; {seen}", evidence.len());
                ("unknown", text)
            }
            Some(WorkloadState::Live { .. }) => ("live", seen),
            Some(WorkloadState::Suspect { .. }) => ("suspect", format!("the provider fell silent; {seen}")),
            Some(WorkloadState::Respawning { .. }) => ("respawning", seen),
            Some(WorkloadState::Provisioning { .. }) | None => {
                ("provisioning", format!("waiting for its first heartbeats; {seen}"))
            }
        }
    }

    /// The wallet.
    #[must_use]
    pub fn wallet(&self) -> WalletPage {
        WalletPage { revision: self.revision(View::Wallet), wallet: self.wallet.view() }
    }

    /// Relays and what was chosen.
    #[must_use]
    pub fn settings(&self, now: u64) -> SettingsView {
        let quorum = self.settings.quorum;
        let relays = self
            .settings
            .relays
            .iter()
            .filter_map(|url| self.relays.line(&LineKey { url: url.clone(), lease: None }).map(|line| (url, line)))
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

fn state_words(lease: &Lease) -> (&'static str, String) {
    match &lease.state {
        State::Preparing => ("preparing", "the wallet is making the token at the mint".to_owned()),
        State::RequestHeld { .. } => ("preparing", "the token is ready, the request was not sent yet".to_owned()),
        State::RequestMayBeOut { .. } => {
            ("requested", "the request is out; providers answer one by one, this may take minutes".to_owned())
        }
        State::Recovering { why, token: Token::Spent, .. } => (
            "recovering",
            format!("the token was redeemed, but {}; asking the provider what it did with it", why.words()),
        ),
        State::Recovering { why, .. } => {
            ("recovering", format!("finding out what became of the money, because {}", why.words()))
        }
        State::Reclaiming { why } => ("recovering", format!("taking the money back, because {}", why.words())),
        State::Running if lease.forgotten_at.is_some() => {
            ("running", "the provider does not know this lease any more; do not pay more for it".to_owned())
        }
        State::Running => ("running", "paid and delivered".to_owned()),
        State::Ended { .. } => ("ended", "the time paid for is over".to_owned()),
        State::Returned { amount, why, .. } => ("returned", format!("{amount} came back, because {}", why.words())),
        State::Lost { why, .. } => (
            "lost",
            format!(
                "the provider redeemed the token and delivered nothing: {}; the journal below is the evidence",
                why.words()
            ),
        ),
        State::Cancelled { why, .. } => ("cancelled", format!("nothing was sent: {why}")),
    }
}

fn money(lease: &Lease) -> MoneyView {
    let (state, sentence) = match &lease.state {
        State::Preparing => ("held", "still in the wallet, reserved for this lease".to_owned()),
        State::RequestHeld { .. } => {
            ("held", "in a token on this device; it comes back by itself after 10 minutes".to_owned())
        }
        State::RequestMayBeOut { .. } => ("in-flight", "in a token that the provider may redeem".to_owned()),
        State::Recovering { token: Token::Spent, .. } => ("spent", "redeemed by the provider".to_owned()),
        State::Recovering { why: Why::NoAnswer, .. } => (
            "in-flight",
            "in a token that the provider may redeem; if it never does, the money comes back by itself".to_owned(),
        ),
        State::Recovering { .. } | State::Reclaiming { .. } => {
            ("in-flight", "on its way back to the wallet".to_owned())
        }
        State::Running | State::Ended { .. } => ("spent", "paid to the provider".to_owned()),
        State::Returned { amount, .. } => ("returned", format!("{amount} are back in the wallet")),
        State::Lost { .. } => ("lost", format!("{} are lost", lease.face)),
        State::Cancelled { .. } => ("returned", "never left the wallet".to_owned()),
    };
    MoneyView { state, sentence }
}

fn access_view(lease: &Lease) -> Option<AccessView> {
    if let Some(access) = &lease.access {
        let mut warnings = Vec::new();
        if access.cpu_millicores < lease.tier.cpu_millicores || access.memory_mb < lease.tier.memory_mb {
            warnings.push("the machine is smaller than the tier that was paid for".to_owned());
        }
        if access.password.is_none() {
            warnings.push("the provider sent no password".to_owned());
        }
        let host = access.host.clone().unwrap_or_default();
        if host.is_empty() {
            warnings.push("the provider sent no address".to_owned());
        }
        return Some(AccessView {
            host,
            ssh_port: access.ssh_port,
            username: "root".to_owned(),
            password_known: access.password.is_some(),
            ports: access
                .ports
                .iter()
                .map(|port| PortView {
                    host_port: port.host_port,
                    container_port: port.container_port,
                    label: port.label.clone(),
                })
                .collect(),
            cpu_millicores: access.cpu_millicores,
            memory_mb: access.memory_mb,
            instructions: access.instructions.clone(),
            warnings,
        });
    }
    let status = lease.status.as_ref()?;
    Some(AccessView {
        host: status.host.clone().unwrap_or_default(),
        ssh_port: status.ssh_port,
        username: "root".to_owned(),
        password_known: false,
        ports: Vec::new(),
        cpu_millicores: status.cpu_millicores,
        memory_mb: status.memory_mb,
        instructions: Vec::new(),
        warnings: vec!["the reply with the password never arrived; the provider does not send it again".to_owned()],
    })
}
