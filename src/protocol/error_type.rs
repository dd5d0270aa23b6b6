//! Error replies (PROTOCOL §3.7): what each means for the money.

use serde::{Deserialize, Serialize};

/// What an error says about the token that was sent. Only the mint's word settles it: this is what to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoneyFate {
    /// The token was not touched and can be taken back.
    Safe,
    /// The mint says that it is spent, maybe by this very request.
    AlreadySpent,
    /// The mint has not decided.
    Undecided,
    /// It may or may not have been redeemed.
    Ambiguous,
    /// The provider redeemed it and gives nothing for it.
    Lost,
}

macro_rules! error_types {
    ($($variant:ident $slug:literal $fate:ident $advice:literal)*) => {
        /// The kind of an error reply.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum ErrorType {
            $(#[doc = concat!("`", $slug, "`: ", $advice, ".")] $variant,)*
            /// A kind that no known provider sends.
            Other(String),
        }

        impl ErrorType {
            /// The 23 kinds that providers send.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The kind as it appears on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $slug,)*
                    Self::Other(slug) => slug,
                }
            }

            /// What it means for the money.
            #[must_use]
            pub fn money(&self) -> MoneyFate {
                match self {
                    $(Self::$variant => MoneyFate::$fate,)*
                    Self::Other(_) => MoneyFate::Ambiguous,
                }
            }

            /// What happened and what to do, as a sentence without a full stop.
            #[must_use]
            pub fn advice(&self) -> &'static str {
                match self {
                    $(Self::$variant => $advice,)*
                    Self::Other(_) => "the provider reports an error of an unknown kind; the mint will say where the money is",
                }
            }
        }

        impl From<ErrorType> for String {
            fn from(kind: ErrorType) -> Self {
                kind.as_str().to_owned()
            }
        }

        impl From<String> for ErrorType {
            fn from(slug: String) -> Self {
                match slug.as_str() {
                    $($slug => Self::$variant,)*
                    _ => Self::Other(super::text::clean(&slug, 40)),
                }
            }
        }
    };
}

error_types! {
    InvalidRequest "invalid_request" Safe
        "the provider did not understand the request; the money is taken back, please report this"
    NotAddressed "not_addressed" Safe
        "the provider is neither primary nor standby of this order; the money is taken back"
    TemplateUnsupported "template_unsupported" Safe
        "this provider runs no templates; the money is taken back, choose an image or another provider"
    InvalidToken "invalid_token" Safe
        "the provider could not read the token; the money is taken back, try another mint"
    NonWhitelistedMint "non_whitelisted_mint" Safe
        "the provider does not take money of this mint; the money is taken back, pay from another mint"
    TokenAlreadySpent "token_already_spent" AlreadySpent
        "the mint says the token is spent, maybe by this very order handled twice; waiting for a success before deciding"
    TokenPending "token_pending" Undecided
        "the mint has not settled the token yet; waiting for its word"
    MintNetworkError "mint_network_error" Ambiguous
        "the provider could not reach the mint, or lost its answer; asking the mint whether the token is spent"
    MintError "mint_error" Ambiguous
        "the provider could not redeem the token; asking the mint, and the money is taken back if it is unspent"
    UnsupportedUnit "unsupported_unit" Lost
        "the provider kept a token in a unit it does not sell for; keep the record as evidence"
    NoSpecs "no_specs" Lost
        "the provider kept the money and has nothing to rent; keep the record and choose another provider"
    InsufficientPayment "insufficient_payment" Lost
        "the provider kept the money because it buys less than its minimum time; pay for longer next time"
    ProvisioningError "provisioning_error" Lost
        "the provider kept the money and has no room; keep the record and choose another provider"
    UnknownTemplate "unknown_template" Lost
        "the provider kept the money and does not know the template; choose an image or another provider"
    InvalidVolumeEncryption "invalid_volume_encryption" Lost
        "the provider kept the money and could not read the volume key; keep the record, please report this"
    MissingWorkloadId "missing_workload_id" Lost
        "the provider kept the money and missed a workload id; keep the record, please report this"
    BackendError "backend_error" Lost
        "the provider kept the money and failed to start the workload; ask for its status once and keep the record"
    InvalidPodId "invalid_pod_id" Safe
        "the provider does not know workloads by such an id; the money is taken back"
    NotOwner "not_owner" Safe
        "the workload belongs to another key; the money is taken back"
    NotFound "not_found" Safe
        "the provider knows no such workload; money sent to extend it is taken back"
    LeaseExpired "lease_expired" Safe
        "the time was over before it could be extended; the money is taken back, rent anew"
    SpecUnavailable "spec_unavailable" Safe
        "the provider no longer sells this tier; the money is taken back, choose another tier"
    RaceLost "race_lost" Lost
        "the provider kept the money, but the workload ended while it was being paid; rent anew"
}
