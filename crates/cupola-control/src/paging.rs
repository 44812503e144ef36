//! Lists in pages: a page ends where the next one begins, so that changes between two pages lose and repeat nothing.

use crate::answer;
use crate::dispatch::{Call, Reply, encode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::Problem;
use cupola_store::Resource;
use cupola_store::resources::{Below, Resources};
use cupola_wire::arm::{Envelope, Page};

const PAGE_ITEMS: usize = 100;
const PAGE_ITEMS_MAX: usize = 1000;

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
    mut resources: Resources<'_>,
    below: Below<'_>,
    token: Token,
    show: impl Fn(Resource) -> Option<Envelope>,
) -> Result<Reply, Problem> {
    let limit = limit(call);
    let mut after = begin(call, token);
    let mut value = Vec::new();
    // One more than fits tells whether there is a next page.
    let batch = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let next_link = 'all: loop {
        let found = resources.list(below, after.as_deref(), batch).await?;
        let last = found.len() < batch as usize;
        for resource in found {
            let id = resource.id.folded();
            if let Some(item) = show(resource) {
                if value.len() == limit {
                    break 'all after.map(|after| link(call, token, &after));
                }
                value.push(item);
            }
            after = Some(id);
        }
        if last {
            break None;
        }
    };
    Ok(answer::ok(&Page { value, next_link }))
}

fn limit(call: &Call) -> usize {
    // An odd $top is no reason to refuse a list.
    let top = call.query.get("$top").and_then(|top| top.parse::<usize>().ok());
    top.map_or(PAGE_ITEMS, |top| top.clamp(1, PAGE_ITEMS_MAX))
}

fn begin(call: &Call, token: Token) -> Option<String> {
    let text = call.query.get(token.name())?;
    let id = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())?;
    id.starts_with('/').then_some(id)
}

fn link(call: &Call, token: Token, after: &str) -> String {
    let mut link = format!(
        "{}{}?{}={}",
        call.origin,
        call.path,
        encode(token.name()),
        URL_SAFE_NO_PAD.encode(after)
    );
    for (name, value) in call.query.without(&[token.name()]) {
        link.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    link
}
