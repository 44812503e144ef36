//! A response and those that it goes on from, out of the store.

use super::{owner, since};
use crate::Shared;
use crate::infer::Asked;
use crate::refusal::Refusal;
use cupola_core::Secret;
use cupola_store::StoreError;
use cupola_store::responses::{ChainBounds, Link};
use cupola_wire::responses::{context, response_in};

// More turns than anybody takes; their texts meet the bound of bytes long before.
const LINKS_MAX: u32 = 1000;
// Sealed bytes, of which a conversation is a part: the answers repeat tools and instructions, and sealing takes a third.
const BYTES_MAX: u64 = 32 << 20;

/// What is kept of one response.
pub(super) async fn one(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Secret, Refusal> {
    let mut links = links(gateway, asked, id, 1, u64::MAX).await?;
    let link = links
        .pop()
        .ok_or_else(|| Refusal::no_such_response(asked.surface, id))?;
    open(gateway, asked, &link)
}

/// What is kept of a response and of those that it goes on from, as far as they are there, the oldest first.
pub(super) async fn all(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Vec<Secret>, Refusal> {
    // One more than a request may go on from, because that one was made.
    let links = links(gateway, asked, id, LINKS_MAX + 1, BYTES_MAX).await?;
    let whole: Vec<&Link> = links.iter().filter(|link| link.sealed.is_some()).collect();
    if whole.is_empty() {
        return Err(Refusal::no_such_response(asked.surface, id));
    }
    whole
        .into_iter()
        .rev()
        .map(|link| open(gateway, asked, link))
        .collect()
}

/// The conversation up to a response, for a request that goes on from it: messages in OpenAI's shape.
pub(super) async fn conversation(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Vec<u8>, Refusal> {
    let surface = asked.surface;
    let links = links(gateway, asked, id, LINKS_MAX, BYTES_MAX).await?;
    let too_long = || Refusal::conversation_too_long(surface, id, gateway.settings.body_bytes_max);
    match links.last() {
        None => return Err(Refusal::no_previous_response(surface, id, None)),
        Some(last) if last.sealed.is_none() => return Err(too_long()),
        Some(Link {
            previous: Some(_), ..
        }) if links.len() >= LINKS_MAX as usize => return Err(too_long()),
        Some(Link {
            previous: Some(gone), ..
        }) => {
            return Err(Refusal::no_previous_response(surface, id, Some(gone)));
        }
        Some(_) => {}
    }
    let kept: Vec<Secret> = links
        .iter()
        .rev()
        .map(|link| open(gateway, asked, link))
        .collect::<Result<_, _>>()?;
    let messages = context(kept.iter().map(|kept| kept.expose().as_bytes()));
    match messages {
        // It is no longer than what could be sent as a whole.
        Ok(messages) if messages.len() > gateway.settings.body_bytes_max => Err(too_long()),
        Ok(messages) => Ok(messages),
        Err(why) => {
            tracing::error!(site = %asked.site.id, error = ?why, "a kept response is no conversation");
            Err(Refusal::unreadable_response(surface))
        }
    }
}

/// The response itself, as it was answered.
pub(super) fn response(asked: &Asked<'_>, kept: &Secret) -> Result<Vec<u8>, Refusal> {
    response_in(kept.expose().as_bytes())
        .map(<[u8]>::to_vec)
        .map_err(|why| {
            tracing::error!(site = %asked.site.id, error = ?why, "a kept response is no response");
            Refusal::unreadable_response(asked.surface)
        })
}

async fn links(
    gateway: &Shared,
    asked: &Asked<'_>,
    id: &str,
    links_max: u32,
    bytes_max: u64,
) -> Result<Vec<Link>, Refusal> {
    let bounds = ChainBounds {
        since: since(gateway.deps.clock.now()),
        links_max,
        bytes_max,
    };
    let read = async {
        let mut reader = gateway.deps.store.reader().await?;
        reader.responses().chain(&owner(asked), id, bounds).await
    };
    read.await
        .map_err(|error: StoreError| Refusal::responses_unread(asked.surface, &error))
}

fn open(gateway: &Shared, asked: &Asked<'_>, link: &Link) -> Result<Secret, Refusal> {
    let sealed = link.sealed.as_deref().unwrap_or_default();
    gateway.deps.keyring.open(sealed).map_err(|error| {
        tracing::error!(site = %asked.site.id, error = %error, "a kept response cannot be opened");
        Refusal::unreadable_response(asked.surface)
    })
}
