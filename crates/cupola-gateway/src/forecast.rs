//! Forecasts: computed here, admitted and charged like any other inference.

use crate::bill::{Bill, Outcome, write_standing};
use crate::infer::Asked;
use crate::refusal::Refusal;
use crate::{Shared, body, query, select};
use bytes::Bytes;
use cupola_core::Operation;
use cupola_core::usage::Usage;
use cupola_edge::{Body, BoxError, full};
use cupola_wire::openai::Surface;
use cupola_wire::timegen::{Answer, Invalid, Request, Route, bounds};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};

/// The largest body.
pub(crate) const BODY_MIB_MAX: u32 = (bounds::BODY_BYTES_MAX >> 20) as u32;

fn mib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX)
}

/// Reads, admits, computes, settles, answers.
pub(crate) async fn answer<B>(
    gateway: &Shared,
    asked: &Asked<'_>,
    route: Route,
    body: B,
) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Asked {
        surface, head, id, ..
    } = *asked;
    let deployment = select::only(asked, Operation::Forecast)?;
    let pool = match deployment.target.as_deref() {
        Ok(pool) if pool.forecasts() => pool,
        Ok(_) => {
            return Err(Refusal::not_bound(
                surface,
                "The model is bound to something that does not forecast.",
            ));
        }
        Err(why) => return Err(Refusal::not_bound(surface, why)),
    };
    let time_max = gateway.settings.body_time_max;
    let announced = body.size_hint().upper().map_or(BODY_MIB_MAX, mib);
    let room = gateway
        .forecast_bodies
        .try_acquire_many(announced.min(BODY_MIB_MAX))
        .map_err(|_| {
            Refusal::busy(
                surface,
                "Others are sending what they want to be forecast. Try again in a second.",
            )
        })?;
    let body = body::read(body, surface, bounds::BODY_BYTES_MAX, time_max).await?;
    let permit = gateway.forecasts.try_acquire().map_err(|_| {
        Refusal::busy(
            surface,
            "Other forecasts are being computed. Try again in a second.",
        )
    })?;
    let packed = is_packed(head)?;
    let request = in_background(move || {
        let plain = if packed {
            Bytes::from(cupola_forecast::unpack_zstd(&body, bounds::BODY_BYTES_MAX)?)
        } else {
            body
        };
        Request::read(route, &plain)
    })
    .await
    .map_err(|invalid| Refusal::forecast(&invalid))?;
    drop(room);
    if !gateway.deps.store.ledger().has_room() {
        return Err(Refusal::ledger_behind(surface));
    }
    let cells_in = request.cells_in();
    let bill = Bill::reserve(
        gateway,
        deployment,
        asked,
        Operation::Forecast,
        cells_in,
        cells_in,
    )?;
    let computed = in_background(move || cupola_forecast::run(&request)).await;
    drop(permit);
    // What a request asks wrongly is no failure of the forecaster's.
    let failed = computed.as_ref().err().filter(|invalid| invalid.status >= 500);
    pool.count_forecast(failed.map(|invalid| invalid.message.clone()));
    let computed = match computed {
        Ok(computed) => computed,
        Err(invalid) => {
            bill.cancel();
            return Err(Refusal::forecast(&invalid));
        }
    };
    let standing = bill
        .settle(&usage(&computed), Outcome::Complete)
        .await
        .map_err(|error| Refusal::not_recorded(surface, &error))?;
    let mut response = json(computed.write(id));
    write_standing(response.headers_mut(), &standing);
    Ok(response)
}

/// `GET /model_params`: what a client should send. Nothing is computed and nothing is charged.
pub(crate) fn model_parameters(asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    select::only(asked, Operation::Forecast)?;
    let query = asked.head.uri.query().unwrap_or_default();
    let value = |wanted: &str| {
        query::pairs(query)
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let answer = Request::model_parameters(value("model"), value("freq"))
        .and_then(|request| cupola_forecast::run(&request))
        .map_err(|invalid| Refusal::forecast(&invalid))?;
    Ok(json(answer.write(asked.id)))
}

fn usage(answer: &Answer) -> Usage {
    let tokens = answer.tokens();
    Usage {
        prompt: tokens.input_tokens,
        completion: tokens.output_tokens,
        finetune_prompt: tokens.finetune_tokens,
        ..Usage::default()
    }
}

fn is_packed(head: &Parts) -> Result<bool, Refusal> {
    match head
        .headers
        .get(header::CONTENT_ENCODING)
        .map(HeaderValue::as_bytes)
    {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"zstd") => Ok(true),
        Some(_) => Err(Refusal::encoding(Surface::TimeGen, "with zstd or without one")),
    }
}

// A gateway thread serves many connections; what takes longer than an instant goes elsewhere. How many may wait there is
// bounded by the permits.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Invalid> + Send + 'static,
) -> Result<T, Invalid> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => {
            tracing::error!(error = %error, "a forecast ended without an answer");
            Err(Invalid {
                status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
                field: "body".to_owned(),
                message: "The forecast failed. Try again.".to_owned(),
            })
        }
    }
}

fn json(body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(full(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
