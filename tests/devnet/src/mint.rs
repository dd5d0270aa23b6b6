//! The mint's server: the simulated mint over HTTP with CORS, and the faults of its network.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use paygress_support::mint::{Listener, Mint, MintConfig, QuoteState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::crash::{CrashPoint, Point};
use crate::http::PROVIDER_HEADER;
use crate::now;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    /// Answered late, by `secs`.
    Delay,
    /// Status 500 or the one named, nothing done.
    Fail,
    /// Done, and yet that status.
    FailAfter,
    /// Done, and the answer cut in half.
    Garble,
    /// Done, and the connection ends without an answer.
    LoseAnswers,
    /// Not done, and the connection ends without an answer.
    LoseRequests,
    /// Status 429 without CORS headers, nothing done (`PROTOCOL.md` §15 no. 14).
    RateLimit,
    /// Done, and the answer without CORS headers: no page can read it.
    NoCors,
}

/// Whose calls a fault hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Who {
    /// Everybody but this network's providers.
    #[default]
    Consumers,
    /// This network's providers.
    Providers,
    /// Everybody.
    All,
}

/// A fault that waits for calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// How many calls it still hits.
    #[serde(default = "one")]
    pub(crate) next: u32,
    /// Only calls whose path begins so.
    #[serde(default)]
    pub(crate) path: String,
    /// For a delay.
    #[serde(default)]
    pub(crate) secs: f64,
    /// For a failure.
    #[serde(default = "internal_error")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) who: Who,
}

fn one() -> u32 {
    1
}

pub(crate) fn internal_error() -> u16 {
    500
}

/// One mint on its own port.
#[derive(Debug)]
pub(crate) struct MintServer {
    addr: SocketAddr,
    crash: Arc<CrashPoint>,
    /// Changes when all connections must end.
    epoch: watch::Sender<u64>,
    state: Mutex<State>,
    /// The other mints, whose invoices this one can pay.
    peers: OnceLock<Vec<Weak<Self>>>,
}

#[derive(Debug)]
struct State {
    mint: Mint,
    faults: Vec<Fault>,
    /// How many calls each kind of fault really hit.
    injected: Vec<(FaultKind, u64)>,
    auto_pay_secs: Option<u64>,
    listener: Option<JoinHandle<()>>,
    calls: u64,
    /// Open lines of those who listen (NUT-17).
    lines: u64,
}

/// How often it is looked for something to tell.
const NEWS_EVERY: Duration = Duration::from_millis(50);

/// The connection is to be cut: hyper closes it when a service fails.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut as told")
    }
}

impl std::error::Error for Cut {}

