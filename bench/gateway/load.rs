//! A client that costs little: prepared bytes out, as many bytes in as the answer has.

use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// When to stop.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// After so long.
    Time(Duration),
    /// After so many requests on each connection.
    Requests(u64),
}

/// What a run did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
    /// How long each answer took, to its last byte.
    pub(crate) whole: Vec<Duration>,
    /// How long each took to its first byte of content.
    pub(crate) first: Vec<Duration>,
}

/// The bytes of a request.
pub(crate) fn request(path: &str, body: &str, key: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\n\
         authorization: Bearer {key}\r\nuser-agent: bench\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends the request again and again on some connections, each after the answer to the one before.
pub(crate) fn run(address: &str, request: &[u8], connections: usize, until: Until) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(converse(address.to_owned(), request.to_vec(), start, until));
        }
        let mut all = Done::default();
        for one in tasks.join_all().await {
            all.requests += one.requests;
            all.whole.extend(one.whole);
            all.first.extend(one.first);
        }
        all.time = start.elapsed();
        all
    })
}

/// Opens streams, waits until each has begun, and keeps them open while `look` looks.
pub(crate) fn hold<T>(address: &str, request: &[u8], streams: usize, look: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..streams {
            let (address, request) = (address.to_owned(), request.to_vec());
            tasks.spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("connected");
                stream.write_all(&request).await.expect("sent");
                let mut answer = Vec::new();
                while content(&answer).is_none() {
                    let read = stream.read_buf(&mut answer).await.expect("received");
                    assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
                }
                stream
            });
        }
        let open = tasks.join_all().await;
        let seen = look();
        drop(open);
        seen
    })
}

async fn converse(address: String, request: Vec<u8>, start: Instant, until: Until) -> Done {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = Vec::with_capacity(64 << 10);
    let mut done = Done::default();
    loop {
        let begun = Instant::now();
        let enough = match until {
            Until::Time(time) => begun >= start + time,
            Until::Requests(count) => done.requests >= count,
        };
        if enough {
            return done;
        }
        stream.write_all(&request).await.expect("sent");
        answer.clear();
        let mut first = None;
        while !is_whole(&answer) {
            let read = stream.read_buf(&mut answer).await.expect("received");
            assert!(read > 0, "the server closed the connection");
            if first.is_none() && content(&answer).is_some() {
                first = Some(begun.elapsed());
            }
        }
        let head = answer.get(..12).unwrap_or_default();
        assert!(head == b"HTTP/1.1 200", "{}", String::from_utf8_lossy(&answer));
        done.whole.push(begun.elapsed());
        done.first.push(first.unwrap_or_default());
        done.requests += 1;
    }
}

// Where the content begins, once some of it is there.
fn content(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    (answer.len() > end).then_some(end)
}

fn is_whole(answer: &[u8]) -> bool {
    // The usual end of a stream, before anything is searched.
    if !answer.ends_with(b"\r\n0\r\n\r\n") && answer.starts_with(b"HTTP/1.1 200") && answer.len() > 4096 {
        return false;
    }
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = &answer[..end];
    let name = b"content-length: ";
    match head
        .windows(name.len())
        .position(|part| part.eq_ignore_ascii_case(name))
    {
        Some(at) => {
            let digits = head[at + name.len()..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit());
            let length = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
            answer.len() >= end + 4 + length
        }
        None => answer.ends_with(b"\r\n0\r\n\r\n"),
    }
}
