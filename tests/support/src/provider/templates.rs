//! The templates a provider knows, as far as its replies show them (`PROTOCOL.md` §3.5).

use super::config::ProviderVersion;

/// One template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template {
    slug: &'static str,
    /// Container port and label, in order.
    pub(super) ports: &'static [(u16, &'static str)],
    /// Whether it has a data path, and so a volume key is looked at.
    pub(super) has_volume: bool,
    only_019: bool,
}

const TEMPLATES: &[Template] = &[
    Template { slug: "nostr-relay", ports: &[(7777, "relay-ws")], has_volume: true, only_019: false },
    Template { slug: "inference-endpoint", ports: &[(11434, "ollama-http")], has_volume: true, only_019: false },
    Template {
        slug: "headless-browser",
        ports: &[(3000, "browserless-http"), (9222, "cdp")],
        has_volume: false,
        only_019: false,
    },
    Template { slug: "bitcoin-node", ports: &[(8332, "rpc"), (8333, "p2p")], has_volume: true, only_019: false },
    Template { slug: "agent-sandbox", ports: &[(8080, "sandbox-exec")], has_volume: true, only_019: false },
    Template { slug: "openclaw", ports: &[(18789, "openclaw-gateway")], has_volume: true, only_019: false },
    Template { slug: "ngit-runner", ports: &[(8080, "ngit-runner-status")], has_volume: false, only_019: true },
];

/// The template of a slug in this version's registry.
pub(super) fn lookup(slug: &str, version: ProviderVersion) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.slug == slug && (version == ProviderVersion::V019 || !template.only_019))
}
