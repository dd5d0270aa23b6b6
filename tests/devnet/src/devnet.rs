//! The network as a whole: what runs, where, and under whose control.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use paygress_support::mint::{KeysetVersion, MintConfig};
use paygress_support::provider::{Backend, ProviderConfig, ProviderVersion, Tier};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::crash::{CrashPoint, Point};
use crate::mint::MintServer;
use crate::options::Options;
use crate::provider::ProviderServer;
use crate::relay::Relay;
use crate::{control, page};

/// A running network. It ends with the runtime it was started on.
#[derive(Debug)]
pub struct Devnet {
    addresses: Addresses,
}

/// Where everything listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// Always true; the line is printed only then.
    pub ready: bool,
    /// The control port.
    pub control: String,
    /// The relays, in the order of `/relay/1`, `/relay/2`, …
    pub relays: Vec<String>,
    /// The mints, those elsewhere last.
    pub mints: Vec<String>,
    /// The providers, in the order of `/provider/1`, `/provider/2`, …
    pub providers: Vec<ProviderAddress>,
    /// The page, when directories are served.
    pub www: Option<String>,
}

/// A provider's name and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderAddress {
    /// As in its offer.
    pub name: String,
    /// 64 hex digits.
    pub pubkey: String,
}

impl Addresses {
    /// The one line printed when the network is ready.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("addresses are strings")
    }
}

/// Everything the control port can reach.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) crash: Arc<CrashPoint>,
    pub(crate) relays: Vec<Arc<Relay>>,
    pub(crate) mints: Vec<Arc<MintServer>>,
    pub(crate) providers: Vec<Arc<ProviderServer>>,
    pub(crate) addresses: Addresses,
}

impl Parts {
    pub(crate) fn state(&self) -> Value {
        json!({
            "addresses": self.addresses,
            "relays": self.relays.iter().map(|relay| relay.state()).collect::<Vec<_>>(),
            "mints": self.mints.iter().map(|mint| mint.ledger()).collect::<Vec<_>>(),
            "providers": self.providers.iter().map(|provider| provider.state()).collect::<Vec<_>>(),
            "crash_point": self.crash.state(),
        })
    }
}

impl Devnet {
    /// Starts everything; returns when the control port answers and the offers are out.
    ///
    /// # Errors
    /// A port is taken.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let crash = Arc::new(CrashPoint::new());
        let mut relays = Vec::new();
        for number in 0..options.relays {
            relays.push(Relay::open(port(options.port_base, 1 + number), crash.clone()).await?);
        }
        let mut mints = Vec::new();
        for number in 0..options.mints {
            let at = port(options.port_base, 10 + number);
            mints.push(MintServer::open(at, mint(&options, number), options.auto_pay_secs, crash.clone()).await?);
        }
        MintServer::join(&mints);
        let relay_urls: Vec<String> = relays.iter().map(|relay| relay.url()).collect();
        let mut mint_urls: Vec<String> = mints.iter().map(|mint| mint.url()).collect();
        mint_urls.extend(options.other_mints.clone());
        let providers = futures_util::future::join_all((0..options.providers).map(|number| {
            let config = provider(&options, number, mint_urls.clone());
            ProviderServer::open(config, options.heartbeat_secs, relay_urls.clone(), crash.clone())
        }))
        .await;
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port_base)).await?;
        let control_url = page::url(control.local_addr()?);
        let www = if options.served.is_empty() {
            None
        } else {
            let config =
                json!({"relays": relay_urls, "mints": mint_urls, "test": true, "control": control_url.clone()});
            Some(serve_page(&options, config).await?)
        };
        let addresses = Addresses {
            ready: true,
            control: control_url,
            relays: relay_urls,
            mints: mint_urls,
            providers: providers
                .iter()
                .map(|provider| {
                    let (name, pubkey) = provider.describe();
                    ProviderAddress { name, pubkey }
                })
                .collect(),
            www: www.map(page::url),
        };
        let parts = Arc::new(Parts { crash, relays, mints, providers, addresses: addresses.clone() });
        serve(control, control::router(parts));
        Ok(Self { addresses })
    }

    /// Where everything listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }
}

/// Names of the crash points, for whoever documents or lists them.
impl Point {
    /// Every point, in the order of an order's life.
    pub const ALL: [Self; 5] =
        [Self::IssueThere, Self::SwapThere, Self::TokenJournaled, Self::RequestOut, Self::ReplyThere];
}

async fn serve_page(options: &Options, config: Value) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.www_port)).await?;
    let addr = listener.local_addr()?;
    serve(listener, page::router(&options.served, config));
    Ok(addr)
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

fn port(base: u16, offset: u16) -> u16 {
    if base == 0 { 0 } else { base.saturating_add(offset) }
}

fn mint(options: &Options, number: u16) -> MintConfig {
    let other = match options.keysets {
        KeysetVersion::V1 => KeysetVersion::V2,
        KeysetVersion::V2 => KeysetVersion::V1,
    };
    let [_, low] = number.to_be_bytes();
    MintConfig {
        seed: [7u8.wrapping_add(low); 32],
        keyset_version: if number.is_multiple_of(2) { options.keysets } else { other },
        input_fee_ppk: options.fee_ppk,
        name: if number == 0 { "Devnet mint".into() } else { format!("Devnet mint {}", number + 1) },
        ..MintConfig::default()
    }
}

/// The cast of the demo; whoever comes after the third is like the first with another name.
fn provider(options: &Options, number: u16, mints: Vec<String>) -> ProviderConfig {
    let [_, low] = number.to_be_bytes();
    let mut secret = [0x11; 32];
    secret[31] = low;
    let base = ProviderConfig {
        secret,
        // Vmids, passwords and nonces differ from run to run, as they would.
        seed: crate::now().wrapping_add(u64::from(number)),
        mints,
        minimum_secs: options.minimum_secs,
        ..ProviderConfig::default()
    };
    let tier = Tier::new;
    match number {
        0 => ProviderConfig { version: options.provider_version, name: "Tidy Otter".into(), ..base },
        1 => ProviderConfig {
            version: ProviderVersion::Head,
            backend: Backend::Kvm,
            name: "Granite Heron".into(),
            location: Some("Reykjavík".into()),
            capabilities: vec!["lxc".into(), "vm".into()],
            tiers: vec![
                tier("basic", "Basic", "1 dedicated core, 1 GB", 1000, 1024, 90),
                tier("premium", "Premium", "4 dedicated cores, 4 GB", 4000, 4096, 320),
            ],
            ..base
        },
        2 => ProviderConfig {
            version: ProviderVersion::Head,
            backend: Backend::Lxd,
            name: "Copper Wren".into(),
            location: None,
            capabilities: vec!["lxc".into(), "nesting".into()],
            tiers: vec![
                tier("basic", "Basic", "1 vCPU, 1 GB", 1000, 1024, 40),
                tier("standard", "Standard", "2 vCPU, 2 GB", 2000, 2048, 80),
                tier("large", "Large", "8 vCPU, 16 GB", 8000, 16_384, 400),
            ],
            ..base
        },
        _ => ProviderConfig { version: options.provider_version, name: format!("Provider {}", number + 1), ..base },
    }
}
