//! How a provider is set up.

use serde::{Deserialize, Serialize};

/// Whose behaviour is copied (`PROTOCOL.md` §14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderVersion {
    /// The released 0.1.9: ignores the password asked for, forgets its leases on restart, redeems only version-1 keysets.
    #[serde(rename = "0.1.9")]
    V019,
    /// The main branch: honours the password, keeps its leases, refuses templates its backend cannot serve.
    #[serde(rename = "head")]
    Head,
}

/// What runs the workloads; decides the isolation in the offer and what templates do (§3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Containers by Docker; the only one templates really work on.
    Docker,
    /// Containers by LXD.
    Lxd,
    /// Virtual machines; the only one that offers `dedicated-host`.
    Kvm,
    /// Containers on a Proxmox node.
    Proxmox,
}

impl Backend {
    /// The isolation slug in the offer.
    pub fn isolation(self) -> &'static str {
        match self {
            Self::Kvm => "dedicated-host",
            Self::Docker | Self::Lxd | Self::Proxmox => "shared-kernel",
        }
    }
}

/// One tier of the offer; field names and order are the wire's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The id a request names.
    pub id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Thousandths of a core.
    pub cpu_millicores: u64,
    /// MiB as upstream counts them.
    pub memory_mb: u64,
    /// Price, millisatoshi per second.
    pub rate_msats_per_sec: u64,
}

impl Tier {
    /// A tier from its parts.
    pub fn new(id: &str, name: &str, description: &str, cpu_millicores: u64, memory_mb: u64, rate: u64) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: description.into(),
            cpu_millicores,
            memory_mb,
            rate_msats_per_sec: rate,
        }
    }
}

/// Everything a provider is set up with. The default is the provider of the recordings, with the well-known key 1.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The Nostr secret key.
    pub secret: [u8; 32],
    /// Feeds the provider's own generator: passwords, secrets, nonces.
    pub seed: u64,
    /// Whose behaviour is copied.
    pub version: ProviderVersion,
    /// What runs the workloads.
    pub backend: Backend,
    /// `hostname` of the offer.
    pub name: String,
    /// `location` of the offer.
    pub location: Option<String>,
    /// `capabilities` of the offer.
    pub capabilities: Vec<String>,
    /// The tiers; the first is sold when a request names none or an unknown one.
    pub tiers: Vec<Tier>,
    /// Accepted mint URLs.
    pub mints: Vec<String>,
    /// The hidden minimum a spawn must buy, seconds.
    pub minimum_secs: u64,
    /// Host or address in replies; an empty one is left out.
    pub host: String,
    /// First and last vmid.
    pub vmids: (u32, u32),
    /// First SSH port of a tunnel range; without one the port is 30000 + vmid mod 10000.
    pub ssh_port_start: Option<u16>,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        let mut secret = [0; 32];
        secret[31] = 1;
        Self {
            secret,
            seed: 1,
            version: ProviderVersion::V019,
            backend: Backend::Docker,
            name: "e2e provider".into(),
            location: Some("loopback".into()),
            capabilities: vec!["docker".into()],
            tiers: vec![
                Tier::new("basic", "Basic", "1 vCPU, 1 GB", 1000, 1024, 50),
                Tier::new("standard", "Standard", "2 vCPU, 2 GB", 2000, 2048, 100),
            ],
            mints: Vec::new(),
            minimum_secs: 60,
            host: "127.0.0.1".into(),
            vmids: (1000, 1999),
            ssh_port_start: None,
        }
    }
}
