//! The few lines of HTTP a provider needs to ask a mint.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Marks calls of this network's own providers, which the mint's faults and crash points spare unless told otherwise.
pub(crate) const PROVIDER_HEADER: &str = "x-devnet-provider";

const PATIENCE: Duration = Duration::from_secs(60);

/// Sends one request to an `http://` URL and reads the whole answer: status and body.
///
/// # Errors
/// Why nothing came back.
pub(crate) async fn ask(method: &str, url: &str, body: String) -> Result<(u16, String), String> {
    let failed = |reason: String| format!("error sending request for url ({url}): {reason}");
    match tokio::time::timeout(PATIENCE, exchange(method, url, body)).await {
        Ok(answer) => answer.map_err(failed),
        Err(_) => Err(failed("operation timed out".to_owned())),
    }
}

async fn exchange(method: &str, url: &str, body: String) -> Result<(u16, String), String> {
    let rest = url.strip_prefix("http://").ok_or("only http is spoken here")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let stream = TcpStream::connect(host).await.map_err(|_| "tcp connect error")?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(if path.is_empty() { "/" } else { path })
        .header("host", host)
        .header("content-type", "application/json")
        .header(PROVIDER_HEADER, "1")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
