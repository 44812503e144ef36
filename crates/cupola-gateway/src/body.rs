//! Reading a request's body, within bounds of size and time.

use crate::GatewaySettings;
use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use cupola_edge::BoxError;
use cupola_wire::openai::Surface;
use http::header;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// Reads the body of a route that takes it as it is, without a Content-Encoding.
pub(crate) async fn read_plain<B>(
    body: B,
    head: &Parts,
    surface: Surface,
    settings: &GatewaySettings,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut encodings = head.headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings
        .any(|encoding| !encoding.is_empty() && !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(Refusal::encoding(surface, "without one"));
    }
    read(body, surface, settings.body_bytes_max, settings.body_time_max).await
}

/// Reads a body of at most `bytes_max`. What is left of one that is refused is thrown away by who answers.
pub(crate) async fn read<B>(
    body: B,
    surface: Surface,
    bytes_max: usize,
    time_max: Duration,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match timeout(time_max, collect(body, bytes_max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(Failed::TooLarge)) => Err(Refusal::body_too_large(surface, bytes_max)),
        Ok(Err(Failed::BrokeOff)) => Err(Refusal::body_broke_off(surface)),
        Err(_) => Err(Refusal::body_too_slow(surface, time_max)),
    }
}

enum Failed {
    TooLarge,
    BrokeOff,
}

async fn collect<B>(body: B, bytes_max: usize) -> Result<Bytes, Failed>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    let announced = body.size_hint().lower();
    if announced > bytes_max as u64 {
        return Err(Failed::TooLarge);
    }
    let mut first = Bytes::new();
    let mut whole: Option<BytesMut> = None;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Failed::BrokeOff)?.into_data() else {
            continue;
        };
        length += data.len();
        if length > bytes_max {
            return Err(Failed::TooLarge);
        }
        if first.is_empty() {
            first = data;
        } else {
            let whole = whole.get_or_insert_with(|| {
                let mut whole =
                    BytesMut::with_capacity(bytes_max.min(announced as usize).max(2 * first.len()));
                whole.extend_from_slice(&first);
                whole
            });
            whole.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    Ok(whole.map_or(first, BytesMut::freeze))
}
