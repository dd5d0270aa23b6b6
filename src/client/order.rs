//! From an order to a quote: every reason against it is named before anything is paid (PROTOCOL §12.3).

use serde::{Deserialize, Serialize};

use super::experience::Experience;
use super::market::Listing;
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, ProviderKey, Sat};
use crate::protocol::price::price;
use crate::protocol::{self, ImageRef, Isolation, Offer, TemplateSlug, Tier, Workload};
use crate::wallet::{SendAmount, SendQuote, Wallet};

/// The shortest lease that stock providers accept; a shorter one is paid for and refused (PROTOCOL §3.6).
pub(super) const MINIMUM_SECS: u64 = protocol::price::MINIMUM_SECS;
pub(super) const LONGEST_SECS: u64 = 366 * 24 * 3600;

/// What to buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The provider: hex key or npub.
    pub provider: String,
    /// The tier's id in the provider's offer.
    pub tier: String,
    /// An image reference; exactly one of this and `template`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// A template's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// How long, in seconds.
    pub duration_secs: u64,
    /// The mint to pay from; chosen when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mint: Option<String>,
}

/// A reason against an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable slug.
    pub reason: String,
    /// The same as a sentence.
    pub text: String,
}

/// What an order would cost, and why it may not be possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// What was asked for.
    pub order: Order,
    /// True when nothing speaks against it.
    pub possible: bool,
    /// Everything that speaks against it.
    pub reasons: Vec<Reason>,
    /// What to know before paying.
    pub warnings: Vec<String>,
    /// The mint to pay from.
    pub mint: Option<MintUrl>,
    /// What the time costs.
    pub price: Sat,
    /// What the provider pays its mint to redeem the token.
    pub redeem_fee: Sat,
    /// What our own swap to exact change costs.
    pub swap_fee: Sat,
    /// What the token is worth: price and redeem fee.
    pub face: Sat,
    /// What leaves the balance: face and swap fee.
    pub total: Sat,
    /// The most that can be lost.
    pub worst_case: Sat,
    /// How long, in seconds.
    pub duration_secs: u64,
    /// How much must be filled in at the mint first.
    pub missing: Sat,
}

/// An order that nothing speaks against.
#[derive(Debug)]
pub(super) struct Eligible {
    pub(super) provider: ProviderKey,
    pub(super) provider_name: String,
    pub(super) tier: Tier,
    pub(super) workload: Workload,
    pub(super) mint: MintUrl,
    pub(super) price: Sat,
}

/// What an order is judged by.
pub(super) struct Surroundings<'a> {
    pub(super) now: u64,
    pub(super) listing: Option<&'a Listing>,
    pub(super) wallet: &'a Wallet,
    pub(super) experience: &'a Experience,
    pub(super) relay_connected: bool,
    pub(super) store_problem: Option<&'a str>,
}

/// Why nothing can be rented from a provider, whatever the order.
pub(super) fn offer_problems(offer: &Offer) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if offer.tiers.is_empty() {
        reasons.push(reason("no-tiers", "it offers no tier that can be bought"));
    }
    if offer.mints.is_empty() {
        let why = offer.mint_problems.first().map_or_else(|| "it accepts no mint at all".to_owned(), Clone::clone);
        reasons.push(Reason { reason: "no-mints".to_owned(), text: why });
    }
    reasons
}

