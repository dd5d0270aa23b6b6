//! The page's own server: static files with their right types, and a `config.json` that tells the page of this network.

use std::net::SocketAddr;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use serde_json::Value;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::options::Served;

/// The routes of the page's port. `config.json` is made here and wins over a file of that name.
pub(crate) fn router(served: &[Served], config: Value) -> Router {
    let mut router = Router::new().route("/config.json", get(move || async move { axum::Json(config) }));
    for Served { directory, path } in served {
        let files = ServeDir::new(directory);
        router = if path == "/" { router.fallback_service(files) } else { router.nest_service(path, files) };
    }
    // A rebuilt page must show on reload.
    let fresh = SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    router.layer(fresh)
}

/// The address people type.
pub(crate) fn url(addr: SocketAddr) -> String {
    format!("http://{addr}")
}
