//! The six templates that providers know (PROTOCOL §3.5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::offer::Tier;
use super::text::clean;
use crate::error::{Error, ErrorCode};

/// What is known about a template; the provider's own registry decides what really runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateInfo {
    /// What requests name it by.
    pub slug: TemplateSlug,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// The image that providers run for it.
    pub image: &'static str,
    /// The ports it serves, in the order they are mapped: the i-th at SSH port + 1 + i.
    pub ports: &'static [TemplatePortInfo],
    /// The least thousandths of a core it runs well with; no provider checks it.
    pub min_cpu_millicores: u64,
    /// The least megabytes of memory it runs well with; no provider checks it.
    pub min_memory_mb: u64,
    /// Where it keeps data, if it does.
    pub data_path: Option<&'static str>,
    /// What to know before paying.
    pub warnings: &'static [&'static str],
}

impl TemplateInfo {
    /// True if a tier has what the template needs.
    #[must_use]
    pub fn fits(&self, tier: &Tier) -> bool {
        tier.cpu_millicores >= self.min_cpu_millicores && tier.memory_mb >= self.min_memory_mb
    }
}

/// A port that a template serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplatePortInfo {
    /// The port inside the container.
    pub port: u16,
    /// What the provider calls it in its reply.
    pub label: &'static str,
    /// What is spoken on it: `ws`, `http`, `bitcoin-rpc` or `tcp`. The reply always says `tcp`.
    pub scheme: &'static str,
}

/// The name of one of the six templates: no other can be asked for, because a provider takes the money first and says
/// `unknown_template` then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateSlug(&'static str);

impl TemplateSlug {
    /// The name as requests carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What is known about the template.
    #[must_use]
    pub fn info(self) -> &'static TemplateInfo {
        TEMPLATES.iter().find(|template| template.slug == self).expect("slugs come from this table")
    }
}

impl fmt::Display for TemplateSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for TemplateSlug {
    type Err = Error;

    /// Reads a slug; case matters to providers.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for a name that is none of the six.
    fn from_str(text: &str) -> Result<Self, Error> {
        let known = TEMPLATES.iter().map(|template| template.slug).find(|slug| slug.0 == text);
        known.ok_or_else(|| {
            let names: Vec<_> = TEMPLATES.iter().map(|template| template.slug.0).collect();
            Error::new(
                ErrorCode::InvalidInput,
                format!("there is no template {:?}; choose one of {}", clean(text, 40), names.join(", ")),
            )
        })
    }
}

impl Serialize for TemplateSlug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for TemplateSlug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// All templates, in the order to show them.
#[must_use]
pub fn templates() -> &'static [TemplateInfo] {
    TEMPLATES
}

const DOCKER_ONLY: &str = "works only on providers that run Docker, which no offer tells; others take the money and start a bare machine or nothing";
const TWO_PORTS: &str =
    "uses two ports, which may collide with a neighbour's on a busy provider; the payment is then lost";
const UNENCRYPTED: &str = "what it stores is not encrypted: whoever has the disk can read it";

const fn port(port: u16, label: &'static str, scheme: &'static str) -> TemplatePortInfo {
    TemplatePortInfo { port, label, scheme }
}

const TEMPLATES: &[TemplateInfo] = &[
    TemplateInfo {
        slug: TemplateSlug("nostr-relay"),
        name: "Nostr relay",
        purpose: "a relay of your own (strfry)",
        image: "dockurr/strfry:latest",
        ports: &[port(7777, "relay-ws", "ws")],
        min_cpu_millicores: 500,
        min_memory_mb: 512,
        data_path: Some("/app/strfry-db"),
        warnings: &[DOCKER_ONLY, UNENCRYPTED],
    },
    TemplateInfo {
        slug: TemplateSlug("inference-endpoint"),
        name: "Inference endpoint",
        purpose: "language models over HTTP (Ollama)",
        image: "ollama/ollama:latest",
        ports: &[port(11434, "ollama-http", "http")],
        min_cpu_millicores: 2000,
        min_memory_mb: 4096,
        data_path: Some("/root/.ollama"),
        warnings: &[DOCKER_ONLY, UNENCRYPTED, "anybody who finds the port can use it; it asks for no password"],
    },
    TemplateInfo {
        slug: TemplateSlug("headless-browser"),
        name: "Headless browser",
        purpose: "Chromium to be driven by programs (Browserless)",
        image: "ghcr.io/browserless/chromium:latest",
        ports: &[port(3000, "browserless-http", "http"), port(9222, "cdp", "http")],
        min_cpu_millicores: 1000,
        min_memory_mb: 1024,
        data_path: None,
        warnings: &[DOCKER_ONLY, TWO_PORTS, "anybody who finds the port can use it; it asks for no password"],
    },
    TemplateInfo {
        slug: TemplateSlug("bitcoin-node"),
        name: "Bitcoin node",
        purpose: "a regtest node for development",
        image: "btcpayserver/bitcoin:28.1",
        ports: &[port(8332, "rpc", "bitcoin-rpc"), port(8333, "p2p", "tcp")],
        min_cpu_millicores: 1000,
        min_memory_mb: 2048,
        data_path: Some("/data"),
        warnings: &[DOCKER_ONLY, TWO_PORTS, UNENCRYPTED],
    },
    TemplateInfo {
        slug: TemplateSlug("agent-sandbox"),
        name: "Agent sandbox",
        purpose: "a workspace that runs commands over HTTP",
        image: "ghcr.io/dhananjaypurohit/paygress-agent-sandbox:0.1.0",
        ports: &[port(8080, "sandbox-exec", "http")],
        min_cpu_millicores: 500,
        min_memory_mb: 1024,
        data_path: Some("/workspace"),
        warnings: &[DOCKER_ONLY, UNENCRYPTED],
    },
    TemplateInfo {
        slug: TemplateSlug("openclaw"),
        name: "OpenClaw",
        purpose: "an agent gateway",
        image: "ghcr.io/openclaw/openclaw:latest",
        ports: &[port(18789, "openclaw-gateway", "http")],
        min_cpu_millicores: 1000,
        min_memory_mb: 2048,
        data_path: Some("/data/.openclaw"),
        warnings: &[DOCKER_ONLY, UNENCRYPTED],
    },
];
