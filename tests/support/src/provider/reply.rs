//! What a provider says: replies with the member order of the wire.

use serde::Serialize;

/// An error reply (§2.5 no. 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ErrorReply {
    error_type: String,
    message: String,
    details: Option<String>,
}

impl ErrorReply {
    pub(super) fn new(error_type: &str, message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), message: message.into(), details: None }
    }

    pub(super) fn invalid_request(details: &str) -> Self {
        let error = Self::new("invalid_request", "Failed to parse request");
        Self { details: Some(details.into()), ..error }
    }

    pub(super) fn unsupported_unit(unit: &str) -> Self {
        Self::new("unsupported_unit", format!("unit {unit} cannot be sold for"))
    }

    /// An error the provider has no reason for.
    pub(super) fn lie(error_type: &str) -> Self {
        Self::new(error_type, format!("refused as told: {error_type}"))
    }

    pub(super) fn to_text(&self) -> String {
        to_text(self)
    }
}

/// Access details (§3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AccessReply {
    pub(super) pod_npub: String,
    pub(super) node_port: u16,
    pub(super) expires_at: String,
    pub(super) cpu_millicores: u64,
    pub(super) memory_mb: u64,
    pub(super) pod_spec_name: String,
    pub(super) pod_spec_description: String,
    pub(super) instructions: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) host_address: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) template_ports: Vec<TemplatePort>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TemplatePort {
    pub(super) host_port: u16,
    pub(super) container_port: u16,
    pub(super) protocol: &'static str,
    pub(super) label: &'static str,
}

/// A top-up's answer (§4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TopUpReply {
    pub(super) success: bool,
    pub(super) pod_npub: String,
    pub(super) extended_duration_seconds: u64,
    pub(super) new_expires_at: String,
    pub(super) message: String,
}

/// A status answer (§5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct StatusReply {
    pub(super) pod_id: String,
    pub(super) status: &'static str,
    pub(super) expires_at: String,
    pub(super) time_remaining_seconds: u64,
    pub(super) cpu_millicores: u64,
    pub(super) memory_mb: u64,
    pub(super) ssh_host: String,
    pub(super) ssh_port: u16,
    pub(super) ssh_username: &'static str,
}

pub(super) fn to_text(reply: &impl Serialize) -> String {
    serde_json::to_string(reply).expect("a reply of strings and numbers is JSON")
}

/// A time as replies carry it: RFC 3339 with `+00:00`.
pub fn rfc3339(at: u64) -> String {
    let [year, month, day, hour, minute, second] = civil(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
}

/// A time as the human line has it.
pub(super) fn human_time(at: u64) -> String {
    let [year, month, day, hour, minute, second] = civil(at);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Year, month, day, hour, minute, second of a Unix time, by counting eras of 400 years from 1 March of year 0.
fn civil(at: u64) -> [u64; 6] {
    let (days, seconds) = (at / 86_400 + 719_468, at % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    [year, month, day, seconds / 3_600, seconds / 60 % 60, seconds % 60]
}

#[cfg(test)]
mod tests {
    use super::{human_time, rfc3339};

    #[test]
    fn times_are_written_as_replies_write_them() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56+00:00");
        assert_eq!(rfc3339(1_800_003_600), "2027-01-15T09:00:00+00:00");
        assert_eq!(human_time(4_107_542_399), "2100-02-28 23:59:59 UTC");
    }
}