/// Judges an order.
///
/// # Errors
/// [`ErrorCode::InvalidInput`] and [`ErrorCode::InvalidProvider`] for what is no order at all.
pub(super) fn quote(order: &Order, around: &Surroundings<'_>) -> Result<(Quote, Option<Eligible>), Error> {
    let provider = protocol::provider_from_text(&order.provider)?;
    let workload = workload(order)?;
    let mut quote = Quote {
        order: order.clone(),
        possible: false,
        reasons: Vec::new(),
        warnings: Vec::new(),
        mint: None,
        price: Sat::ZERO,
        redeem_fee: Sat::ZERO,
        swap_fee: Sat::ZERO,
        face: Sat::ZERO,
        total: Sat::ZERO,
        worst_case: Sat::ZERO,
        duration_secs: order.duration_secs,
        missing: Sat::ZERO,
    };
    let mut against = |slug: &str, text: String| quote.reasons.push(Reason { reason: slug.to_owned(), text });

    if let Some(problem) = around.store_problem {
        against("store", problem.to_owned());
    }
    let minimum = around.experience.minimum_secs;
    if order.duration_secs < minimum {
        let who = if minimum > MINIMUM_SECS { "this provider keeps" } else { "providers keep" };
        against(
            "too-short",
            format!("{} s is too short: {who} the money of leases under {minimum} s", order.duration_secs),
        );
    }
    if order.duration_secs > LONGEST_SECS {
        against("too-long", "more than a year at once is not sold; choose a shorter time".to_owned());
    }
    if !around.relay_connected {
        against("no-relay", "no relay is connected, so the request could not be sent; check Settings".to_owned());
    }
    let Some((listing, offer)) = around.listing.and_then(|listing| Some((listing, listing.offer.as_ref()?))) else {
        against("no-offer", "no offer of this provider was found on your relays".to_owned());
        return Ok((quote, None));
    };
    if !listing.is_online(around.now) {
        against(
            "offline",
            "the provider was not heard in the last two minutes; a request now would not be read".to_owned(),
        );
    }
    quote.reasons.extend(offer_problems(offer));
    let tier = offer.tiers.iter().find(|tier| tier.id == order.tier);
    if tier.is_none() {
        quote.reasons.push(Reason {
            reason: "no-such-tier".to_owned(),
            text: format!("the offer has no tier {:?}; the provider would silently sell another one", order.tier),
        });
    }
    if offer.version > 1 {
        quote.warnings.push(format!("this offer is of version {}, newer than what this page knows", offer.version));
    }
    if let (Workload::Template(slug), Some(tier)) = (&workload, tier) {
        judge_template(*slug, tier, offer, &mut quote);
    }
    if let Workload::Image(_) = workload {
        quote.warnings.push(
            "a plain image only helps on providers that give you a machine with SSH; on Docker providers it starts and stops again"
                .to_owned(),
        );
    }
    let Some(tier) = tier.filter(|_| order.duration_secs <= LONGEST_SECS) else { return Ok((quote, None)) };
    quote.price = price(tier.rate, order.duration_secs);
    choose_mint(order, offer, around, &mut quote)?;
    quote.worst_case = quote.total;
    quote.possible = quote.reasons.is_empty();
    let eligible = match (&quote.mint, quote.possible) {
        (Some(mint), true) => Some(Eligible {
            provider,
            provider_name: offer.name.clone(),
            tier: tier.clone(),
            workload,
            mint: mint.clone(),
            price: quote.price,
        }),
        _ => None,
    };
    Ok((quote, eligible))
}

fn workload(order: &Order) -> Result<Workload, Error> {
    match (&order.image, &order.template) {
        (Some(image), None) => Ok(Workload::Image(image.parse::<ImageRef>()?)),
        (None, Some(slug)) => Ok(Workload::Template(slug.parse::<TemplateSlug>()?)),
        _ => Err(Error::new(
            ErrorCode::InvalidInput,
            "an order names an image or a template; choose exactly one of them",
        )),
    }
}

fn judge_template(slug: TemplateSlug, tier: &Tier, offer: &Offer, quote: &mut Quote) {
    if offer.isolation == Isolation::DedicatedHost {
        quote.reasons.push(reason(
            "template-unsupported",
            "providers with dedicated machines do not run templates: you would pay for a bare machine; choose an image",
        ));
    }
    let info = slug.info();
    if !info.fits(tier) {
        quote.reasons.push(Reason {
            reason: "tier-too-small".to_owned(),
            text: format!(
                "{} needs {} millicores and {} MB; the tier {} has {} and {}",
                info.name, info.min_cpu_millicores, info.min_memory_mb, tier.name, tier.cpu_millicores, tier.memory_mb
            ),
        });
    }
    quote.warnings.extend(info.warnings.iter().map(|warning| (*warning).to_owned()));
}

