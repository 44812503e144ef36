//! Whole exchanges, over a pipe whose other end is the test.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;
use std::collections::VecDeque;
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

/// Gives these pieces, one with each read, then nothing more or the end; takes whatever it is told.
struct Script {
    pieces: VecDeque<Vec<u8>>,
    then_close: bool,
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let script = &mut *self;
        match script.pieces.front_mut() {
            Some(piece) => {
                let count = piece.len().min(buffer.remaining());
                buffer.put_slice(&piece[..count]);
                piece.drain(..count);
                if piece.is_empty() {
                    script.pieces.pop_front();
                }
                Poll::Ready(Ok(()))
            }
            None if script.then_close => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Script {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Error>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }
}

/// Everything that is seen of an answer that comes in these pieces, as text.
fn seen(pieces: &[&[u8]], then_close: bool) -> String {
    let pieces = pieces.iter().filter(|piece| !piece.is_empty());
    let mut connection = Connection::new(Script {
        pieces: pieces.map(|piece| piece.to_vec()).collect(),
        then_close,
    });
    let mut context = Context::from_waker(Waker::noop());
    let mut head = Box::pin(connection.exchange(request("abc")));
    let polled = head.as_mut().poll(&mut context);
    drop(head);
    let (parts, mut incoming) = match polled {
        Poll::Pending => return "waits for its head".to_owned(),
        Poll::Ready(Err(Lost::Early(_))) => return "closed".to_owned(),
        Poll::Ready(Err(Lost::Broken(_))) => return "no answer".to_owned(),
        Poll::Ready(Ok(answer)) => answer,
    };
    let mut content = Vec::new();
    let end = loop {
        match incoming.poll_data(&mut connection, &mut context) {
            Poll::Ready(Some(Ok(piece))) => content.extend_from_slice(&piece),
            Poll::Ready(Some(Err(_))) => break "broken",
            Poll::Ready(None) => break "whole",
            Poll::Pending => break "waits",
        }
    };
    let is_reusable = incoming.is_end_stream() && incoming.keeps_alive(&connection) && !connection.is_stale();
    format!(
        "{} {:?} {content:?} {end} {is_reusable}",
        parts.status, parts.headers
    )
}

fn any_answer() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => Just("HTTP/1.1 200 OK"),
        1 => Just("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"),
        1 => Just("HTTP/1.0 200 OK"),
        1 => Just("HTTP/1.1 204 No Content"),
        1 => Just("HTTP/1.1 429"),
        1 => Just("HTTP/2 200"),
    ];
    let field = prop_oneof![
        4 => Just("Transfer-Encoding: chunked"),
        4 => Just("content-length: 10"),
        1 => Just("content-length: 7"),
        1 => Just("content-length: -1"),
        1 => Just("transfer-encoding: chunked, gzip"),
        1 => Just("Connection: close"),
        1 => Just("a: b"),
        1 => Just(" folded"),
        1 => Just("a : b"),
    ];
    let part = prop_oneof![
        4 => "[a-z\r\n]{1,20}".prop_map(|text| format!("{:x}\r\n{text}\r\n", text.len())),
        1 => Just("3;x=\"y\"\r\nabc\r\n".to_owned()),
        1 => Just("0\r\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("5\nabcde\n".to_owned()),
        1 => Just("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()),
        1 => "[ -~\r\n]{0,12}".prop_map(|text| text),
    ];
    let whole = (
        line,
        prop::collection::vec(field, 0..3),
        prop::collection::vec(part, 0..6),
        any::<bool>(),
    );
    let whole = whole.prop_map(|(line, fields, parts, ends)| {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let end = if ends { "0\r\n\r\n" } else { "" };
        format!("{line}\r\n{fields}\r\n{}{end}", parts.concat()).into_bytes()
    });
    let spoiled = (
        prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..3),
        any::<bool>(),
    );
    (whole, spoiled).prop_map(|(mut bytes, (changes, is_spoiled))| {
        for (at, byte) in changes.iter().filter(|_| is_spoiled) {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_answer_is_the_same_however_it_is_cut(
        bytes in any_answer(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        then_close in any::<bool>(),
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let cut: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let drops: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = seen(&[&bytes], then_close);
        prop_assert_eq!(&seen(&cut, then_close), &whole);
        prop_assert_eq!(&seen(&drops, then_close), &whole);
    }
}
