//! Lists in pages: a page ends where the next one begins, so that changes between two pages lose and repeat nothing.

use crate::answer;
use crate::dispatch::{Call, Reply, encode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::Problem;
use cupola_store::Resource;
use cupola_store::resources::{Below, Resources};
use cupola_wire::arm::{Envelope, Page};
use serde_json::Value;

const PAGE_ITEMS: usize = 100;
const PAGE_ITEMS_MAX: usize = 1000;
// Rows that one page looks at.
const SEEN_MAX: usize = 5000;

/// How the client is told where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// `$skip`: the Machine Learning lists use it as an opaque token.
    Skip,
    /// `$skiptoken`: everything else.
    SkipToken,
}

impl Token {
    fn name(self) -> &'static str {
        match self {
            Self::Skip => "$skip",
            Self::SkipToken => "$skiptoken",
        }
    }
}

/// A page of what is `below`, where `show` makes the items and leaves out what is not wanted or may not be seen.
pub(crate) async fn page(
    call: &Call,
    resources: Resources<'_>,
    below: Below<'_>,
    token: Token,
    show: impl Fn(Resource) -> Option<Envelope>,
) -> Result<Reply, Problem> {
    page_of(call, resources, &[below], token, show).await
}

/// The same over several lists, one after another.
pub(crate) async fn page_of(
    call: &Call,
    mut resources: Resources<'_>,
    lists: &[Below<'_>],
    token: Token,
    show: impl Fn(Resource) -> Option<Envelope>,
) -> Result<Reply, Problem> {
    let limit = limit(call);
    let (mut at, mut after) = begin(call, token);
    let mut value = Vec::new();
    let mut seen = 0;
    // One more than fits tells whether there is a next page.
    let batch = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let next_link = 'all: loop {
        let Some(below) = lists.get(at) else { break None };
        let found = resources.list(*below, after.as_deref(), batch).await?;
        let last = found.len() < batch as usize;
        for resource in found {
            let id = resource.id.folded();
            // A page that finds little in much ends early: clients follow the link, and no request takes all day.
            let full = value.len() == limit || seen == SEEN_MAX;
            match show(resource) {
                Some(_) if full => break 'all Some(link(call, token, at, after.as_deref())),
                None if seen == SEEN_MAX => break 'all Some(link(call, token, at, after.as_deref())),
                Some(item) => value.push(item),
                None => {}
            }
            seen += 1;
            after = Some(id);
        }
        if last {
            (at, after) = (at + 1, None);
        }
    };
    Ok(answer::ok(&Page { value, next_link }))
}

/// A page of items that are all at hand; the token is how many were shown.
pub(crate) fn page_of_items(call: &Call, items: impl IntoIterator<Item = Value>) -> Page<Value> {
    let (limit, token) = (limit(call), Token::Skip);
    let skipped = call
        .query
        .get(token.name())
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(0);
    let mut items = items.into_iter().skip(skipped);
    let value: Vec<Value> = items.by_ref().take(limit).collect();
    let next_link = items
        .next()
        .map(|_| next(call, token, &(skipped + limit).to_string()));
    Page { value, next_link }
}

fn limit(call: &Call) -> usize {
    // An odd $top is no reason to refuse a list.
    let top = call.query.get("$top").and_then(|top| top.parse::<usize>().ok());
    top.map_or(PAGE_ITEMS, |top| top.clamp(1, PAGE_ITEMS_MAX))
}

// Which list, and the id after which it goes on. A token that is none of ours begins at the beginning.
fn begin(call: &Call, token: Token) -> (usize, Option<String>) {
    let text = call.query.get(token.name()).and_then(|text| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        String::from_utf8(bytes).ok()
    });
    let parts = text.as_deref().and_then(|text| text.split_once('/'));
    let Some((Ok(at), rest)) =
        parts.map(|(at, rest)| (at.parse().or(if at.is_empty() { Ok(0) } else { Err(()) }), rest))
    else {
        return (0, None);
    };
    (at, (!rest.is_empty()).then(|| format!("/{rest}")))
}

fn link(call: &Call, token: Token, at: usize, after: Option<&str>) -> String {
    let text = URL_SAFE_NO_PAD.encode(format!("{at}{}", after.unwrap_or("/")));
    next(call, token, &text)
}

/// The link to the page that begins where this text says.
pub(crate) fn next(call: &Call, token: Token, text: &str) -> String {
    let (name, text) = (encode(token.name()), encode(text));
    let mut link = format!("{}{}?{name}={text}", call.origin, call.path);
    for (name, value) in call.query.without(&[token.name()]) {
        link.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    link
}
