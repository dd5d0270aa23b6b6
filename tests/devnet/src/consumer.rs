//! The least that is needed to be a consumer: one socket to one relay, one key, NIP-04. It panics where a test would fail.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use nostr::prelude::{Keys, PublicKey, SecretKey};
use paygress_support::provider::{nip04_event, nip04_open};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::now;

/// How long something that must come may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing must come.
const QUIET: Duration = Duration::from_millis(600);

/// A connection to one relay, with a key of its own and a provider it talks to.
pub struct Consumer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    keys: Keys,
    provider: PublicKey,
    rng: StdRng,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("provider", &self.provider.to_hex()).finish_non_exhaustive()
    }
}

impl Consumer {
    /// Connects and listens for the provider's replies to this key.
    pub async fn connect(relay: &str, secret: u8, provider: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(relay).await.expect("the relay listens");
        let mut bytes = [0; 32];
        bytes[31] = secret;
        let keys = Keys::new(SecretKey::from_slice(&bytes).expect("a small secret is valid"));
        let provider = PublicKey::parse(provider).expect("a provider's key is one");
        let mut consumer = Self { socket, keys, provider, rng: StdRng::seed_from_u64(now()) };
        let me = consumer.keys.public_key().to_hex();
        let filter = format!(r##"{{"kinds":[4],"authors":["{}"],"#p":["{me}"]}}"##, provider.to_hex());
        consumer.raw(&format!(r#"["REQ","replies",{filter}]"#)).await;
        consumer.frame("EOSE").await;
        consumer
    }

    /// Whether the relay takes connections.
    pub async fn can_connect(relay: &str) -> bool {
        tokio_tungstenite::connect_async(relay).await.is_ok()
    }

    /// This consumer's key, hex.
    pub fn public_key(&self) -> String {
        self.keys.public_key().to_hex()
    }

    /// Sends a frame as it is.
    pub async fn raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("the socket is open");
    }

    /// Sends a request as a kind 4 event.
    pub async fn send(&mut self, request: &Value) {
        let event = nip04_event(&self.keys, &mut self.rng, &self.provider, &request.to_string(), now());
        self.raw(&format!("[\"EVENT\",{event}]")).await;
    }

    /// The next frame of this name.
    pub async fn frame(&mut self, name: &str) -> Value {
        let wanted = async {
            loop {
                let frame = self.next().await.expect("the socket stays open");
                if frame[0] == name {
                    return frame;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("no {name} came"))
    }

    /// The next reply of the provider, decrypted.
    pub async fn reply(&mut self) -> Value {
        let frame = self.frame("EVENT").await;
        let (_, author, text) = nip04_open(&self.keys, &frame[2].to_string()).expect("a reply opens");
        assert_eq!(author, self.provider);
        serde_json::from_str(&text).expect("a reply is JSON")
    }

    /// Whether no event comes for a while.
    pub async fn no_reply(&mut self) -> bool {
        let event = async { while self.next().await.expect("the socket stays open")[0] != "EVENT" {} };
        tokio::time::timeout(QUIET, event).await.is_err()
    }

    /// Whether nothing at all comes for a while, on an open socket.
    pub async fn hears_nothing(&mut self) -> bool {
        tokio::time::timeout(QUIET, self.next()).await.is_err()
    }

    /// Whether the relay ends the connection.
    pub async fn is_hung_up(&mut self) -> bool {
        let end = async { while self.next().await.is_some() {} };
        tokio::time::timeout(PATIENCE, end).await.is_ok()
    }

    /// The stored events of a filter.
    pub async fn stored(&mut self, filter: &str) -> Vec<Value> {
        self.raw(&format!(r#"["REQ","stored",{filter}]"#)).await;
        let mut events = Vec::new();
        loop {
            let mut frame = tokio::time::timeout(PATIENCE, self.next()).await.expect("an answer").expect("open");
            match (frame[0].as_str(), frame[1].as_str()) {
                (Some("EVENT"), Some("stored")) => events.push(frame[2].take()),
                (Some("EOSE"), Some("stored")) => break,
                _ => {}
            }
        }
        self.raw(r#"["CLOSE","stored"]"#).await;
        events
    }

    /// The next event of a filter, stored or live.
    pub async fn live(&mut self, filter: &str) -> Value {
        self.raw(&format!(r#"["REQ","live",{filter}]"#)).await;
        loop {
            let mut frame = self.frame("EVENT").await;
            if frame[1] == "live" {
                return frame[2].take();
            }
        }
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("relays speak JSON")),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Status and body; status 0 when nothing came back.
pub async fn get(url: &str) -> (u16, String) {
    let (status, _, body) = exchange("GET", url, "").await.unwrap_or_default();
    (status, body)
}

/// Status and body; status 0 when nothing came back.
pub async fn post(url: &str, body: &str) -> (u16, String) {
    let (status, _, body) = exchange("POST", url, body).await.unwrap_or_default();
    (status, body)
}

/// The content type of what a URL serves.
pub async fn content_type(url: &str) -> String {
    exchange("GET", url, "").await.expect("an answer").1
}

async fn exchange(method: &str, url: &str, body: &str) -> Option<(u16, String, String)> {
    let rest = url.strip_prefix("http://").expect("the tests speak http");
    let (host, path) = rest.split_at(rest.find('/').expect("a path"));
    let stream = TcpStream::connect(host).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let body = Full::new(Bytes::from(body.to_owned()));
    let request = hyper::Request::builder().method(method).uri(path).header("host", host).body(body).ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status().as_u16();
    let kind =
        response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    Some((status, kind, String::from_utf8_lossy(&body).into_owned()))
}
