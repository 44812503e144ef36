//! The way out: requests to other issuers, behind a trait so that tests answer them.

use super::state::State;
use cupola_backend::fetch::{Fetch, FetchError, Fetched, Fetcher, Reach};
use cupola_core::Timestamp;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;

/// What a request promises.
pub(crate) type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'a>>;

/// Sends requests to other issuers.
pub(crate) trait Outbound: Send + Sync {
    /// Sends one.
    fn send<'a>(&'a self, request: &'a Fetch) -> Fetching<'a>;
}

impl Outbound for Fetcher {
    fn send<'a>(&'a self, request: &'a Fetch) -> Fetching<'a> {
        // Its connection lives on the thread that made it, and a handler may move between threads.
        let (fetcher, request) = (self.clone(), request.clone());
        Box::pin(async move {
            let task = tokio::spawn(async move { fetcher.fetch(&request).await });
            task.await.unwrap_or_else(|error| {
                Err(FetchError::Refused(format!(
                    "The request could not be made: {error}."
                )))
            })
        })
    }
}

/// A JSON object from there; says in a sentence why there is none.
pub(super) async fn json(outbound: &dyn Outbound, request: &Fetch) -> Result<Value, String> {
    let fetched = outbound.send(request).await.map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
    if !(200..300).contains(&fetched.status) {
        let told = value["error_description"].as_str().or(value["error"].as_str());
        let told = cupola_core::name::printable(told.unwrap_or("nothing more"));
        return Err(format!("it answered {} and said {told}", fetched.status));
    }
    if !value.is_object() {
        return Err("its answer is not a JSON object".to_owned());
    }
    Ok(value)
}

/// The discovery document of an issuer, which must say that it is that issuer's. It is kept for ten minutes, so that people
/// who come and go here cost the issuer nothing.
pub(super) async fn discover(
    memory: &State,
    issuer: &str,
    reach: &Reach,
    now: Timestamp,
) -> Result<Value, String> {
    if let Some(document) = memory.document(issuer, now) {
        return Ok(document);
    }
    let request = Fetch {
        url: format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        ),
        reach: reach.clone(),
        ..Fetch::default()
    };
    let document = json(&*memory.outbound, &request).await?;
    if document["issuer"].as_str() != Some(issuer) {
        return Err(format!(
            "its discovery document is of the issuer '{}'",
            cupola_core::name::printable(document["issuer"].as_str().unwrap_or_default())
        ));
    }
    memory.keep_document(issuer, &document, now);
    Ok(document)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Nothing answers.
    pub(crate) struct Nowhere;

    impl Outbound for Nowhere {
        fn send<'a>(&'a self, _: &'a Fetch) -> Fetching<'a> {
            Box::pin(async { Err(FetchError::Refused("There is no network here.".to_owned())) })
        }
    }
}
