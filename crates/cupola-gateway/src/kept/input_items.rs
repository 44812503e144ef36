//! `GET .../responses/ID/input_items`: what a response was made from, in pages. `?limit=` is 1 to 100, `?order=` is `asc` or
//! `desc`, `?after=` is an item's id.

use super::{chain, retrieve};
use crate::Shared;
use crate::infer::Asked;
use crate::query;
use crate::refusal::Refusal;
use cupola_core::name::printable;
use cupola_edge::Body;
use cupola_wire::responses::{ItemsPage, input_items};
use http::Response;

const LIMIT_MAX: usize = 100;
const LIMIT: usize = 20;

pub(super) async fn answer(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Response<Body>, Refusal> {
    let surface = asked.surface;
    let page = read(asked.head.uri.query().unwrap_or_default())
        .map_err(|why| Refusal::bad_parameter(surface, &why))?;
    let kept = chain::all(gateway, asked, id).await?;
    let kept: Vec<&[u8]> = kept.iter().map(|kept| kept.expose().as_bytes()).collect();
    match input_items(&kept, &page) {
        Ok(Some(list)) => Ok(retrieve::found(list)),
        Ok(None) => {
            let after = printable(page.after.as_deref().unwrap_or_default()).to_string();
            let why = format!(
                "after is '{after}', which is no item of this response; leave it away for the first page."
            );
            Err(Refusal::bad_parameter(surface, &why))
        }
        Err(why) => {
            tracing::error!(site = %asked.site.id, error = ?why, "a kept response has no items");
            Err(Refusal::unreadable_response(surface))
        }
    }
}

fn read(query: &str) -> Result<ItemsPage, String> {
    let limit = match query::value(query, "limit") {
        None => LIMIT,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| (1..=LIMIT_MAX).contains(limit))
            .ok_or_else(|| format!("limit is '{}': use 1 to {LIMIT_MAX}.", printable(&limit)))?,
    };
    let newest_first = match query::value(query, "order").as_deref() {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(other) => return Err(format!("order is '{}': use asc or desc.", printable(other))),
    };
    Ok(ItemsPage {
        limit,
        newest_first,
        after: query::value(query, "after").map(std::borrow::Cow::into_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_for_by_limit_order_and_place() {
        let check = |query: &str, expected: Result<(usize, bool, Option<&str>), &str>| {
            let found = read(query);
            let found = found
                .as_ref()
                .map_err(String::as_str)
                .map(|page| (page.limit, page.newest_first, page.after.as_deref()));
            assert_eq!(found, expected, "{query}");
        };
        check("", Ok((20, true, None)));
        check("limit=100&order=asc&after=msg_1", Ok((100, false, Some("msg_1"))));
        check("limit=1&order=desc&include[]=x", Ok((1, true, None)));
        for limit in ["0", "101", "-1", "many"] {
            let why = format!("limit is '{limit}': use 1 to 100.");
            check(&format!("limit={limit}"), Err(&why));
        }
        check("order=up", Err("order is 'up': use asc or desc."));
    }
}
