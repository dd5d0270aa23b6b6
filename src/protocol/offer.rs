//! Offers (kind 38383, PROTOCOL §1.2).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::{LARGEST_EVENT, VerifiedEvent};
use super::json;
use super::npub::provider_from_text;
use super::refusal::{Refusal, RefusalKind};
use super::text::clean;
use crate::model::{MintUrl, Msat, ProviderKey};
use crate::tree::Tree;

pub(super) use super::kind::OFFER;

const WHAT: &str = "the offer";
const LONGEST_NAME: usize = 80;
const LONGEST_DESCRIPTION: usize = 300;
const LONGEST_TIER_ID: usize = 64;
const MOST: usize = 64;

/// What a provider advertises, signed by it. All text is cleaned and clipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Who offers, and who signed.
    pub provider: ProviderKey,
    /// The name it gives itself: a label, never an identity.
    pub name: String,
    /// Where it says it is.
    pub location: Option<String>,
    /// What can be rented, in its order.
    pub tiers: Vec<Tier>,
    /// Why some of its tiers cannot be rented, in sentences.
    pub tier_problems: Vec<String>,
    /// The mints it takes tokens of.
    pub mints: Vec<MintUrl>,
    /// Why some entries of its mint list are of no use, in sentences.
    pub mint_problems: Vec<String>,
    /// How it says workloads are kept apart; nobody proves it.
    pub isolation: Isolation,
    /// What it says it can do; says little (PROTOCOL §1.2).
    pub capabilities: Vec<String>,
    /// The version of the message: above 1, warn before paying.
    pub version: u8,
    /// When it was published, by its clock. An old offer is no sign of anything: it is sent once per start.
    pub created_at: u64,
}

/// One size of workload with its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// What requests name it by, as the provider wrote it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the provider says about it.
    pub description: String,
    /// Thousandths of a processor core.
    pub cpu_millicores: u64,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// The price of one second; never 0, at which a provider would divide by it.
    pub rate: Msat,
}

/// How workloads of one machine are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Containers over one kernel.
    SharedKernel,
    /// A virtual machine.
    DedicatedHost,
    /// Attested hardware, for research.
    AttestedResearchTier,
    /// Something we have no word for.
    Unknown,
}

impl Isolation {
    /// The slug that offers carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SharedKernel => "shared-kernel",
            Self::DedicatedHost => "dedicated-host",
            Self::AttestedResearchTier => "attested-research-tier",
            Self::Unknown => "unknown",
        }
    }
}

impl Offer {
    /// Reads an offer from an event.
    ///
    /// # Errors
    /// A [`Refusal`] if the event is of another kind, its body is no offer, or it speaks for another provider than the one
    /// that signed it.
    pub fn from_event(event: &VerifiedEvent) -> Result<Self, Refusal> {
        if event.kind() != OFFER {
            return Err(Refusal::new(RefusalKind::WrongKind, format!("an event of kind {} is no offer", event.kind())));
        }
        let body: Body = json::members(&json::object(event.content(), LARGEST_EVENT, WHAT)?, WHAT)?;
        signed_by_the_provider(event, &body.provider_npub, WHAT)?;
        named_consistently(event, &body)?;
        let (tiers, tier_problems) = tiers(&body.specs);
        let (mints, mint_problems) = mints(&body.whitelisted_mints);
        Ok(Self {
            provider: event.author(),
            name: clean(&body.hostname, LONGEST_NAME),
            location: body.location.map(|place| clean(&place, LONGEST_NAME)).filter(|place| !place.is_empty()),
            tiers,
            tier_problems,
            mints,
            mint_problems,
            isolation: match body.isolation_level.as_deref() {
                None | Some("shared-kernel") => Isolation::SharedKernel,
                Some("dedicated-host") => Isolation::DedicatedHost,
                Some("attested-research-tier") => Isolation::AttestedResearchTier,
                Some(_) => Isolation::Unknown,
            },
            capabilities: body.capabilities.iter().take(MOST).map(|word| clean(word, LONGEST_NAME)).collect(),
            version: body.version,
            created_at: event.created_at(),
        })
    }

