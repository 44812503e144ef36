//! A streamed answer whose last events wait until it is kept.

use super::keeper::{Errand, Keeper};
use bytes::Bytes;
use cupola_edge::{Body, BoxError};
use cupola_wire::responses::{final_response, unkept_events};
use http_body::Frame;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

// No line ends within an event's JSON, so that nothing a model says looks like this.
const ENDS: [&str; 2] = ["event: response.completed\n", "event: response.incomplete\n"];

/// The events of an answer on their way. Who goes away before the end has nothing kept.
pub(super) struct Keeping {
    events: Body,
    /// Taken when the answer is whole.
    errand: Option<(Keeper, Errand)>,
    last: Option<Pin<Box<dyn Future<Output = Bytes> + Send>>>,
}

impl Keeping {
    pub(super) fn new(events: Body, keeper: Keeper, errand: Errand) -> Self {
        Self {
            events,
            errand: Some((keeper, errand)),
            last: None,
        }
    }

    /// What has to be waited for before these events go out; `None` where they are not the last.
    fn end(&mut self, events: &Bytes) -> Option<Pin<Box<dyn Future<Output = Bytes> + Send>>> {
        let text = std::str::from_utf8(events).ok()?;
        if !ENDS.iter().any(|end| text.contains(end)) {
            return None;
        }
        let response = final_response(events)?;
        let (keeper, errand) = self.errand.take()?;
        let events = events.clone();
        Some(Box::pin(async move {
            match keeper.keep(errand, &response).await {
                true => events,
                false => unkept_events(&events).into(),
            }
        }))
    }
}

impl http_body::Body for Keeping {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.last.is_none() {
            let frame = ready!(Pin::new(&mut this.events).poll_frame(context));
            this.last = match &frame {
                Some(Ok(frame)) => frame.data_ref().and_then(|events| this.end(events)),
                _ => None,
            };
            if this.last.is_none() {
                return Poll::Ready(frame);
            }
        }
        if let Some(last) = &mut this.last {
            let events = ready!(last.as_mut().poll(context));
            this.last = None;
            return Poll::Ready(Some(Ok(Frame::data(events))));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.events.is_end_stream()
    }
}
