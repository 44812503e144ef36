//! Answers that are not files of the portal.

use crate::headers;
use cupola_edge::Body;
use http::{Response, StatusCode, header};

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
    <title>The portal is not in this build - Cupola</title></head><body><main><h1>The portal is not in this build</h1>\
    <p>This server works; only its pages were not built when the program was. With Node.js 20.19 or later:</p>\
    <pre>(cd portal &amp;&amp; npm ci &amp;&amp; npm run build) &amp;&amp; cargo build</pre>\
    <p>Then start the server again. <code>script/server</code> does all of it.</p></main></body></html>";

/// A sentence.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(cupola_edge::full(text));
    *response.status_mut() = status;
    headers::describe(&mut response, "a.txt");
    headers::set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

/// The page of a build without the portal.
pub(crate) fn not_built() -> Response<Body> {
    let mut response = Response::new(cupola_edge::full(NOT_BUILT));
    headers::describe(&mut response, "a.html");
    headers::set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}
