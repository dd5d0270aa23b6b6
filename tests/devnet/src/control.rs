//! The control port: HTTP with JSON, open to every origin, so that tests and pages can throw the switches.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use paygress_support::mint::Lightning;
use paygress_support::provider::{Backend, Lie, ProviderVersion, Tier};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::crash::Point;
use crate::devnet::Parts;
use crate::mint::{Fault, FaultKind, MintServer, Who, internal_error};
use crate::provider::ProviderServer;
use crate::relay::Relay;

type Network = Arc<Parts>;
type Answer = Result<Json<Value>, Mistake>;

/// A request the control port cannot follow.
struct Mistake(String);

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// A JSON body whatever its content type; an empty one is `{}`.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Mistake;

    async fn from_request(request: Request, state: &S) -> Result<Self, Mistake> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| Mistake(error.to_string()))?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes[..] };
        serde_json::from_slice(bytes).map(Self).map_err(|error| Mistake(format!("the body is not understood: {error}")))
    }
}

/// All routes.
pub(crate) fn router(parts: Network) -> Router {
    Router::new()
        .route("/state", get(async |State(parts): State<Network>| Json(parts.state())))
        .route("/relay/{number}/{action}", post(relay))
        .route("/provider/ledger", get(async |State(parts): State<Network>| provider_ledger(&parts, 1)))
        .route(
            "/provider/{number}/ledger",
            get(async |State(parts): State<Network>, Path(number): Path<usize>| provider_ledger(&parts, number)),
        )
        .route(
            "/provider/{action}",
            post(async |State(parts): State<Network>, Path(action): Path<String>, Body(body): Body<Value>| {
                provider(&parts, 1, &action, body).await
            }),
        )
        .route(
            "/provider/{number}/{action}",
            post(
                async |State(parts): State<Network>,
                       Path((number, action)): Path<(usize, String)>,
                       Body(body): Body<Value>| provider(&parts, number, &action, body).await,
            ),
        )
        .route("/mint/ledger", get(async |State(parts): State<Network>| mint_ledger(&parts, 1)))
        .route(
            "/mint/{number}/ledger",
            get(async |State(parts): State<Network>, Path(number): Path<usize>| mint_ledger(&parts, number)),
        )
        .route(
            "/mint/{action}",
            post(async |State(parts): State<Network>, Path(action): Path<String>, Body(body): Body<Value>| {
                mint(&parts, 1, &action, body).await
            }),
        )
        .route(
            "/mint/{number}/{action}",
            post(
                async |State(parts): State<Network>,
                       Path((number, action)): Path<(usize, String)>,
                       Body(body): Body<Value>| mint(&parts, number, &action, body).await,
            ),
        )
        .route("/crash-point", get(crash_point).post(arm))
        .layer(CorsLayer::very_permissive())
        .with_state(parts)
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Mistake> {
    serde_json::from_value(body).map_err(|error| Mistake(format!("the body is not understood: {error}")))
}

/// What most switches take: on unless said otherwise.
#[derive(Deserialize)]
struct On {
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RelayBody {
    on: Option<bool>,
    reason: Option<String>,
    forget: bool,
    auth: bool,
}

async fn relay(
    State(parts): State<Network>,
    Path((number, action)): Path<(String, String)>,
    Body(body): Body<RelayBody>,
) -> Answer {
    let chosen: Vec<&Arc<Relay>> = if number == "all" {
        parts.relays.iter().collect()
    } else {
        let number: usize = number.parse().map_err(|_| Mistake(format!("{number} is no relay's number")))?;
        vec![nth(&parts.relays, number, "relay")?]
    };
    let on = body.on.unwrap_or(true);
    for relay in &chosen {
        match action.as_str() {
            "stop" => relay.stop().await,
            "start" => {
                relay.start(body.forget, body.auth).await.map_err(|error| Mistake(error.to_string()))?;
            }
            "silence" => relay.switch(|gate| gate.silent = on),
            "guard" => relay.switch(|gate| gate.guarded = on),
            "refuse" => {
                let reason = body.reason.clone().unwrap_or_else(|| "blocked: not accepted here".to_owned());
                relay.switch(|gate| gate.refuses = on.then_some(reason));
            }
            _ => return Err(Mistake(format!("a relay cannot {action}: stop, start, silence, guard, refuse"))),
        }
    }
    Ok(Json(chosen.iter().map(|relay| relay.state()).collect()))
}

#[derive(Deserialize)]
struct Secs {
    secs: u64,
}

#[derive(Deserialize)]
struct Version {
    version: ProviderVersion,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Setup {
    name: Option<String>,
    backend: Option<Backend>,
    tiers: Option<Vec<Tier>>,
    mints: Option<Vec<String>>,
    minimum_secs: Option<u64>,
    host: Option<String>,
}

#[derive(Deserialize)]
struct Vmid {
    vmid: u32,
}

async fn provider(parts: &Parts, number: usize, action: &str, body: Value) -> Answer {
    let provider = nth(&parts.providers, number, "provider")?;
    match action {
        "stop" => provider.stop(),
        "start" => provider.start(),
        "restart" => provider.restart().await,
        "heartbeat" => provider.set_heartbeat_secs(read::<Secs>(body)?.secs),
        "delay" => {
            let Secs { secs } = read(body)?;
            provider.switch(|switches| switches.delay_secs = secs);
        }
        "mute" => {
            let On { on } = read(body)?;
            provider.switch(|switches| switches.mute = on);
        }
        "deaf" => {
            let On { on } = read(body)?;
            provider.switch(|switches| switches.deaf = on);
        }
        "hold" => {
            let On { on } = read(body)?;
            provider.switch(|switches| switches.hold = on);
        }
        "lie" => {
            let lie: Lie = read(body)?;
            provider.switch(|switches| switches.lie = lie);
        }
        "honest" => provider.switch(|switches| *switches = Default::default()),
        "version" => {
            let Version { version } = read(body)?;
            provider.configure(|config| config.version = version);
        }
        "setup" => set_up(provider, read(body)?),
        "forget" => {
            let Vmid { vmid } = read(body)?;
            if !provider.forget_lease(vmid) {
                return Err(Mistake(format!("no lease has the number {vmid}")));
            }
        }
        _ => {
            return Err(Mistake(format!(
                "a provider cannot {action}: stop, start, restart, heartbeat, delay, mute, deaf, hold, lie, honest, \
                 version, setup, forget"
            )));
        }
    }
    Ok(Json(provider.state()))
}

fn set_up(provider: &ProviderServer, setup: Setup) {
    provider.configure(|config| {
        config.name = setup.name.unwrap_or_else(|| config.name.clone());
        config.backend = setup.backend.unwrap_or(config.backend);
        config.tiers = setup.tiers.unwrap_or_else(|| config.tiers.clone());
        config.mints = setup.mints.unwrap_or_else(|| config.mints.clone());
        config.minimum_secs = setup.minimum_secs.unwrap_or(config.minimum_secs);
        config.host = setup.host.unwrap_or_else(|| config.host.clone());
    });
}

fn provider_ledger(parts: &Parts, number: usize) -> Answer {
    Ok(Json(nth(&parts.providers, number, "provider")?.ledger()))
}

#[derive(Deserialize)]
struct QuoteBody {
    quote: Option<String>,
    request: Option<String>,
}

#[derive(Deserialize)]
struct AutoPay {
    secs: Option<u64>,
}

#[derive(Deserialize)]
struct Payments {
    end: Lightning,
}

#[derive(Deserialize)]
struct Settled {
    paid: bool,
}

#[derive(Deserialize)]
struct Amounts {
    amounts: Vec<u64>,
    #[serde(default = "sat")]
    unit: String,
}

fn sat() -> String {
    "sat".to_owned()
}

#[derive(Deserialize)]
struct Keep {
    unit: String,
}

#[derive(Deserialize)]
struct End {
    at: Option<u64>,
}

#[derive(Deserialize)]
struct Fee {
    ppk: u64,
}

#[derive(Deserialize)]
struct Limits {
    least: Option<u64>,
    most: Option<u64>,
}

#[derive(Deserialize)]
struct TokenBody {
    token: String,
    #[serde(default = "yes")]
    on: bool,
}

/// A fault named by its route.
#[derive(Deserialize)]
struct FaultBody {
    #[serde(default = "one")]
    next: u32,
    #[serde(default)]
    path: String,
    #[serde(default)]
    secs: f64,
    #[serde(default = "internal_error")]
    status: u16,
    #[serde(default)]
    who: Who,
}

fn one() -> u32 {
    1
}

async fn mint(parts: &Parts, number: usize, action: &str, body: Value) -> Answer {
    let mint = nth(&parts.mints, number, "mint")?;
    if let Ok(kind) = serde_json::from_value::<FaultKind>(json!(action)) {
        let FaultBody { next, path, secs, status, who } = read(body)?;
        mint.add_fault(Fault { kind, next, path, secs, status, who });
        return Ok(Json(mint.ledger()));
    }
    match action {
        "stop" => mint.stop().await,
        "start" => mint.start().await.map_err(|error| Mistake(error.to_string()))?,
        "heal" => mint.heal(),
        "pay" => pay(mint, &read(body)?)?,
        "auto-pay" => {
            let AutoPay { secs } = read(body)?;
            mint.set_auto_pay(secs);
        }
        "rotate" => {
            let keyset = mint.with(paygress_support::mint::Mint::rotate_keyset);
            return Ok(Json(json!({"keyset": keyset})));
        }
        "retire" => mint.with(paygress_support::mint::Mint::retire_keysets),
        "end" => {
            let End { at } = read(body)?;
            mint.with(|mint| mint.end_keysets(at));
        }
        "fee" => {
            let Fee { ppk } = read(body)?;
            mint.with(|mint| mint.change_fee(ppk));
        }
        "limits" => {
            let Limits { least, most } = read(body)?;
            mint.with(|mint| mint.limits = (least, most));
        }
        "keep" => {
            let Keep { unit } = read(body)?;
            mint.with(|mint| mint.keep_unit(&unit));
        }
        "replays" => {
            let On { on } = read(body)?;
            mint.with(|mint| mint.replays = on);
        }
        "lightning" => {
            let Payments { end } = read(body)?;
            mint.with(|mint| mint.lightning = end);
        }
        "settle" => {
            let Settled { paid } = read(body)?;
            mint.with(|mint| mint.settle_payments(paid));
            mint.deliver_payments();
        }
        "gift" => {
            let Amounts { amounts, unit } = read(body)?;
            if !amounts.iter().all(|amount| amount.is_power_of_two()) {
                return Err(Mistake("the mint signs powers of two only".to_owned()));
            }
            if !mint.with(|mint| mint.keeps(&unit)) {
                return Err(Mistake(format!(
                    "the mint keeps no {unit}; POST /mint/keep {{\"unit\":\"{unit}\"}} first"
                )));
            }
            return Ok(Json(json!({"token": mint.with(|mint| mint.gift_of(&unit, &amounts))})));
        }
        "redeem" => {
            let TokenBody { token, .. } = read(body)?;
            let arrived = mint.with(|mint| mint.redeem(&token)).map_err(Mistake)?;
            return Ok(Json(json!({"arrived": arrived})));
        }
        "pending" => {
            let TokenBody { token, on } = read(body)?;
            if !mint.with(|mint| mint.reads(&token)) {
                return Err(Mistake("this is no token of the mint".to_owned()));
            }
            mint.with(|mint| mint.set_pending(&token, on));
        }
        _ => {
            return Err(Mistake(format!(
                "a mint cannot {action}: stop, start, pay, auto-pay, rotate, retire, end, fee, limits, keep, replays, lightning, settle, \
                 gift, redeem, pending, delay, fail, fail-after, garble, lose-answers, lose-requests, rate-limit, no-cors, heal"
            )));
        }
    }
    Ok(Json(mint.ledger()))
}

fn pay(mint: &MintServer, body: &QuoteBody) -> Result<(), Mistake> {
    let paid = match (&body.quote, &body.request) {
        (Some(quote), _) => mint.with(|mint| mint.pay_quote(quote)),
        (None, Some(request)) => mint.with(|mint| mint.pay_invoice(request)),
        (None, None) => {
            let unpaid: Vec<String> = mint.with(|mint| mint.quotes().map(|(id, ..)| id.to_owned()).collect());
            unpaid.iter().filter(|id| mint.with(|mint| mint.pay_quote(id))).count() > 0
        }
    };
    if paid { Ok(()) } else { Err(Mistake("there is no such unpaid quote".to_owned())) }
}

fn mint_ledger(parts: &Parts, number: usize) -> Answer {
    Ok(Json(nth(&parts.mints, number, "mint")?.ledger()))
}

#[derive(Deserialize)]
struct Wait {
    /// Seconds to wait for the point to be reached before answering anyway.
    #[serde(default)]
    wait: u64,
}

async fn crash_point(State(parts): State<Network>, Query(Wait { wait }): Query<Wait>) -> Json<Value> {
    if wait > 0 {
        let mut crash = parts.crash.watch();
        let reached = crash.wait_for(|crash| crash.reached || crash.at.is_none());
        let _ = tokio::time::timeout(Duration::from_secs(wait), reached).await;
    }
    Json(json!(parts.crash.state()))
}

#[derive(Deserialize)]
struct Arm {
    at: Option<Point>,
    #[serde(default)]
    drop: bool,
}

async fn arm(State(parts): State<Network>, Body(Arm { at, drop }): Body<Arm>) -> Json<Value> {
    parts.crash.arm(at, drop);
    Json(json!(parts.crash.state()))
}

/// The one with this number, counted from 1.
fn nth<'a, T>(all: &'a [T], number: usize, what: &str) -> Result<&'a T, Mistake> {
    number
        .checked_sub(1)
        .and_then(|index| all.get(index))
        .ok_or_else(|| Mistake(format!("there is no {what} {number}, only {}", all.len())))
}
