//! What every answer of the portal says about itself.

use cupola_edge::Body;
use http::header::{self, HeaderName};
use http::{HeaderValue, Response};

// Scripts and styles come from files of this server, and data from its API. The one inline style that is let in is an empty
// element, named by its hash: the components put their rules into it by the object model, which the policy does not concern.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data: blob:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

// A name in assets/ has the hash of its content in it, so it never means anything else.
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
    ("woff2", "font/woff2"),
];

/// Sets a header; text that cannot be one is left out.
pub(crate) fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The headers of a file, by its name.
pub(crate) fn describe(response: &mut Response<Body>, name: &str) {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let kind = TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .map_or("application/octet-stream", |(_, kind)| *kind);
    set(response, header::CONTENT_TYPE, kind);
    let keep = if name.starts_with("assets/") {
        FOREVER
    } else {
        ASK_AGAIN
    };
    set(response, header::CACHE_CONTROL, keep);
    protect(response);
}

/// What keeps a page from being framed, misread or followed, whatever it is.
pub(crate) fn protect(response: &mut Response<Body>) {
    set(response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, header::X_FRAME_OPTIONS, "DENY");
    set(response, header::REFERRER_POLICY, "no-referrer");
    let nothing = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
    set(response, HeaderName::from_static("permissions-policy"), nothing);
    set(
        response,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        response,
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
}
