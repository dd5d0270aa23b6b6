//! Requests as a provider reads them (PROTOCOL §2.3): the first shape whose members are all there wins.

use std::fmt;

use serde::Deserialize;

use super::event::LARGEST_EVENT;
use super::json;
use super::refusal::Refusal;

/// What a provider takes a text for.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ParsedRequest {
    /// Start a workload.
    Spawn(Box<ParsedSpawn>),
    /// Add time to a workload.
    TopUp {
        /// The workload, like `container-1042`.
        #[serde(rename = "pod_npub")]
        pod_id: String,
        /// The token that pays.
        #[serde(rename = "cashu_token")]
        token: String,
    },
    /// Say how a workload stands.
    Status {
        /// A number, or the owner's key in hex.
        pod_id: String,
    },
}

/// A spawn request as a provider reads it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct ParsedSpawn {
    /// The token that pays.
    #[serde(rename = "cashu_token")]
    pub token: String,
    /// The tier; without one the provider sells its first.
    #[serde(default, rename = "pod_spec_id")]
    pub tier: Option<String>,
    /// The image.
    #[serde(rename = "pod_image")]
    pub image: String,
    /// Ignored by every provider.
    pub ssh_username: String,
    /// The password asked for.
    #[serde(rename = "ssh_password")]
    pub password: String,
    /// The template, if one is asked for.
    #[serde(default, rename = "template_slug")]
    pub template: Option<String>,
    /// The id that the consumer chose.
    #[serde(default)]
    pub workload_id: Option<String>,
    #[serde(default)]
    replication: Option<Replication>,
    #[serde(default)]
    primary_npub: Option<String>,
    #[serde(default)]
    volume_encryption: Option<VolumeEncryption>,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
enum Replication {
    None,
    Checkpointed,
    WarmStandby {
        #[allow(dead_code, reason = "read only to see that it is there, as a provider does")]
        standby_providers: Vec<String>,
    },
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[allow(dead_code, reason = "read only to see that it is there, as a provider does")]
struct VolumeEncryption {
    #[serde(default)]
    version: u8,
    algorithm: String,
    key_b64: String,
}

impl ParsedRequest {
    /// Reads a decrypted request.
    ///
    /// # Errors
    /// A [`Refusal`] for text that no provider would understand.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        const WHAT: &str = "the request";
        json::bound(text, LARGEST_EVENT, WHAT)?;
        json::members(&json::tree(text, WHAT)?, WHAT)
    }
}

// Tokens and passwords are money and access, so only the shape is ever printed.
impl fmt::Debug for ParsedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spawn(_) => "Spawn(hidden)",
            Self::TopUp { .. } => "TopUp(hidden)",
            Self::Status { .. } => "Status(hidden)",
        })
    }
}

impl fmt::Debug for ParsedSpawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParsedSpawn(hidden)")
    }
}
