//! Requests to a provider (PROTOCOL §3.1, §5), built so that it cannot take the money and then refuse.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::offer::Tier;
use super::price::{MINIMUM_SECS, duration, price};
use super::refusal::Refusal;
use super::template::TemplateSlug;
use super::text::clean;
use super::token;
use super::untagged::ParsedRequest;
use crate::error::{Error, ErrorCode};
use crate::model::ProviderKey;

/// What a request says before it is encrypted. Holds money: never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct RequestText(String);

impl RequestText {
    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(request: &impl Serialize) -> Self {
        Self(serde_json::to_string(request).expect("strings and numbers serialise"))
    }

    /// A text that a provider reads as a request.
    pub(super) fn read(text: String) -> Result<Self, Refusal> {
        ParsedRequest::parse(&text)?;
        Ok(Self(text))
    }
}

impl fmt::Debug for RequestText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestText(hidden)")
    }
}

impl Serialize for RequestText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RequestText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Workload {
    /// A bare machine or container of an image.
    Image(ImageRef),
    /// One of the templates that providers know.
    Template(TemplateSlug),
}

/// The name of an image: an OCI reference like `ubuntu:22.04`, or an alias like `images:alpine/3.19`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef(String);

impl ImageRef {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageRef {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidInput`] for text with characters that no image name has.
    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
        // A name that began with a dash would be read as an option by the provider's command line.
        if name.len() > 255 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(allowed) {
            return Err(Error::new(
                ErrorCode::InvalidInput,
                format!("{:?} is not the name of an image; write it like ubuntu:22.04", clean(text, 80)),
            ));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ImageRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ImageRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A password that providers honour: 12 to 64 ASCII letters and digits. Others are replaced without a word.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SshPassword(String);

impl SshPassword {
    /// The password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SshPassword {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidInput`] for a password that a provider would replace.
    fn from_str(text: &str) -> Result<Self, Error> {
        if !(12..=64).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Error::new(
                ErrorCode::InvalidInput,
                "a provider would replace this password; use 12 to 64 letters and digits",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SshPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SshPassword(hidden)")
    }
}

/// A request to start a workload. The tier comes from an offer, the template from the known six, the password is one
/// that is honoured: what remains to go wrong is checked by [`to_text`](Self::to_text).
#[derive(Clone, Copy)]
pub struct SpawnRequest<'a> {
    /// The token that pays: unlocked `cashuB` in sat.
    pub token: &'a str,
    /// What to rent, out of the provider's newest offer.
    pub tier: &'a Tier,
    /// What to run.
    pub workload: &'a Workload,
    /// The password to ask for.
    pub password: &'a SshPassword,
    /// An unguessable UUID.
    pub workload_id: &'a str,
    /// The key for the workload's volume; sent only with a template that keeps data.
    pub volume_key: Option<&'a [u8; 32]>,
}

impl SpawnRequest<'_> {
    /// The text to encrypt, after it was read back as a provider reads it.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidToken`] for a token that would be refused or lost, [`ErrorCode::AmountTooSmall`] for one that
    /// buys less than a minute, [`ErrorCode::InvalidInput`] for a workload id that is no UUID.
    pub fn to_text(&self) -> Result<RequestText, Error> {
        let face = token::face(self.token)?;
        if duration(face.to_msat(), self.tier.rate) < MINIMUM_SECS {
            let least = price(self.tier.rate, MINIMUM_SECS);
            return Err(Error::new(
                ErrorCode::AmountTooSmall,
                format!("the token is worth {face} and {MINIMUM_SECS} seconds cost {least}; pay for at least a minute"),
            ));
        }
        if !is_uuid(self.workload_id) {
            return Err(Error::new(ErrorCode::InvalidInput, "the workload id is not a UUID; derive it from the lease"));
        }
        // Every backend that serves templates ignores the image, but the member must be there (PROTOCOL §2.3, c).
        let (image, template) = match self.workload {
            Workload::Image(image) => (image.as_str(), None),
            Workload::Template(slug) => ("ubuntu:22.04", Some(*slug)),
        };
        let keeps_data = template.is_some_and(|slug| slug.info().data_path.is_some());
        let text = RequestText::of(&Spawn {
            cashu_token: self.token,
            pod_spec_id: &self.tier.id,
            pod_image: image,
            ssh_username: "root",
            ssh_password: self.password.expose(),
            template_slug: template,
            workload_id: self.workload_id,
            volume_encryption: self.volume_key.filter(|_| keeps_data).map(|key| VolumeEncryption {
                version: 1,
                algorithm: "luks2-aes-xts",
                key_b64: URL_SAFE_NO_PAD.encode(key),
            }),
        });
        match ParsedRequest::parse(text.as_str()) {
            Ok(ParsedRequest::Spawn(spawn))
                if spawn.token == self.token
                    && spawn.tier.as_deref() == Some(&self.tier.id)
                    && spawn.template.as_deref() == template.map(TemplateSlug::as_str) =>
            {
                Ok(text)
            }
            Ok(_) | Err(_) => Err(Error::new(
                ErrorCode::InvalidInput,
                "a provider would not read this request as an order; nothing was sent",
            )),
        }
    }
}

impl fmt::Debug for SpawnRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnRequest")
            .field("tier", &self.tier.id)
            .field("workload", &self.workload)
            .finish_non_exhaustive()
    }
}

/// A question for the lease of an owner: the only form that cannot be answered with somebody else's (PROTOCOL §5). The
/// owner is the lease's own public key.
#[must_use]
pub fn status_by_owner(owner: &ProviderKey) -> RequestText {
    RequestText::of(&Status { pod_id: owner.to_hex() })
}

#[derive(Serialize)]
struct Spawn<'a> {
    cashu_token: &'a str,
    pod_spec_id: &'a str,
    pod_image: &'a str,
    ssh_username: &'a str,
    ssh_password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_slug: Option<TemplateSlug>,
    workload_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_encryption: Option<VolumeEncryption>,
}

#[derive(Serialize)]
struct VolumeEncryption {
    version: u8,
    algorithm: &'static str,
    key_b64: String,
}

#[derive(Serialize)]
struct Status {
    pod_id: String,
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
