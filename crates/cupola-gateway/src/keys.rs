//! Does the request carry one of the endpoint's two keys? In any of three headers, because clients differ.

use crate::refusal::Refusal;
use crate::snapshot::Endpoint;
use cupola_identity::{Keyring, same};
use cupola_wire::openai::Surface;
use http::{HeaderMap, HeaderName, header};

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Passes who has a key. Both digests are compared to their ends, whichever fits.
pub(crate) fn check(
    endpoint: &Endpoint,
    keyring: &Keyring,
    headers: &HeaderMap,
    surface: Surface,
) -> Result<(), Refusal> {
    let candidates = [
        headers.get(API_KEY).map(|value| value.as_bytes()),
        headers.get(X_API_KEY).map(|value| value.as_bytes()),
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| bearer(value.as_bytes())),
    ];
    for (at, candidate) in candidates.iter().enumerate() {
        // Azure's own client sends its key in two headers; digesting it twice would tell nothing new.
        let Some(candidate) = candidate.filter(|candidate| !candidates[..at].contains(&Some(candidate)))
        else {
            continue;
        };
        let digest = keyring.digest(candidate);
        let fits = endpoint
            .key_digests()
            .iter()
            .fold(false, |fits, known| fits | same(known, &digest));
        if fits {
            return Ok(());
        }
    }
    Err(Refusal::unauthorized(
        surface,
        candidates.iter().any(Option::is_some),
    ))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then_some(rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearers_are_read_without_case() {
        assert_eq!(bearer(b"Bearer K"), Some(&b"K"[..]));
        assert_eq!(bearer(b"bEARER  K "), Some(&b"K"[..]));
        assert_eq!(bearer(b"Basic K"), None);
        assert_eq!(bearer(b"Bear"), None);
    }
}
