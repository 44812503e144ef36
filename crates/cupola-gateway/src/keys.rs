//! Does the request carry one of the site's two keys? In any of three headers, because clients differ. Who has none may
//! have a token: `tokens`.

use crate::Shared;
use crate::snapshot::{Site, Snapshot};
use cupola_identity::same;
use http::{HeaderMap, HeaderName, header};
use std::sync::Arc;

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    /// `primary`, `secondary`, or a principal's object id.
    pub(crate) name: Arc<str>,
    /// Which of the two keys it is, if it is one.
    pub(crate) key: Option<usize>,
}

/// What a request carries that might be a key, each once.
pub(crate) fn candidates(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let candidates = [
        headers.get(API_KEY).map(|value| value.as_bytes()),
        headers.get(X_API_KEY).map(|value| value.as_bytes()),
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| bearer(value.as_bytes())),
    ];
    // Azure's own client sends its key in two headers; digesting it twice would tell nothing new.
    let distinct = move |at: usize| candidates[at].filter(|one| !candidates[..at].contains(&Some(one)));
    (0..candidates.len()).filter_map(distinct)
}

/// Passes who has a key. Both digests are compared to their ends, whichever fits.
pub(crate) fn check(gateway: &Shared, site: &Site, headers: &HeaderMap) -> Option<Credential> {
    candidates(headers)
        .filter(|_| site.local_auth)
        .find_map(|candidate| {
            let digest = gateway.deps.keyring.digest(candidate);
            let fits = |at: usize| {
                site.key_digests()
                    .get(at)
                    .is_some_and(|known| same(known, &digest))
            };
            let (primary, secondary) = (fits(0), fits(1));
            let key = usize::from(!primary);
            (primary | secondary).then(|| Credential {
                name: Arc::clone(&gateway.key_names[key]),
                key: Some(key),
            })
        })
}

/// What `Authorization: Bearer` carries.
pub(crate) fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    std::str::from_utf8(bearer(value.as_bytes())?).ok()
}

/// The site that one of the keys belongs to, for clients that know nothing else.
pub(crate) fn site_of(gateway: &Shared, snapshot: &Snapshot, headers: &HeaderMap) -> Option<Arc<Site>> {
    candidates(headers)
        .find_map(|candidate| snapshot.with_key(&gateway.deps.keyring.digest(candidate)))
        .cloned()
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
