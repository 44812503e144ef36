//! What the Model Inference API does with parameters that it does not define, by a header. The other surfaces let them
//! through.

use crate::refusal::Refusal;
use crate::route;
use bytes::Bytes;
use cupola_wire::openai::{ExtraParameters, Surface};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use std::borrow::Cow;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// How a body is to be read.
pub(super) struct Rules {
    /// Does the api-version know `user_security_context`?
    pub(super) security_context: bool,
    extra: ExtraParameters,
}

impl Rules {
    pub(super) fn read(surface: Surface, head: &Parts) -> Result<Self, Refusal> {
        if surface != Surface::ModelInference {
            return Ok(Self {
                security_context: true,
                extra: ExtraParameters::PassThrough,
            });
        }
        let option = head.headers.get(EXTRA_PARAMETERS).map(HeaderValue::as_bytes);
        Ok(Self {
            security_context: route::api_version(head)?,
            extra: ExtraParameters::read(option)
                .map_err(|sentence| Refusal::extra_parameters_option(&sentence))?,
        })
    }

    /// With `drop`, the body without its extra parameters. `read` says whether there are none, and gives the body without.
    pub(super) fn dropping(
        &self,
        body: Bytes,
        read: impl Fn(&Bytes) -> Result<(bool, Vec<u8>), Refusal>,
    ) -> Result<Bytes, Refusal> {
        if self.extra != ExtraParameters::Drop {
            return Ok(body);
        }
        match read(&body)? {
            (true, _) => Ok(body),
            (false, without) => Ok(without.into()),
        }
    }

    /// Refuses extra parameters where they are not allowed.
    pub(super) fn check(&self, extra: &[Cow<'_, str>]) -> Result<(), Refusal> {
        if self.extra == ExtraParameters::Error && !extra.is_empty() {
            return Err(Refusal::extra_parameters(extra));
        }
        Ok(())
    }
}