    /// The tier that requests name by this id.
    #[must_use]
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == id)
    }
}

/// Refuses a body that speaks for somebody else than the key that signed it (PROTOCOL §1.2).
pub(super) fn signed_by_the_provider(event: &VerifiedEvent, named: &str, what: &str) -> Result<(), Refusal> {
    if provider_from_text(named).is_ok_and(|provider| provider == event.author()) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::WrongSigner,
        format!("{what} speaks for {:?} but was signed by {}", clean(named, 80), event.author()),
    ))
}

// Relays keep the newest event per `d` tag, so an offer under another name would outlive the one that replaces it.
fn named_consistently(event: &VerifiedEvent, body: &Body) -> Result<(), Refusal> {
    let expected = format!("paygress:offer:v{}:{}", body.version, body.provider_npub);
    if event.tag("d") == Some(expected.as_str()) {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::WrongShape, "the offer's d tag names another version or provider than its body"))
}

#[derive(Deserialize)]
struct Body {
    provider_npub: String,
    hostname: String,
    #[serde(default)]
    location: Option<String>,
    capabilities: Vec<String>,
    specs: Vec<Tree>,
    whitelisted_mints: Vec<String>,
    #[serde(default = "version_1")]
    version: u8,
    #[serde(default)]
    isolation_level: Option<String>,
}

pub(super) fn version_1() -> u8 {
    1
}

#[derive(Deserialize)]
struct PodSpec {
    id: String,
    name: String,
    description: String,
    cpu_millicores: u64,
    memory_mb: u64,
    rate_msats_per_sec: u64,
}

fn tiers(specs: &[Tree]) -> (Vec<Tier>, Vec<String>) {
    let (mut tiers, mut problems) = (Vec::new(), Vec::new());
    let mut ids = BTreeSet::new();
    if specs.len() > MOST {
        problems.push(format!("it lists {} tiers, of which the first {MOST} are read", specs.len()));
    }
    for (spec, number) in specs.iter().take(MOST).zip(1..) {
        let Ok(spec) = spec.read::<PodSpec>() else {
            problems.push(format!("tier {number} has missing or mistyped members"));
            continue;
        };
        let shown = clean(&spec.id, LONGEST_TIER_ID);
        if spec.id.is_empty() || shown != spec.id {
            problems.push(format!("the id of tier {number} ({shown:?}) cannot be sent back safely"));
        } else if spec.rate_msats_per_sec == 0 {
            problems.push(format!("tier {shown:?} costs nothing, which crashes the provider after it took the money"));
        } else if !ids.insert(spec.id.clone()) {
            problems.push(format!("tier {shown:?} is offered twice; only the first can be asked for"));
        } else {
            tiers.push(Tier {
                id: spec.id,
                name: clean(&spec.name, LONGEST_NAME),
                description: clean(&spec.description, LONGEST_DESCRIPTION),
                cpu_millicores: spec.cpu_millicores,
                memory_mb: spec.memory_mb,
                rate: Msat::new(spec.rate_msats_per_sec),
            });
        }
    }
    (tiers, problems)
}

fn mints(entries: &[String]) -> (Vec<MintUrl>, Vec<String>) {
    let (mut mints, mut problems) = (Vec::new(), Vec::new());
    if entries.len() > MOST {
        problems.push(format!("it lists {} mints, of which the first {MOST} are read", entries.len()));
    }
    for entry in entries.iter().take(MOST) {
        let shown = clean(entry, LONGEST_NAME);
        // [019] bootstrap writes its whole list as one entry, which then equals no mint at all (PROTOCOL §12.1, 22).
        if entry.contains(',') {
            problems.push(format!("{shown:?} is a list joined by commas, which no mint matches"));
            continue;
        }
        match entry.parse::<MintUrl>() {
            Ok(mint) if mints.contains(&mint) => {}
            Ok(mint) => mints.push(mint),
            Err(_) => problems.push(format!("{shown:?} is not a mint address")),
        }
    }
    (mints, problems)
}
