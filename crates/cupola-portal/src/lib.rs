//! The portal: files that `npm run build` made, embedded in the binary and served under `/portal`.
//!
//! Nothing here knows who asks. The page signs in with the session cookie and then uses the public API alone; what it may
//! load, and from where, is in the headers of this crate.

mod headers;
mod pages;
mod visit;

pub use visit::Portal;

use cupola_edge::Body;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

/// A file of the portal.
#[derive(Debug)]
struct File {
    name: &'static str,
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const INDEX: &str = "index.html";

/// Is this a request for the portal's files? Its session is the control plane's, which has the cookie and signs the tokens.
pub fn claims(head: &Parts) -> bool {
    let path = head.uri.path();
    let ours = path == "/portal" || path.starts_with("/portal/");
    (ours && !path.starts_with("/portal/session/")) || is_front_door(head)
}

fn answer(head: &Parts) -> Response<Body> {
    answer_from(FILES, head)
}

// A person who typed the address alone. Programs ask for nothing in particular, or for JSON, and are told what they always were.
fn is_front_door(head: &Parts) -> bool {
    let accept = head
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    head.uri.path() == "/"
        && head.method == Method::GET
        && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn answer_from(files: &'static [File], head: &Parts) -> Response<Body> {
    if head.method != Method::GET && head.method != Method::HEAD {
        let mut response = pages::plain(StatusCode::METHOD_NOT_ALLOWED, "The portal's pages take GET.\n");
        headers::set(&mut response, header::ALLOW, "GET, HEAD");
        return response;
    }
    if is_front_door(head) {
        let mut response = pages::plain(StatusCode::SEE_OTHER, "The portal is at /portal.\n");
        headers::set(&mut response, header::LOCATION, "/portal");
        headers::set(&mut response, header::VARY, "accept");
        return response;
    }
    if files.is_empty() {
        return pages::not_built();
    }
    let path = head
        .uri
        .path()
        .strip_prefix("/portal")
        .unwrap_or_default()
        .trim_matches('/');
    // A page has no ending: what comes after /portal is its own business. A file that is not there must not look like one.
    let is_page = !path.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if is_page { INDEX } else { path };
    match files.iter().find(|file| file.name == name) {
        Some(file) => deliver(file, &head.headers),
        None => pages::plain(StatusCode::NOT_FOUND, "The portal has no such file.\n"),
    }
}

fn deliver(file: &'static File, asked: &HeaderMap) -> Response<Body> {
    let text = |name: header::HeaderName| {
        asked
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let unchanged = text(header::IF_NONE_MATCH)
        .split(',')
        .any(|tag| tag.trim().trim_start_matches("W/") == file.tag);
    let (coding, bytes) = choose(file, text(header::ACCEPT_ENCODING));
    let mut response = Response::new(if unchanged {
        cupola_edge::empty()
    } else {
        cupola_edge::full(bytes)
    });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    headers::describe(&mut response, file.name);
    let fields = response.headers_mut();
    fields.insert(header::ETAG, HeaderValue::from_static(file.tag));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

// The smallest that the client takes. A weight of nought is a refusal; other weights are not worth a larger answer.
fn choose(file: &'static File, accepted: &str) -> (Option<&'static str>, &'static [u8]) {
    let takes = |coding: &str| {
        accepted.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let refused = weight
                .trim()
                .trim_start_matches("q=")
                .trim_matches(['0', '.', ' '])
                .is_empty();
            name.trim().eq_ignore_ascii_case(coding) && !(weight.contains('=') && refused)
        })
    };
    match (file.brotli, file.gzip) {
        (Some(bytes), _) if takes("br") => (Some("br"), bytes),
        (_, Some(bytes)) if takes("gzip") => (Some("gzip"), bytes),
        _ => (None, file.plain),
    }
}

#[cfg(test)]
mod tests;