/// Picks the mint: the one asked for, else the accepted one that can pay, else the accepted one that needs least.
fn choose_mint(order: &Order, offer: &Offer, around: &Surroundings<'_>, quote: &mut Quote) -> Result<(), Error> {
    let asked = order.mint.as_deref().map(str::parse::<MintUrl>).transpose()?;
    let accepted: Vec<&MintUrl> =
        offer.mints.iter().filter(|mint| asked.as_ref().is_none_or(|asked| asked == *mint)).collect();
    if accepted.is_empty() {
        if let (Some(asked), false) = (asked, offer.mints.is_empty()) {
            quote.reasons.push(Reason {
                reason: "mint-not-accepted".to_owned(),
                text: format!("the provider does not take money of {asked}; it takes {}", list(&offer.mints)),
            });
        }
        return Ok(());
    }
    let usable: Vec<&MintUrl> =
        accepted.iter().copied().filter(|mint| !around.experience.unredeemable.contains(*mint)).collect();
    if usable.is_empty() {
        quote.reasons.push(Reason {
            reason: "unredeemable".to_owned(),
            text: format!("this provider was unable to redeem money of {} before", list(accepted)),
        });
        return Ok(());
    }
    let ready: Vec<&MintUrl> = usable.iter().copied().filter(|mint| around.wallet.mint_ready(mint)).collect();
    if ready.is_empty() {
        let text = if usable.iter().any(|mint| around.wallet.mints().any(|known| known == *mint)) {
            format!("{} has not answered yet; wait a moment or look at Wallet", list(usable.iter().copied()))
        } else {
            format!("the provider takes only money of {}; add that mint in Wallet", list(usable.iter().copied()))
        };
        quote.reasons.push(Reason { reason: "mint-not-ready".to_owned(), text });
        quote.mint = usable.first().map(|mint| (*mint).clone());
        return Ok(());
    }
    let best = ready
        .iter()
        .map(|mint| (*mint, around.wallet.quote_send(mint, SendAmount::Arrives(quote.price.into()))))
        .min_by_key(|(_, quoted)| quoted.as_ref().map_or(u64::MAX, |quoted| quoted.missing.get()));
    match best {
        Some((mint, Ok(quoted))) => take_quote(mint, &quoted, quote),
        Some((mint, Err(error))) => {
            quote.mint = Some(mint.clone());
            quote.reasons.push(Reason { reason: error.code().as_str().to_owned(), text: error.message().to_owned() });
        }
        None => {}
    }
    Ok(())
}

fn take_quote(mint: &MintUrl, quoted: &SendQuote, quote: &mut Quote) {
    quote.mint = Some(mint.clone());
    // Leases are paid in sat, so these are in sat.
    quote.redeem_fee = quoted.redeem_fee.to_sat_ceil();
    quote.swap_fee = quoted.swap_fee.to_sat_ceil();
    quote.face = quoted.face.to_sat_ceil();
    quote.total = quoted.total.to_sat_ceil();
    quote.missing = quoted.missing.to_sat_ceil();
    if !quote.missing.is_zero() {
        quote.reasons.push(Reason {
            reason: "insufficient-funds".to_owned(),
            text: format!("{} are needed at {mint}, {} are missing; fill the wallet first", quote.total, quote.missing),
        });
    }
}

fn reason(slug: &str, text: &str) -> Reason {
    Reason { reason: slug.to_owned(), text: text.to_owned() }
}

fn list<'a>(mints: impl IntoIterator<Item = &'a MintUrl>) -> String {
    mints.into_iter().map(MintUrl::as_str).collect::<Vec<_>>().join(", ")
}
