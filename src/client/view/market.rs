//! The market as people look at it.

use serde::{Deserialize, Serialize};

use super::super::Client;
use super::super::effect::View;
use super::super::market::Listing;
use super::super::order::{MINIMUM_SECS, offer_problems};
use crate::model::{MintUrl, Msat, ProviderKey, Sat};
use crate::protocol::{self, Offer};
use crate::wallet::SendAmount;

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

impl Client {
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
        let minimum = experience.map_or(MINIMUM_SECS, |known| known.minimum_secs);
        let price = protocol::price::price(rate, minimum);
        let usable = |mint: &&MintUrl| experience.is_none_or(|known| !known.unredeemable.contains(*mint));
        offer.mints.iter().filter(usable).any(|mint| {
            let quoted = self.wallet.quote_send(mint, SendAmount::Arrives(price.into()));
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
}
