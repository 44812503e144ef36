//! HTTP/1.1 as a client speaks it to a backend: one request at a time, driven by whoever waits for its answer.
//!
//! A general client gives every chunk of a body through a queue, from a task of its own to the one that waits, and keeps
//! buffers for each connection; that was most of what a streamed token cost. Here what came with one read goes on in one
//! piece, and a connection that waits holds no buffer.

mod chunked;
mod head;

use bytes::buf::Chain;
use bytes::{Buf, Bytes};
use chunked::Chunked;
use head::{Head, read_head, request_head};
use http::Request;
use http::response::Parts;
use http_body::Body as _;
use http_body_util::Full;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

// One for each thread: what is read is taken out of it before the next connection reads.
const READ_BYTES: usize = 64 * 1024;
const HEAD_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into());
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection on which nothing is on its way. Dropping it closes it.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    /// What of a request has not gone out yet, because the answer came first.
    unsent: Option<Outgoing>,
}

type Outgoing = Chain<Bytes, Bytes>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// The connection was closed before a byte of the answer came.
    #[error("the connection was closed before an answer: {0}")]
    Early(Error),
    /// It broke, or what came is no HTTP.
    #[error(transparent)]
    Broken(Error),
}

impl Connection {
    pub(crate) fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            unsent: None,
        }
    }

    /// Was it closed while it waited, or did the other side say something that nobody asked for?
    pub(crate) fn is_stale(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut self.stream)
            .poll_read(&mut context, &mut buffer)
            .is_ready()
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Parts, Incoming), Lost> {
        let (parts, body) = request.into_parts();
        let body = whole(body);
        self.unsent = Some(request_head(&parts, body.len()).chain(body));
        let mut came = Vec::new();
        let mut unsendable = None;
        poll_fn(|context| {
            // Whoever does not want the whole request may have said why.
            if let Poll::Ready(Err(error)) = self.poll_send(context) {
                unsendable = Some(error);
            }
            loop {
                let mut lines = None;
                let read = ready!(self.poll_read(context, |bytes| {
                    let line_end = memchr::memrchr(b'\n', bytes);
                    lines = line_end.map(|end| came.len() + end + 1);
                    came.extend_from_slice(bytes);
                }));
                match read {
                    Ok(0) if came.is_empty() => {
                        let error = unsendable.take();
                        let error = error.unwrap_or_else(|| Error::from(ErrorKind::UnexpectedEof));
                        return Poll::Ready(Err(Lost::Early(error)));
                    }
                    Err(error) if came.is_empty() => return Poll::Ready(Err(Lost::Early(error))),
                    Err(error) => return Poll::Ready(Err(Lost::Broken(error))),
                    Ok(0) => return Poll::Ready(Err(Lost::Broken(ErrorKind::UnexpectedEof.into()))),
                    Ok(_) => {}
                }
                // A head that drips in is not read again with every drop: it ends with a line.
                let head = lines.map_or(Ok(None), |end| read_head(&came[..end]));
                match head.map_err(Lost::Broken)? {
                    Some(Head {
                        parts,
                        length,
                        framing,
                        keeps_alive,
                    }) => {
                        let early = came.split_off(length);
                        return Poll::Ready(Ok((
                            parts,
                            Incoming {
                                framing,
                                keeps_alive: keeps_alive && unsendable.is_none(),
                                early: early.into(),
                            },
                        )));
                    }
                    None if came.len() > HEAD_BYTES_MAX => {
                        return Poll::Ready(Err(Lost::Broken(broken("its head is too large"))));
                    }
                    None => {}
                }
            }
        })
        .await
    }

    /// Sends what is to be sent. After an error there is nothing left to send.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while let Some(unsent) = &mut self.unsent {
            let mut slices = [IoSlice::new(&[]); 2];
            let count = unsent.chunks_vectored(&mut slices);
            let polled = if count == 0 {
                ready!(Pin::new(&mut self.stream).poll_flush(context)).map(|()| None)
            } else {
                let stream = Pin::new(&mut self.stream);
                ready!(stream.poll_write_vectored(context, &slices[..count])).map(Some)
            };
            match polled {
                Ok(Some(0)) => {
                    self.unsent = None;
                    return Poll::Ready(Err(ErrorKind::WriteZero.into()));
                }
                Ok(Some(count)) => unsent.advance(count),
                Ok(None) => self.unsent = None,
                Err(error) => {
                    self.unsent = None;
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once and gives what came to `take`. Zero is the end.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        take: impl FnOnce(&[u8]),
    ) -> Poll<Result<usize, Error>> {
        READ.with_borrow_mut(|place| {
            let mut buffer = ReadBuf::new(place);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            take(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// The body of an answer, while it comes.
#[derive(Debug)]
pub(crate) struct Incoming {
    framing: Framing,
    keeps_alive: bool,
    /// What came together with the head.
    early: Bytes,
}

/// How the end of a body is known.
#[derive(Debug)]
enum Framing {
    /// So many bytes are still to come.
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    /// What came before was content; what follows makes no sense.
    Broken(&'static str),
}

impl Incoming {
    /// The next piece; `None` at the end.
    pub(crate) fn poll_data(
        &mut self,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        if connection.unsent.is_some()
            && let Poll::Ready(Err(_)) = connection.poll_send(context)
        {
            // The answer counts, and it is on its way.
            self.keeps_alive = false;
        }
        loop {
            match &self.framing {
                Framing::Broken(why) => return Poll::Ready(Some(Err(broken(why)))),
                _ if self.is_end_stream() => return Poll::Ready(None),
                _ => {}
            }
            let early = std::mem::take(&mut self.early);
            let taken = if early.is_empty() {
                let mut taken = Ok(Bytes::new());
                match ready!(connection.poll_read(context, |bytes| taken = self.take(bytes))) {
                    Ok(0) => {
                        self.keeps_alive = false;
                        if matches!(self.framing, Framing::UntilClose) {
                            self.framing = Framing::Length(0);
                            return Poll::Ready(None);
                        }
                        return Poll::Ready(Some(Err(ErrorKind::UnexpectedEof.into())));
                    }
                    Ok(_) => taken,
                    Err(error) => Err(error),
                }
            } else {
                self.take(&early)
            };
            match taken {
                Ok(piece) if piece.is_empty() => {}
                taken => return Poll::Ready(Some(taken)),
            }
        }
    }

    /// Has all of it come?
    pub(crate) fn is_end_stream(&self) -> bool {
        match &self.framing {
            Framing::Length(left) => *left == 0,
            Framing::Chunked(chunked) => chunked.is_over(),
            Framing::UntilClose | Framing::Broken(_) => false,
        }
    }

    /// May the connection take another request, once all of the body has come?
    pub(crate) fn keeps_alive(&self, connection: &Connection) -> bool {
        self.keeps_alive && self.early.is_empty() && connection.unsent.is_none()
    }

    /// What of these bytes is content.
    fn take(&mut self, bytes: &[u8]) -> Result<Bytes, Error> {
        match &mut self.framing {
            Framing::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= count as u64;
                self.keeps_alive &= count == bytes.len();
                Ok(Bytes::copy_from_slice(&bytes[..count]))
            }
            Framing::Chunked(chunked) => {
                let mut piece = Vec::with_capacity(bytes.len());
                let decoded = chunked.decode(bytes, &mut piece);
                self.keeps_alive &= decoded == Ok(bytes.len());
                if let Err(why) = decoded {
                    self.framing = Framing::Broken(why);
                }
                Ok(piece.into())
            }
            Framing::UntilClose => Ok(Bytes::copy_from_slice(bytes)),
            Framing::Broken(why) => Err(broken(why)),
        }
    }
}

fn broken(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

/// The bytes of a body that is whole.
fn whole(mut body: Full<Bytes>) -> Bytes {
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(&mut body).poll_frame(&mut context) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests;
