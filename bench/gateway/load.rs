//! A client that costs little: prepared bytes out, as many bytes in as the answer has.

use nix::sys::resource::{UsageWho, getrusage};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a run did.
pub(crate) struct Done {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
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
pub(crate) fn run(address: &str, request: &[u8], connections: usize, time: Duration) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(converse(address.to_owned(), request.to_vec(), start + time));
        }
        let requests = tasks.join_all().await.into_iter().sum();
        Done {
            requests,
            time: start.elapsed(),
        }
    })
}

async fn converse(address: String, request: Vec<u8>, until: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = Vec::with_capacity(64 << 10);
    let mut count = 0;
    while Instant::now() < until {
        stream.write_all(&request).await.expect("sent");
        answer.clear();
        while !is_whole(&answer) {
            let read = stream.read_buf(&mut answer).await.expect("received");
            assert!(read > 0, "the server closed the connection");
        }
        let head = answer.get(..12).unwrap_or_default();
        assert!(head == b"HTTP/1.1 200", "{}", String::from_utf8_lossy(&answer));
        count += 1;
    }
    count
}

fn is_whole(answer: &[u8]) -> bool {
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

/// Seconds of CPU that this process has used.
pub(crate) fn own_cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel counts");
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}
