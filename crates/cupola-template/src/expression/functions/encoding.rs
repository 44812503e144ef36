//! Between values and the texts that carry them: JSON, base64, data URIs, URIs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::Fault;
use super::json::read_loosely;
use super::{Answer, Arguments, Function, pure};
use cupola_core::percent;

pub(super) const TABLE: &[Function] = &[
    pure("json", 1, 1, |arguments| read_json(arguments, arguments.text(0)?)),
    pure("base64", 1, 1, |arguments| {
        Ok(STANDARD.encode(arguments.text(0)?).into())
    }),
    pure("base64ToString", 1, 1, |arguments| {
        Ok(decode(arguments, arguments.text(0)?)?.into())
    }),
    pure("base64ToJson", 1, 1, |arguments| {
        read_json(arguments, &decode(arguments, arguments.text(0)?)?)
    }),
    pure("dataUri", 1, 1, data_uri),
    pure("dataUriToString", 1, 1, data_uri_to_string),
    pure("uri", 2, 2, uri),
    pure("uriComponent", 1, 1, |arguments| {
        Ok(percent::encode(arguments.text(0)?).into())
    }),
    pure("uriComponentToString", 1, 1, |arguments| {
        Ok(unescape(arguments.text(0)?).into())
    }),
];

fn read_json(arguments: &Arguments<'_>, text: &str) -> Answer {
    let strictly = serde_json::from_str(text);
    let value = strictly.or_else(|error| read_loosely(text).ok_or(error));
    value.map_err(|error| arguments.fault(format!("the text is not valid JSON: {error}")))
}

fn decode(arguments: &Arguments<'_>, text: &str) -> Result<String, Fault> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = STANDARD
        .decode(compact)
        .map_err(|_| arguments.fault("the text is not valid base64"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn data_uri(arguments: &Arguments<'_>) -> Answer {
    let encoded = STANDARD.encode(arguments.text(0)?);
    Ok(format!("data:text/plain;charset=utf8;base64,{encoded}").into())
}

fn data_uri_to_string(arguments: &Arguments<'_>) -> Answer {
    let uri = arguments.text(0)?;
    let scheme = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let split = scheme.and_then(|_| uri[5..].split_once(','));
    let (kind, data) =
        split.ok_or_else(|| arguments.fault("the text is not a data URI, such as 'data:,text'"))?;
    Ok(
        match kind.split(';').any(|part| part.eq_ignore_ascii_case("base64")) {
            true => decode(arguments, &unescape(data))?,
            false => unescape(data),
        }
        .into(),
    )
}

/// What is no text then has a sign in its place.
fn unescape(text: &str) -> String {
    String::from_utf8_lossy(&percent::decode(text, false)).into_owned()
}

/// Resolves the second against the first, as RFC 3986 does.
fn uri(arguments: &Arguments<'_>) -> Answer {
    let (base, relative) = (arguments.text(0)?, arguments.text(1)?);
    let split = base
        .split_once("://")
        .filter(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    let (scheme, rest) = split.ok_or_else(|| {
        arguments.fault(format!(
            "'{base}' is not an absolute URI, such as 'https://host/path/'"
        ))
    })?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path_end = path.find(['?', '#']).unwrap_or(path.len());
    let (path, query) = (
        &path[..path_end],
        path[path_end..].split('#').next().unwrap_or_default(),
    );
    let origin = format!("{scheme}://{authority}");

    let tail = relative.find(['?', '#']).unwrap_or(relative.len());
    let (relative_path, suffix) = relative.split_at(tail);
    let absolute = relative
        .split_once(':')
        .is_some_and(|(scheme, _)| is_scheme(scheme));
    let whole = if absolute {
        relative.to_owned()
    } else if relative.starts_with("//") {
        format!("{scheme}:{relative}")
    } else if relative_path.starts_with('/') {
        format!("{origin}{}{suffix}", without_dots(relative_path))
    } else if relative_path.is_empty() {
        let query = if suffix.starts_with('?') { "" } else { query };
        format!(
            "{origin}{}{query}{suffix}",
            if path.is_empty() { "/" } else { path }
        )
    } else {
        let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
        format!(
            "{origin}{}{suffix}",
            without_dots(&format!("{folder}{relative_path}"))
        )
    };
    Ok(whole.into())
}

fn is_scheme(text: &str) -> bool {
    let others = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(others)
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        kept.push("");
    }
    format!("/{}", kept.join("/"))
}
