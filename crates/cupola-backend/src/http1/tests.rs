//! Whole exchanges, over a pipe whose other end is the test.

use super::*;
use http::HeaderValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

fn request(body: &'static str) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::from_static(body.as_bytes())));
    *request.method_mut() = http::Method::POST;
    request
        .headers_mut()
        .insert("host", HeaderValue::from_static("h"));
    request
}

async fn asked(server: &mut DuplexStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    server.read_exact(&mut bytes).await.expect("a request");
    String::from_utf8(bytes).expect("text")
}

const ASKED: &str = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc";

/// The status, what came, whether it came whole, and whether the connection may be used again.
async fn exchange(pieces: &[&str], then_close: bool) -> Result<(u16, String, bool, bool), Lost> {
    let (client, mut server) = duplex(1024);
    let mut connection = Connection::new(client);
    let serving = async {
        assert_eq!(asked(&mut server, ASKED.len()).await, ASKED);
        for piece in pieces {
            server.write_all(piece.as_bytes()).await.expect("written");
            tokio::task::yield_now().await;
        }
        (!then_close).then_some(server)
    };
    let reading = async {
        let (parts, mut incoming) = connection.exchange(request("abc")).await?;
        let (mut text, mut whole) = (String::new(), true);
        while let Some(piece) = poll_fn(|context| incoming.poll_data(&mut connection, context)).await {
            match piece {
                Ok(piece) => text.push_str(std::str::from_utf8(&piece).expect("text")),
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        Ok((
            parts.status.as_u16(),
            text,
            whole,
            incoming.keeps_alive(&connection),
        ))
    };
    let (_server, read) = tokio::join!(serving, reading);
    read
}

async fn check(pieces: &[&str], then_close: bool, expected: (u16, &str, bool, bool)) {
    let found = exchange(pieces, then_close).await.expect("an answer");
    let expected = (expected.0, expected.1.to_owned(), expected.2, expected.3);
    assert_eq!(found, expected, "{pieces:?}");
}

#[tokio::test]
async fn answers_come_whole_however_they_are_framed() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let counted = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
    check(&[counted, "ab", "cd"], false, (200, "abcd", true, true)).await;
    check(&[counted, "ab", "cdxx"], false, (200, "abcd", true, false)).await;
    check(&[counted, "ab"], true, (200, "ab", false, false)).await;
    check(
        &[chunked, "2\r\nab\r", "\n2\r\ncd\r\n0\r\n", "\r\n"],
        false,
        (200, "abcd", true, true),
    )
    .await;
    check(
        &[chunked, "2\r\nab\r\n0\r\n\r\nHTTP"],
        false,
        (200, "ab", true, false),
    )
    .await;
    check(&[chunked, "2\r\nab\r\n"], true, (200, "ab", false, false)).await;
    check(&[chunked, "2\r\nabc"], false, (200, "ab", false, false)).await;
    check(
        &["HTTP/1.1 200 OK\r\n", "\r\nab", "cd"],
        true,
        (200, "abcd", true, false),
    )
    .await;
    check(
        &["HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"],
        true,
        (503, "", true, false),
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_told_from_one_that_breaks() {
    assert!(matches!(exchange(&[], true).await, Err(Lost::Early(_))));
    assert!(matches!(
        exchange(&["HTTP/1.1 20"], true).await,
        Err(Lost::Broken(_))
    ));
    assert!(matches!(
        exchange(&["SMTP\r\n\r\n"], false).await,
        Err(Lost::Broken(_))
    ));
    let endless = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(HEAD_BYTES_MAX));
    assert!(matches!(exchange(&[&endless], false).await, Err(Lost::Broken(_))));
}

#[tokio::test]
async fn an_answer_may_come_before_the_whole_request_went_out() {
    let (client, mut server) = duplex(64);
    let mut connection = Connection::new(client);
    let large: &'static str = "x".repeat(1000).leak();
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
    server.write_all(answer.as_bytes()).await.expect("written");
    let (parts, mut incoming) = connection.exchange(request(large)).await.expect("an answer");
    assert_eq!(parts.status, 200);
    assert!(
        !incoming.keeps_alive(&connection),
        "the request is still on its way"
    );
    let serving = async {
        let mut asked = vec![0; 1000];
        server
            .read_exact(&mut asked)
            .await
            .expect("the rest of the request");
        server.write_all(b"ok").await.expect("written");
        let mut tail = Vec::new();
        server.read_buf(&mut tail).await.expect("the last of it");
        server
    };
    let reading = poll_fn(|context| incoming.poll_data(&mut connection, context));
    let (_server, piece) = tokio::join!(serving, reading);
    assert_eq!(piece.expect("a piece").expect("not broken"), "ok");
}

#[tokio::test]
async fn a_connection_that_was_closed_or_talks_by_itself_is_stale() {
    let (client, mut server) = duplex(64);
    let mut connection = Connection::new(client);
    assert!(!connection.is_stale());
    server.write_all(b"x").await.expect("written");
    assert!(connection.is_stale());
    let (client, server) = duplex(64);
    let mut connection = Connection::new(client);
    drop(server);
    assert!(connection.is_stale());
}