impl MintServer {
    /// Opens a mint on a port of loopback, 0 for a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub(crate) async fn open(
        port: u16,
        config: MintConfig,
        auto_pay_secs: Option<u64>,
        crash: Arc<CrashPoint>,
    ) -> std::io::Result<Arc<Self>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let addr = listener.local_addr()?;
        let mint = Mint::new(MintConfig { url: format!("http://{addr}"), ..config });
        let state =
            State { mint, faults: Vec::new(), injected: Vec::new(), auto_pay_secs, listener: None, calls: 0, lines: 0 };
        let server = Arc::new(Self {
            addr,
            crash,
            epoch: watch::Sender::new(0),
            state: Mutex::new(state),
            peers: OnceLock::new(),
        });
        server.clone().listen(listener);
        Ok(server)
    }

    /// Joins mints by Lightning: what one pays arrives at another.
    pub(crate) fn join(mints: &[Arc<Self>]) {
        for mint in mints {
            let peers = mints.iter().filter(|peer| !Arc::ptr_eq(mint, peer)).map(Arc::downgrade).collect();
            // Joined once, when the network starts.
            let _ = mint.peers.set(peers);
        }
    }

    /// What this mint paid so far arrives.
    pub(crate) fn deliver_payments(&self) {
        let paid: Vec<String> = self.with(|mint| mint.paid_invoices().map(str::to_owned).collect());
        for peer in self.peers.get().into_iter().flatten().filter_map(Weak::upgrade) {
            peer.with(|mint| {
                paid.iter().for_each(|invoice| {
                    mint.pay_invoice(invoice);
                })
            });
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Closes every connection and refuses new ones; money and quotes stay.
    pub(crate) async fn stop(&self) {
        let listener = self.state().listener.take();
        if let Some(listener) = listener {
            listener.abort();
            // The port is free only when the task is gone; it ends by the abort.
            let _ = listener.await;
        }
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    /// Listens again on the same port.
    ///
    /// # Errors
    /// Somebody else took the port meanwhile.
    pub(crate) async fn start(self: &Arc<Self>) -> std::io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.addr).await?;
        self.clone().listen(listener);
        Ok(())
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    pub(crate) fn set_auto_pay(&self, secs: Option<u64>) {
        self.state().auto_pay_secs = secs;
    }

    /// Runs something on the mint itself.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Mint) -> T) -> T {
        act(&mut self.state().mint)
    }

    /// The mint's books, its quotes, and what was done to its network.
    pub(crate) fn ledger(&self) -> Value {
        let state = self.state();
        let mint = &state.mint;
        let quotes: Vec<Value> = mint
            .quotes()
            .map(|(id, amount, quote)| json!({"quote": id, "amount": amount, "state": quote_state(quote)}))
            .collect();
        let injected: serde_json::Map<String, Value> = state
            .injected
            .iter()
            .filter_map(|(kind, count)| Some((serde_json::to_value(kind).ok()?.as_str()?.to_owned(), json!(count))))
            .collect();
        json!({
            "url": self.url(), "running": state.listener.is_some(), "issued": mint.issued(),
            "redeemed": mint.redeemed(), "fees": mint.fees(), "melted": mint.melted(), "signatures": mint.signatures(),
            "keyset": mint.active_keyset(), "quotes": quotes, "auto_pay_secs": state.auto_pay_secs,
            "faults": state.faults, "injected": injected, "calls": state.calls, "lines": state.lines,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(self: Arc<Self>, listener: TcpListener) {
        let server = self.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let mut epoch = server.epoch.subscribe();
                    epoch.mark_unchanged();
                    let service = hyper::service::service_fn(|request| server.clone().serve(request));
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades();
                    // A cut connection ends in an error by intent, and a client that left is no concern of ours.
                    tokio::select! {
                        _ = connection => {}
                        _ = epoch.changed() => {}
                    }
                });
            }
        });
        self.state().listener = Some(task);
    }

    async fn serve(self: Arc<Self>, mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
        if request.method() == Method::OPTIONS {
            return Ok(respond(204, String::new(), true));
        }
        let by_provider = request.headers().contains_key(PROVIDER_HEADER);
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let upgrade = (path == "/v1/ws").then(|| upgrade_of(&mut request)).flatten();
        let body = request.into_body().collect().await.map_err(|_| Cut)?.to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        let faults = self.hit_by(&path, by_provider);
        for fault in &faults {
            match fault.kind {
                FaultKind::Delay => tokio::time::sleep(Duration::from_secs_f64(fault.secs.max(0.0))).await,
                FaultKind::Fail => return Ok(failure(fault.status)),
                FaultKind::LoseRequests => return Err(Cut),
                FaultKind::RateLimit => return Ok(respond(429, r#"{"detail":"Rate limit exceeded."}"#.into(), false)),
                FaultKind::FailAfter | FaultKind::Garble | FaultKind::LoseAnswers | FaultKind::NoCors => {}
            }
        }
        if let Some((key, upgrade)) = upgrade {
            tokio::spawn(self.tell(upgrade));
            return Ok(switch_protocols(&key));
        }
        let (status, mut answer) = self.state().mint.handle(now(), &method, &path, &body);
        if status == 200 {
            self.clone().pay_later(&path, &answer);
            if path == "/v1/melt/bolt11" {
                self.deliver_payments();
            }
            self.hold(&path, by_provider).await?;
        }
        let mut readable = true;
        for fault in &faults {
            match fault.kind {
                FaultKind::FailAfter => return Ok(failure(fault.status)),
                FaultKind::LoseAnswers => return Err(Cut),
                FaultKind::Garble => answer.truncate(answer.len() / 2),
                FaultKind::NoCors => readable = false,
                FaultKind::Delay | FaultKind::Fail | FaultKind::LoseRequests | FaultKind::RateLimit => {}
            }
        }
        Ok(respond(status, answer, readable))
    }

    /// One who listens: answers subscriptions and tells what changed, until either side ends.
    async fn tell(self: Arc<Self>, upgrade: OnUpgrade) {
        let Ok(stream) = upgrade.await else { return };
        let mut epoch = self.epoch.subscribe();
        epoch.mark_unchanged();
        self.state().lines += 1;
        tokio::select! {
            () = self.listen_to(WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await) => {}
            _ = epoch.changed() => {}
        }
        self.state().lines -= 1;
    }

    async fn listen_to(&self, mut line: WebSocketStream<TokioIo<Upgraded>>) {
        let (mut listener, mut ticks) = (Listener::default(), tokio::time::interval(NEWS_EVERY));
        loop {
            let frames = tokio::select! {
                frame = line.next() => match frame {
                    Some(Ok(Message::Text(text))) => vec![listener.take(&text)],
                    Some(Ok(_)) => Vec::new(),
                    Some(Err(_)) | None => return,
                },
                _ = ticks.tick() => listener.news(&self.state().mint),
            };
            for frame in frames {
                if line.send(Message::text(frame)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The faults that hit this call; each is counted and used up by one.
    fn hit_by(&self, path: &str, by_provider: bool) -> Vec<Fault> {
        let mut state = self.state();
        state.calls += 1;
        let hits = |fault: &Fault| {
            let who = match fault.who {
                Who::Consumers => !by_provider,
                Who::Providers => by_provider,
                Who::All => true,
            };
            who && fault.next > 0 && path.starts_with(&fault.path)
        };
        let hitting: Vec<Fault> = state.faults.iter().filter(|fault| hits(fault)).cloned().collect();
        for fault in &mut state.faults {
            if hits(fault) {
                fault.next -= 1;
            }
        }
        state.faults.retain(|fault| fault.next > 0);
        for fault in &hitting {
            match state.injected.iter_mut().find(|(kind, _)| *kind == fault.kind) {
                Some((_, count)) => *count += 1,
                None => state.injected.push((fault.kind, 1)),
            }
        }
        hitting
    }

    /// Fake Lightning: a fresh invoice pays itself after a while, unless somebody thinks of paying it at one of these mints.
    fn pay_later(self: Arc<Self>, path: &str, answer: &str) {
        let Some(secs) = self.state().auto_pay_secs else { return };
        if path != "/v1/mint/quote/bolt11" {
            return;
        }
        let invoice =
            serde_json::from_str::<Value>(answer).ok().and_then(|answer| Some(answer["request"].as_str()?.to_owned()));
        if let Some(invoice) = invoice {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(secs)).await;
                let asked = |mint: &Self| mint.with(|mint| mint.was_asked_to_pay(&invoice));
                let mut peers = self.peers.get().into_iter().flatten().filter_map(Weak::upgrade);
                if !asked(&self) && !peers.any(|peer| asked(&peer)) {
                    self.with(|mint| mint.pay_invoice(&invoice));
                }
            });
        }
    }

    /// The crash points at the mint: done, and the answer held.
    async fn hold(&self, path: &str, by_provider: bool) -> Result<(), Cut> {
        let point = match path {
            "/v1/swap" if !by_provider => Point::SwapThere,
            "/v1/mint/bolt11" => Point::IssueThere,
            _ => return Ok(()),
        };
        if self.crash.hold(point).await { Ok(()) } else { Err(Cut) }
    }
}

/// The key of a request for a WebSocket, and its future.
fn upgrade_of(request: &mut Request<Incoming>) -> Option<(String, OnUpgrade)> {
    let key = request.headers().get("sec-websocket-key")?.to_str().ok()?.to_owned();
    Some((key, hyper::upgrade::on(request)))
}

fn switch_protocols(key: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = hyper::StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert("connection", HeaderValue::from_static("upgrade"));
    headers.insert("upgrade", HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert("sec-websocket-accept", accept);
    }
    response
}

fn quote_state(state: QuoteState) -> &'static str {
    match state {
        QuoteState::Unpaid => "UNPAID",
        QuoteState::Paid => "PAID",
        QuoteState::Issued => "ISSUED",
    }
}

fn failure(status: u16) -> Response<Full<Bytes>> {
    let reason = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    respond(status, reason.unwrap_or_default().to_owned(), true)
}

fn respond(status: u16, body: String, cors: bool) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if cors {
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        headers.insert("access-control-allow-methods", HeaderValue::from_static("GET, POST, OPTIONS"));
        headers.insert("access-control-allow-headers", HeaderValue::from_static("*"));
        headers.insert("access-control-max-age", HeaderValue::from_static("600"));
    }
    response
}
