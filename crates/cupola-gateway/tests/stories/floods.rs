//! More than anybody may send, and more than anybody reads: what is not taken is not read, and not held.

use crate::platform::{HI, HI_STREAM, Platform};
use crate::raw::{FINE, RawBackend, STREAM_HEAD, read_request, whole, word};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const FLOOD_BYTES: usize = 300 << 20;
// What the gateway takes of an answer, and what may lie in the sockets between.
const TAKEN_BYTES_MAX: usize = 48 << 20;

/// Pours `piece` after `head` until the flood is over or the gateway closes; counts what went out. The second request gets
/// a good answer.
async fn pouring(head: String, piece: Vec<u8>, poured: &Arc<AtomicUsize>) -> RawBackend {
    let (said, poured, count) = (
        Arc::new((head, piece)),
        Arc::clone(poured),
        Arc::new(AtomicUsize::new(0)),
    );
    RawBackend::start(move |mut stream| {
        let (said, poured, count) = (Arc::clone(&said), Arc::clone(&poured), Arc::clone(&count));
        async move {
            while read_request(&mut stream).await.is_some() {
                if count.fetch_add(1, Ordering::SeqCst) > 0 {
                    let _ = stream.write_all(&whole(FINE.as_bytes())).await;
                    continue;
                }
                let _ = stream.write_all(said.0.as_bytes()).await;
                while poured.load(Ordering::SeqCst) < FLOOD_BYTES {
                    if stream.write_all(&said.1).await.is_err() {
                        return;
                    }
                    poured.fetch_add(said.1.len(), Ordering::SeqCst);
                }
            }
        }
    })
    .await
}

async fn check(what: &str, request: &str, head: &str, piece: &[u8]) {
    let poured = Arc::new(AtomicUsize::new(0));
    let backend = pouring(head.to_owned(), piece.to_vec(), &poured).await;
    let platform = Platform::start().await;
    platform.upstream(backend.url()).await;
    let reply = platform.chat(request).await;
    assert_eq!(reply.status, 502, "{what}: {}", reply.text);
    let poured = poured.load(Ordering::SeqCst);
    assert!(poured < TAKEN_BYTES_MAX, "{what}: {poured} bytes were taken");
    assert_eq!(platform.billed().await, [0; 5], "{what}");
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn an_answer_of_300_megabytes_is_not_read_to_its_end() {
    let piece = vec![b'x'; 64 << 10];
    let sized = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {FLOOD_BYTES}\r\n\r\n{{\"x\":\""
    );
    check("whole", HI, &sized, &piece).await;
    let unsized_head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"x\":\"";
    check("whole, of unknown length", HI, unsized_head, &piece).await;
    check(
        "one endless line",
        HI_STREAM,
        &format!("{STREAM_HEAD}data: "),
        &piece,
    )
    .await;
    check(
        "one endless event",
        HI_STREAM,
        STREAM_HEAD,
        "data: x\n".repeat(8 << 10).as_bytes(),
    )
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_its_backend() {
    let poured = Arc::new(AtomicUsize::new(0));
    let backend = pouring(
        STREAM_HEAD.to_owned(),
        word("more").repeat(1 << 10).into_bytes(),
        &poured,
    )
    .await;
    let platform = Platform::start().await;
    platform.upstream(backend.url()).await;
    let key = [("api-key", "primary-key")];
    let target = "/endpoints/eastus2/hello/chat/completions";
    let response = platform.begin("POST", target, &key, HI_STREAM.into()).await;
    assert_eq!(response.status(), 200);
    let mut last = usize::MAX;
    for _ in 0..100 {
        let now = poured.load(Ordering::SeqCst);
        if now == last {
            break;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(
        last < TAKEN_BYTES_MAX,
        "{last} bytes were taken for a client that reads none"
    );
    platform.chat(HI).await.expect(200);
    drop(response);
    let billed = platform.billed_soon().await;
    assert!(billed[4] >= 1, "{billed:?}");
}
