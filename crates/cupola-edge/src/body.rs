//! Bodies with a bound, and answers in JSON.

use bytes::Bytes;
use cupola_core::{Code, Problem};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use serde::Serialize;
use std::pin::Pin;
use std::time::Duration;

/// Any error, as hyper takes it from a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A body that is already whole.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// No body.
pub fn empty() -> Body {
    full(Bytes::new())
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    let (status, bytes) = match serde_json::to_vec(value) {
        Ok(bytes) => (status, bytes),
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
        }
    };
    let mut response = Response::new(full(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Reads a body of at most `max_bytes`. A larger one is refused without being read to its end: `discard` does that.
pub async fn read_body<B>(body: B, max_bytes: usize) -> Result<Bytes, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        Problem::new(
            Code::RequestBodyTooLarge,
            format!("The request body is larger than the {max_bytes} bytes that this route takes."),
        )
    };
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(too_large());
    }
    match Limited::new(body, max_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => {
            tracing::debug!(error = %error, "a request body ended early");
            Err(Problem::new(
                Code::InvalidRequestContent,
                "The request body ended before it was complete.",
            ))
        }
    }
}

const DISCARD_BYTES_MAX: u64 = 64 << 20;
const DISCARD_TIME_MAX: Duration = Duration::from_secs(10);

/// Takes what is left of a body and throws it away, within bounds: a client that is still sending when we answer and close
/// sees a broken connection instead of the answer.
pub async fn discard<B>(mut body: Pin<&mut B>)
where
    B: http_body::Body<Data = Bytes>,
{
    if body.is_end_stream() || body.size_hint().lower() > DISCARD_BYTES_MAX {
        return;
    }
    let take = async {
        let mut taken = 0;
        while taken <= DISCARD_BYTES_MAX {
            match body.frame().await {
                Some(Ok(frame)) => taken += frame.data_ref().map_or(0, |data| data.len() as u64),
                Some(Err(_)) | None => return,
            }
        }
    };
    // Whether it ended or not, the answer is the same.
    let _ = tokio::time::timeout(DISCARD_TIME_MAX, take).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll};

    // Sends chunks of ten bytes, of unknown number, and counts those that were taken.
    struct Sending<'a>(&'a Cell<usize>);

    impl http_body::Body for Sending<'_> {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
            let Some(left) = self.0.get().checked_sub(1) else {
                return Poll::Ready(None);
            };
            self.0.set(left);
            Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(
                b"0123456789",
            )))))
        }
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_and_can_be_thrown_away() {
        for (chunks, expected) in [
            (0, Ok(0)),
            (3, Ok(30)),
            (4, Err(Code::RequestBodyTooLarge)),
            (5000, Err(Code::RequestBodyTooLarge)),
        ] {
            let left = Cell::new(chunks);
            let mut body = pin!(Sending(&left));
            let read = read_body(body.as_mut(), 30).await;
            discard(body).await;
            assert_eq!(
                read.map(|bytes| bytes.len()).map_err(|problem| problem.code),
                expected
            );
            assert_eq!(left.get(), 0, "the client could send all {chunks} chunks");
        }
    }
}
