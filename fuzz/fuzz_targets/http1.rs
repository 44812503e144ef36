//! Whatever a backend answers over HTTP/1.1, cut anywhere: nothing panics or waits for nobody, and the same answer is read
//! however it is cut.
#![no_main]

#[path = "../../crates/cupola-backend/src/http1/mod.rs"]
mod http1;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http1::{Connection, Lost};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use std::collections::VecDeque;
use std::io::Error;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A backend that has said all it will ever say.
struct Script(VecDeque<Vec<u8>>);

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
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

/// What was read of an answer.
#[derive(Debug, PartialEq)]
enum Answer {
    Early,
    Broken,
    Head {
        status: StatusCode,
        headers: HeaderMap,
        /// `None` where it broke: how much came before depends on how it was cut.
        content: Option<Vec<u8>>,
    },
}

fn read(pieces: impl Iterator<Item = Vec<u8>>) -> Answer {
    let mut context = Context::from_waker(Waker::noop());
    let mut connection = Connection::new(Script(pieces.collect()));
    let mut request = Request::new(Full::new(Bytes::from_static(b"{}")));
    *request.method_mut() = Method::POST;
    let polled = pin!(connection.exchange(request)).poll(&mut context);
    let (parts, mut incoming) = match polled {
        Poll::Ready(Ok(answer)) => answer,
        Poll::Ready(Err(Lost::Early(_))) => return Answer::Early,
        Poll::Ready(Err(Lost::Broken(_))) => return Answer::Broken,
        Poll::Pending => panic!("nobody is waited for"),
    };
    let mut content = Vec::new();
    let content = loop {
        match incoming.poll_data(&mut connection, &mut context) {
            Poll::Ready(Some(Ok(piece))) => content.extend_from_slice(&piece),
            Poll::Ready(Some(Err(_))) => break None,
            Poll::Ready(None) => break Some(content),
            Poll::Pending => panic!("nobody is waited for"),
        }
    };
    // What a connection says of itself never fails, whatever came.
    let _ = incoming.keeps_alive(&connection) && connection.is_stale();
    Answer::Head {
        status: parts.status,
        headers: parts.headers,
        content,
    }
}

fuzz_target!(|data: &[u8]| {
    // The sizes of the pieces, which come round again.
    let Some(([first, second, third], answer)) = data.split_first_chunk() else {
        return;
    };
    let whole = read(std::iter::once(answer.to_vec()).filter(|piece| !piece.is_empty()));
    let mut sizes = [*first, *second, *third].into_iter().cycle();
    let mut rest = answer;
    let pieces = std::iter::from_fn(|| {
        let size = usize::from(sizes.next()?) + 1;
        let (piece, more) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = more;
        (!piece.is_empty()).then(|| piece.to_vec())
    });
    assert_eq!(whole, read(pieces));
});
