//! `If-Match` and `If-None-Match`: a change that was decided on an older state is refused.

use crate::dispatch::Call;
use cupola_core::{Code, Problem};
use cupola_store::Resource;
use http::{HeaderMap, header};

/// May this change be made to what is there now?
pub(crate) fn check(call: &Call, existing: Option<&Resource>) -> Result<(), Problem> {
    decide(&call.headers, existing.map(|resource| resource.etag.as_str()))
}

fn decide(headers: &HeaderMap, existing: Option<&str>) -> Result<(), Problem> {
    let refuse = |why: &str| {
        Err(Problem::new(
            Code::PreconditionFailed,
            format!("Nothing was changed: {why}"),
        ))
    };
    if let Some(wanted) = listed(headers, header::IF_MATCH) {
        match existing {
            None => return refuse("If-Match was given and the resource does not exist."),
            Some(etag) if !names(&wanted, etag) => {
                return refuse(&format!(
                    "the resource has changed since it was read; its etag is now {etag}. Read it again."
                ));
            }
            Some(_) => {}
        }
    }
    if let (Some(unwanted), Some(etag)) = (listed(headers, header::IF_NONE_MATCH), existing)
        && names(&unwanted, etag)
    {
        return refuse("the resource exists already, and If-None-Match forbids to change it.");
    }
    Ok(())
}

fn listed(headers: &HeaderMap, name: header::HeaderName) -> Option<Vec<String>> {
    let text = headers.get(name)?.to_str().ok()?;
    let tags: Vec<String> = text
        .split(',')
        .map(|tag| bare(tag).to_owned())
        .filter(|tag| !tag.is_empty())
        .collect();
    (!tags.is_empty()).then_some(tags)
}

// Clients send etags with quotes, without, and marked weak.
fn bare(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/").trim_matches('"')
}

fn names(tags: &[String], etag: &str) -> bool {
    tags.iter().any(|tag| tag == "*" || tag == bare(etag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(name: header::HeaderName, value: &'static str, existing: Option<&str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(&name, HeaderValue::from_static(value));
        assert_eq!(
            decide(&headers, existing).is_ok(),
            expected,
            "{name}: {value} on {existing:?}"
        );
    }

    #[test]
    fn preconditions_hold_or_refuse() {
        let here = Some("\"1a\"");
        check(header::IF_MATCH, "\"1a\"", here, true);
        check(header::IF_MATCH, "1a", here, true);
        check(header::IF_MATCH, "\"0\", W/\"1a\"", here, true);
        check(header::IF_MATCH, "*", here, true);
        check(header::IF_MATCH, "", here, true);
        check(header::IF_MATCH, "\"2\"", here, false);
        check(header::IF_MATCH, "*", None, false);
        check(header::IF_NONE_MATCH, "*", here, false);
        check(header::IF_NONE_MATCH, "*", None, true);
        check(header::IF_NONE_MATCH, "\"2\"", here, true);
    }
}
