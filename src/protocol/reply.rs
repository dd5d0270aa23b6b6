//! Replies of providers (PROTOCOL §2.5, §3.3, §5).

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use super::error_type::{ErrorType, MoneyFate};
use super::event::LARGEST_EVENT;
use super::json;
use super::text::{clean, redact};
use super::time::parse_rfc3339;
use crate::tree::Tree;

const LONGEST_ID: usize = 80;
const LONGEST_LINE: usize = 300;
const LONGEST_RAW: usize = 1000;
const MOST_LINES: usize = 40;
const MOST_PORTS: usize = 32;

/// What a provider answered. All text is cleaned and clipped.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// The workload stands.
    Access(AccessDetails),
    /// Time was added, or not.
    TopUp(TopUpReply),
    /// How a workload stands.
    Status(StatusReply),
    /// Something went wrong.
    Error(ErrorReply),
    /// Something that fits no known shape, to be shown as it is.
    Unknown(String),
}

impl Reply {
    /// Sorts a decrypted text by its members. Never fails: what fits nothing is [`Reply::Unknown`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let Ok(object) = json::object(text, LARGEST_EVENT, "the reply") else {
            return Self::Unknown(redact(&clean(text, LONGEST_RAW)));
        };
        let known = ErrorReply::read(&object)
            .map(Self::Error)
            .or_else(|| TopUpReply::read(&object).map(Self::TopUp))
            .or_else(|| StatusReply::read(&object).map(Self::Status))
            .or_else(|| AccessDetails::read(&object).map(Self::Access));
        known.unwrap_or_else(|| Self::Unknown(redact(&clean(text, LONGEST_RAW))))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access(access) => access.fmt(f),
            Self::TopUp(top_up) => top_up.fmt(f),
            Self::Status(status) => status.fmt(f),
            Self::Error(error) => error.fmt(f),
            Self::Unknown(_) => f.write_str("Unknown(hidden)"),
        }
    }
}

/// How to reach a workload.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessDetails {
    /// What the provider calls the workload, like `container-1042`.
    pub pod_id: String,
    /// The SSH port on the host; 0 for a standby's reservation.
    pub ssh_port: u16,
    /// The host, if what the provider named is a host name or an address.
    pub host: Option<String>,
    /// When the lease ends, in Unix seconds by the provider's clock.
    pub expires_at: u64,
    /// Thousandths of a core; compare with the order, providers fall back to another tier without a word.
    pub cpu_millicores: u64,
    /// Megabytes of memory; compare with the order.
    pub memory_mb: u64,
    /// The name of the tier that was sold.
    pub tier_name: String,
    /// What the provider says about the tier.
    pub tier_description: String,
    /// Lines for people, the password blacked out.
    pub instructions: Vec<String>,
    /// Where the template's ports are.
    pub ports: Vec<TemplatePort>,
    /// The password that the provider set, when it says so.
    pub password: Option<AccessPassword>,
}

impl fmt::Debug for AccessDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessDetails")
            .field("pod_id", &self.pod_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A mapped port of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePort {
    /// The port on the host.
    pub host_port: u16,
    /// The port inside the container.
    pub container_port: u16,
    /// What is spoken on it, by the template's name for it.
    pub label: String,
}

/// A password that a provider told us.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct AccessPassword(String);

impl AccessPassword {
    /// The password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    // The line that carries it ends with it; other lines that name the word have more words behind it (§3.3).
    fn from_instructions(lines: &[String]) -> Option<Self> {
        const LONGEST: usize = 128;
        lines.iter().find_map(|line| {
            let behind = line.match_indices("Password:").map(|(at, label)| line[at + label.len()..].trim());
            let mut words = behind.filter(|word| !word.is_empty() && !word.contains(char::is_whitespace));
            let typeable = |word: &&str| word.len() <= LONGEST && word.bytes().all(|byte| byte.is_ascii_graphic());
            words.next().filter(typeable).map(|word| Self(word.to_owned()))
        })
    }
}

impl fmt::Debug for AccessPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessPassword(hidden)")
    }
}

/// The answer to a payment for more time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpReply {
    /// Time was added.
    pub success: bool,
    /// What the provider calls the workload.
    pub pod_id: String,
    /// How many seconds were added.
    pub extended_secs: u64,
    /// When the lease ends now, in Unix seconds by the provider's clock.
    pub expires_at: u64,
    /// The provider's words.
    pub message: String,
}

/// The answer to a question for a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReply {
    /// The bare number of the workload.
    pub pod_id: String,
    /// How it stands. A dead container is still running by this word.
    pub status: LeaseStatus,
    /// When the lease ends, in Unix seconds by the provider's clock.
    pub expires_at: u64,
    /// How many seconds are left.
    pub time_remaining_secs: u64,
    /// Thousandths of a core.
    pub cpu_millicores: u64,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// The host, if what the provider named is a host name or an address.
    pub host: Option<String>,
    /// The SSH port on the host.
    pub ssh_port: u16,
}

