//! The heads of a request and of its answer.

use super::chunked::Chunked;
use super::{Framing, broken};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use std::io::Error;

const HEADERS_MAX: usize = 100;

/// The head of an answer.
pub(super) struct Head {
    pub(super) parts: Parts,
    /// Of the head, in bytes.
    pub(super) length: usize,
    pub(super) framing: Framing,
    pub(super) keeps_alive: bool,
}

/// Writes the head of a request. Names and values were checked when they were made, so none can begin a line of its own.
pub(super) fn request_head(parts: &http::request::Parts, body_bytes: usize) -> Bytes {
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(parts.method.as_str().as_bytes());
    head.push(b' ');
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    head.extend_from_slice(path.as_bytes());
    head.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in &parts.headers {
        field(&mut head, name.as_str(), value.as_bytes());
    }
    if body_bytes > 0 || parts.method != Method::GET {
        field(&mut head, "content-length", body_bytes.to_string().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head.into()
}

fn field(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

/// Reads the head of an answer; `None` while some of it is still to come. Interim answers (1xx) are skipped.
pub(super) fn read_head(bytes: &[u8]) -> Result<Option<Head>, Error> {
    let mut skipped = 0;
    loop {
        let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut answer = httparse::Response::new(&mut fields);
        let parsed = answer
            .parse(&bytes[skipped..])
            .map_err(|_| broken("its head is no HTTP"))?;
        let httparse::Status::Complete(length) = parsed else {
            return Ok(None);
        };
        let code = answer.code.unwrap_or_default();
        let status = StatusCode::from_u16(code).map_err(|_| broken("its status is none"))?;
        let length = skipped + length;
        match status {
            StatusCode::SWITCHING_PROTOCOLS => return Err(broken("it changes to another protocol")),
            status if status.is_informational() => skipped = length,
            status => {
                let (mut parts, ()) = Response::new(()).into_parts();
                parts.status = status;
                parts.headers = headers(answer.headers)?;
                let is_new = answer.version == Some(1);
                parts.version = if is_new {
                    Version::HTTP_11
                } else {
                    Version::HTTP_10
                };
                return Ok(Some(Head {
                    framing: framing(status, &parts.headers)?,
                    keeps_alive: keeps_alive(status, is_new, &parts.headers),
                    parts,
                    length,
                }));
            }
        }
    }
}

fn headers(fields: &[httparse::Header<'_>]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(broken("one of its headers is none"));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// RFC 9112, section 6.3.
fn framing(status: StatusCode, headers: &HeaderMap) -> Result<Framing, Error> {
    if is_bodiless(status) {
        return Ok(Framing::Length(0));
    }
    if let Some(last) = headers.get_all(TRANSFER_ENCODING).iter().next_back() {
        let last = last.as_bytes().rsplit(|byte| *byte == b',').next();
        let is_chunked = last.is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"));
        return Ok(if is_chunked {
            Framing::Chunked(Chunked::new())
        } else {
            Framing::UntilClose
        });
    }
    let mut length = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let text = value.to_str().unwrap_or_default();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>().ok().filter(|_| is_number);
        let number = number.ok_or_else(|| broken("its content-length is no number"))?;
        if length.is_some_and(|known| known != number) {
            return Err(broken("it has two lengths"));
        }
        length = Some(number);
    }
    Ok(length.map_or(Framing::UntilClose, Framing::Length))
}

fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn keeps_alive(status: StatusCode, is_new: bool, headers: &HeaderMap) -> bool {
    let is_coded = headers.contains_key(TRANSFER_ENCODING);
    let is_counted = headers.contains_key(CONTENT_LENGTH);
    // Two ways to tell the end are one too many to trust what follows; HTTP/1.0 knows no coding; and whoever announces a
    // body where there can be none may send one.
    if is_coded && (is_counted || !is_new) || is_bodiless(status) && (is_coded || is_counted) {
        return false;
    }
    let says = |word: &str| {
        let values = headers.get_all(CONNECTION).iter();
        let mut words = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        words.any(|one| one.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    };
    !says("close") && (is_new || says("keep-alive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Result<(u16, &str, bool), &str>) {
        match (read_head(head.as_bytes()), expected) {
            (Ok(Some(found)), Ok((status, framing, keeps_alive))) => {
                assert_eq!(found.parts.status.as_u16(), status, "{head:?}");
                assert!(format!("{:?}", found.framing).starts_with(framing), "{head:?}");
                assert_eq!(found.keeps_alive, keeps_alive, "{head:?}");
                assert_eq!(found.length, head.len(), "{head:?}");
            }
            (Ok(None), Err("")) => {}
            (Err(found), Err(expected)) if !expected.is_empty() => {
                assert!(found.to_string().contains(expected), "{head:?}: {found}");
            }
            (found, _) => panic!("{head:?}: {:?}", found.map(|head| head.map(|head| head.parts))),
        }
    }

    #[test]
    fn the_end_of_a_body_is_known_as_the_standard_says() {
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n",
            Ok((200, "Length(12)", true)),
        );
        check(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            Ok((200, "Length(0)", true)),
        );
        check(
            "HTTP/1.1 429 \r\nTransfer-Encoding: gzip, Chunked\r\nConnection: x, Close\r\n\r\n",
            Ok((429, "Chunked", false)),
        );
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
            Ok((200, "Chunked", false)),
        );
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
            Ok((200, "UntilClose", true)),
        );
        check("HTTP/1.1 200 OK\r\n\r\n", Ok((200, "UntilClose", true)));
        check(
            "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n",
            Ok((204, "Length(0)", false)),
        );
        check("HTTP/1.1 304 Not Modified\r\n\r\n", Ok((304, "Length(0)", true)));
        check(
            "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n",
            Ok((200, "Chunked", false)),
        );
        check(
            "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n",
            Ok((200, "Length(1)", false)),
        );
        check(
            "HTTP/1.0 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\n",
            Ok((200, "Length(1)", true)),
        );
    }

    #[test]
    fn what_is_no_head_is_refused_and_half_a_head_is_waited_for() {
        check("", Err(""));
        check("HTTP/1.1 200 OK\r\ncontent-le", Err(""));
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2", Err(""));
        check("SSH-2.0-OpenSSH\r\n", Err("no HTTP"));
        check(
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            Err("another protocol"),
        );
        check("HTTP/1.1 200 OK\r\ncontent-length: +3\r\n\r\n", Err("no number"));
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 3, 3\r\n\r\n",
            Err("no number"),
        );
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
            Err("two lengths"),
        );
        let many = "a: b\r\n".repeat(HEADERS_MAX + 1);
        check(&format!("HTTP/1.1 200 OK\r\n{many}\r\n"), Err("no HTTP"));
    }

    #[test]
    fn requests_say_how_long_they_are() {
        let written = |method: Method, body_bytes| {
            let (mut parts, ()) = http::Request::builder()
                .uri("/v1/x?a=b")
                .header("Host", "h")
                .body(())
                .expect("a request")
                .into_parts();
            parts.method = method;
            String::from_utf8(request_head(&parts, body_bytes).to_vec()).expect("text")
        };
        assert_eq!(
            written(Method::GET, 0),
            "GET /v1/x?a=b HTTP/1.1\r\nhost: h\r\n\r\n"
        );
        assert_eq!(
            written(Method::POST, 7),
            "POST /v1/x?a=b HTTP/1.1\r\nhost: h\r\ncontent-length: 7\r\n\r\n"
        );
        assert!(written(Method::POST, 0).contains("content-length: 0\r\n"));
    }
}
