//! Leases as people look at them: where each stands, what is known of its life, where its money is.

use serde::Serialize;

use super::super::Client;
use super::super::effect::View;
use super::super::lease::{Entry, Lease, State, Token, Why};
use super::super::market::ONLINE_SECS;
use crate::durable_workload::WorkloadState;
use crate::model::Sat;

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

impl Client {
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
            money: money(lease, self.wallet.is_handed_out(&lease.operation)),
            journal: lease.journal.clone(),
            can_resume,
            can_reclaim: self.can_reclaim(lease),
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

fn money(lease: &Lease, is_out: bool) -> MoneyView {
    let (state, sentence) = match &lease.state {
        State::Ended { .. } if is_out => {
            ("in-flight", "in a token that the provider did not redeem; it can be taken back".to_owned())
        }
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
