//! Asking a worker how it is, over its unix socket.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);

/// What a worker that is ready says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Health {
    /// Tokens that one sequence can hold.
    #[serde(default)]
    pub(crate) context: u32,
}

/// `Some` where the worker is ready.
pub(crate) async fn health(socket: &Path) -> Option<Health> {
    tokio::time::timeout(TIMEOUT, ask(socket)).await.ok()?.ok()?
}

async fn ask(socket: &Path) -> anyhow::Result<Option<Health>> {
    let stream = tokio::net::UnixStream::connect(socket).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let request = hyper::Request::get("/health")
        .header("host", "engine")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let ready = response.status().is_success();
    let body = Limited::new(response.into_body(), 64 * 1024)
        .collect()
        .await
        .map_err(|error| anyhow::anyhow!("the health answer could not be read: {error}"))?
        .to_bytes();
    drop(sender);
    driver.abort();
    Ok(if ready {
        Some(serde_json::from_slice(&body)?)
    } else {
        None
    })
}
