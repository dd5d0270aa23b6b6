//! What a request says: the untagged union of `PROTOCOL.md` §2.3, tried as Spawn, TopUp, Status.

use serde_json::{Map, Value};

use super::reply::ErrorReply;

/// A parsed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    Spawn(Spawn),
    TopUp(TopUp),
    Status(Status),
    Unreadable,
}

impl Request {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Spawn(_) => "spawn",
            Self::TopUp(_) => "topup",
            Self::Status(_) => "status",
            Self::Unreadable => "unreadable",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spawn {
    pub(super) cashu_token: String,
    pub(super) pod_spec_id: Option<String>,
    pub(super) pod_image: String,
    pub(super) ssh_password: String,
    pub(super) template_slug: Option<String>,
    pub(super) standby_providers: Option<Vec<String>>,
    pub(super) primary_npub: Option<String>,
    pub(super) workload_id: Option<String>,
    pub(super) volume_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TopUp {
    pub(super) pod_npub: String,
    pub(super) cashu_token: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) pod_id: String,
}

/// Parses a decrypted text; the first variant whose members are all there and well typed wins.
pub(super) fn parse(text: &str) -> Result<Request, ErrorReply> {
    let refused = |reason: &str| ErrorReply::invalid_request(&format!("{reason}: {}", beginning(text)));
    let value: Value = serde_json::from_str(text).map_err(|error| refused(&format!("not JSON ({error})")))?;
    let Value::Object(object) = value else { return Err(refused("not an object")) };
    spawn(&object)
        .map(Request::Spawn)
        .or_else(|| top_up(&object).map(Request::TopUp))
        .or_else(|| status(&object).map(Request::Status))
        .ok_or_else(|| refused("neither spawn nor top-up nor status"))
}

fn spawn(object: &Map<String, Value>) -> Option<Spawn> {
    let (volume_key, standby_providers) = (volume(object)?, replication(object)?);
    text(object, "ssh_username")?;
    Some(Spawn {
        cashu_token: text(object, "cashu_token")?,
        pod_image: text(object, "pod_image")?,
        ssh_password: text(object, "ssh_password")?,
        pod_spec_id: optional(object, "pod_spec_id")?,
        template_slug: optional(object, "template_slug")?,
        primary_npub: optional(object, "primary_npub")?,
        workload_id: optional(object, "workload_id")?,
        standby_providers,
        volume_key,
    })
}

fn top_up(object: &Map<String, Value>) -> Option<TopUp> {
    Some(TopUp { pod_npub: text(object, "pod_npub")?, cashu_token: text(object, "cashu_token")? })
}

fn status(object: &Map<String, Value>) -> Option<Status> {
    Some(Status { pod_id: text(object, "pod_id")? })
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// `Some(None)` when absent or null, `None` when mistyped.
fn optional(object: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match object.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => None,
    }
}

/// The standby list of a warm-standby request; `None` when the member is mistyped.
fn replication(object: &Map<String, Value>) -> Option<Option<Vec<String>>> {
    let replication = match object.get("replication") {
        None | Some(Value::Null) => return Some(None),
        Some(value) => value.as_object()?,
    };
    match replication.get("mode")?.as_str()? {
        "none" | "checkpointed" => Some(None),
        "warm-standby" => {
            let list = replication.get("standby_providers")?.as_array()?;
            let names: Option<Vec<String>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            Some(Some(names?))
        }
        _ => None,
    }
}

/// The volume key; version and algorithm must type-check and are not validated further (§3.9).
fn volume(object: &Map<String, Value>) -> Option<Option<String>> {
    let volume = match object.get("volume_encryption") {
        None | Some(Value::Null) => return Some(None),
        Some(value) => value.as_object()?,
    };
    volume.get("version").is_none_or(Value::is_u64).then_some(())?;
    text(volume, "algorithm")?;
    Some(Some(text(volume, "key_b64")?))
}

/// The first hundred characters, which upstream echoes.
fn beginning(text: &str) -> String {
    text.chars().take(100).collect()
}
