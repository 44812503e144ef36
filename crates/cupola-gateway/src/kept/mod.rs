//! Responses that are kept: made, named by the next one, read, listed, deleted.
//!
//! A response is its site's, and of those who ask the site its maker's: whoever has one of the two keys, or the principal
//! of a token. Nobody else learns that there is one. It is written when the answer is made and before its last byte goes
//! out, so that its id is good as soon as the client has the whole answer; what could not be written says `store: false`.
//! Whoever asks for `store: false` and names no earlier response meets no store.

mod cancel;
mod chain;
mod create;
mod delete;
mod input_items;
mod keeper;
mod retrieve;
mod stream;

pub(crate) use keeper::Keeper;

use crate::Shared;
use crate::infer::Asked;
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Timestamp;
use cupola_edge::{Body, BoxError};
use cupola_store::responses::{KEPT_DAYS, Owner};
use http::{Method, Response};

/// What is asked of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// A new one.
    Create,
    /// One of them, to read or to delete.
    One(&'a str),
    /// What one was made from.
    InputItems(&'a str),
    /// That one be made no further.
    Cancel(&'a str),
}

impl Route<'_> {
    /// The methods that it goes by.
    pub(crate) fn allowed(self) -> &'static [Method] {
        match self {
            Self::Create | Self::Cancel(_) => &[Method::POST],
            Self::One(_) => &[Method::GET, Method::DELETE],
            Self::InputItems(_) => &[Method::GET],
        }
    }

    /// The data action that it needs at an account.
    pub(crate) fn data_action(self, method: &Method) -> &'static str {
        match self {
            Self::Create => "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
            Self::One(_) if *method == Method::DELETE => {
                "Microsoft.CognitiveServices/accounts/OpenAI/responses/delete"
            }
            Self::One(_) | Self::InputItems(_) => {
                "Microsoft.CognitiveServices/accounts/OpenAI/responses/read"
            }
            Self::Cancel(_) => "Microsoft.CognitiveServices/accounts/OpenAI/responses/write",
        }
    }
}

/// Answers.
pub(crate) async fn answer<B>(
    gateway: &Shared,
    asked: &Asked<'_>,
    route: Route<'_>,
    body: B,
) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match route {
        Route::Create => create::answer(gateway, asked, body).await,
        Route::One(id) if asked.head.method == Method::DELETE => delete::answer(gateway, asked, id).await,
        Route::One(id) => retrieve::answer(gateway, asked, id).await,
        Route::InputItems(id) => input_items::answer(gateway, asked, id).await,
        Route::Cancel(id) => cancel::answer(gateway, asked, id).await,
    }
}

/// Whose responses a request is about.
fn owner(asked: &Asked<'_>) -> Owner {
    let credential = &asked.credential;
    Owner {
        site: asked.site.id.to_string(),
        side: match credential.key {
            Some(_) => String::new(),
            None => credential.name.to_string(),
        },
    }
}

/// What was made before is gone.
fn since(now: Timestamp) -> Timestamp {
    const DAY_S: i64 = 24 * 3600;
    Timestamp::from_second(now.as_second() - KEPT_DAYS * DAY_S).unwrap_or(Timestamp::MIN)
}