/// How a lease stands by its provider's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseStatus {
    /// Paid for.
    Running,
    /// Over, and about to be removed.
    Expired,
    /// A word that no known provider sends.
    Other(String),
}

/// An error that a provider reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReply {
    /// Its kind.
    pub kind: ErrorType,
    /// The provider's words, tokens in them blacked out.
    pub message: String,
}

impl ErrorReply {
    /// The shortest lease that the provider sells, in seconds, when it says so (PROTOCOL §3.6).
    #[must_use]
    pub fn minimum_secs(&self) -> Option<u64> {
        let (_, secs) = self.message.rsplit_once(" msats for ")?;
        let named = self.kind == ErrorType::InsufficientPayment && self.message.contains("minimum duration");
        secs.strip_suffix('s')?.parse().ok().filter(|_| named)
    }

    // `details` is not kept: it repeats the beginning of the request, which may be that of the token (§2.3, 3).
    fn read(object: &Tree) -> Option<Self> {
        Some(Self {
            kind: ErrorType::from(text(object, "error_type")?.to_owned()),
            message: redact(&line(object, "message")?),
        })
    }
}

impl TopUpReply {
    fn read(object: &Tree) -> Option<Self> {
        Some(Self {
            success: object.get("success")?.bool()?,
            pod_id: clean(text(object, "pod_npub")?, LONGEST_ID),
            extended_secs: object.get("extended_duration_seconds")?.unsigned()?,
            expires_at: date(object, "new_expires_at")?,
            message: redact(&line(object, "message")?),
        })
    }
}

impl StatusReply {
    fn read(object: &Tree) -> Option<Self> {
        text(object, "ssh_username")?;
        let left = object.get("time_remaining_seconds")?;
        Some(Self {
            pod_id: clean(text(object, "pod_id")?, LONGEST_ID),
            status: match text(object, "status")? {
                "Running" => LeaseStatus::Running,
                "Expired" => LeaseStatus::Expired,
                other => LeaseStatus::Other(clean(other, LONGEST_ID)),
            },
            expires_at: date(object, "expires_at")?,
            time_remaining_secs: left.unsigned().or_else(|| matches!(left, Tree::Negative(_)).then_some(0))?,
            cpu_millicores: object.get("cpu_millicores")?.unsigned()?,
            memory_mb: object.get("memory_mb")?.unsigned()?,
            host: host(text(object, "ssh_host")?),
            ssh_port: port(object, "ssh_port")?,
        })
    }
}

impl AccessDetails {
    fn read(object: &Tree) -> Option<Self> {
        let lines = object.get("instructions")?.list()?.iter().take(MOST_LINES);
        let lines = lines.map(|line| line.text().map(str::to_owned)).collect::<Option<Vec<String>>>()?;
        let password = AccessPassword::from_instructions(&lines);
        let shown = |line: &String| {
            let line = clean(line, LONGEST_LINE);
            match &password {
                Some(password) => line.replace(password.expose(), "••••••••"),
                None => line,
            }
        };
        let ports = match object.get("template_ports") {
            None | Some(Tree::Null) => Vec::new(),
            Some(ports) => ports.list()?.iter().take(MOST_PORTS).map(TemplatePort::read).collect::<Option<_>>()?,
        };
        Some(Self {
            pod_id: clean(text(object, "pod_npub")?, LONGEST_ID),
            ssh_port: port(object, "node_port")?,
            host: object.get("host_address").and_then(Tree::text).and_then(host),
            expires_at: date(object, "expires_at")?,
            cpu_millicores: object.get("cpu_millicores")?.unsigned()?,
            memory_mb: object.get("memory_mb")?.unsigned()?,
            tier_name: line(object, "pod_spec_name")?,
            tier_description: line(object, "pod_spec_description")?,
            instructions: lines.iter().map(shown).collect(),
            ports,
            password,
        })
    }
}

impl TemplatePort {
    fn read(object: &Tree) -> Option<Self> {
        Some(Self {
            host_port: port(object, "host_port")?,
            container_port: port(object, "container_port")?,
            label: line(object, "label")?,
        })
    }
}

fn text<'a>(object: &'a Tree, name: &str) -> Option<&'a str> {
    object.get(name)?.text()
}

fn line(object: &Tree, name: &str) -> Option<String> {
    Some(clean(text(object, name)?, LONGEST_LINE))
}

fn date(object: &Tree, name: &str) -> Option<u64> {
    parse_rfc3339(text(object, name)?)
}

fn port(object: &Tree, name: &str) -> Option<u16> {
    u16::try_from(object.get(name)?.unsigned()?).ok()
}

// People paste it behind `ssh`, so nothing a shell or ssh would read as more than a host gets through.
fn host(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_' | '[' | ']');
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '[' | ':'));
    (text.len() <= 253 && starts_plain && text.chars().all(plain)).then(|| text.to_owned())
}
