//! `GET /subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values`: newest first, in pages.
//!
//! A page ends when it is full, or when enough of the record was looked at: a filter that fits little gives short pages
//! with a link to the next one, never a long wait.

use super::event::shown;
use super::filter::{Filter, by_index};
use super::{CONTENT_FILTER, READ};
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use crate::paging::{self, Token};
use cupola_core::{Problem, ResourceId};
use cupola_store::audit::{Event, Place};
use cupola_store::{Reader, StoreError};
use cupola_wire::arm::Page;
use serde_json::Value;

const PAGE_ITEMS: usize = 200;
const BATCH: u32 = 200;
const LOOKED_AT_MAX: usize = 2000;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    let mut filter = Filter::read(call.query.get("$filter").unwrap_or_default(), call.now)?;
    if let Some(caller) = &filter.caller {
        filter.principal = principal_id(&mut reader, caller).await?;
    }
    let about = by_index(&filter, subscription.name());
    let select = call.query.get("$select").map(fields);
    let mut after = call.query.get("$skiptoken").and_then(place);
    let (mut value, mut looked_at) = (Vec::new(), 0);
    let next = 'pages: loop {
        let found = reader
            .audit()
            .about(&about, filter.from, filter.to, after, BATCH)
            .await?;
        let last = found.len() < BATCH as usize;
        for event in found {
            let here = (event.entry.at.as_millisecond(), event.id);
            if is_in(&subscription, &event)
                && !is_of_a_request(&event)
                && filter.passes(&event)
                && may_see(&view, &event)
            {
                value.push(selected(shown(&event, call.control.tenant()), select.as_deref()));
            }
            after = Some(here);
            looked_at += 1;
            if value.len() == PAGE_ITEMS || looked_at == LOOKED_AT_MAX {
                break 'pages Some(here);
            }
        }
        if last {
            break None;
        }
    };
    let next_link = next.map(|(at, id)| paging::next(&call, Token::SkipToken, &format!("{at}.{id}")));
    Ok(answer::ok(&Page { value, next_link }))
}

/// Whose object id, application id or user name it is; nobody's, where it is a display name, or of somebody who is gone.
async fn principal_id(reader: &mut Reader, caller: &str) -> Result<Option<String>, StoreError> {
    if let Some(principal) = reader.access().principal(caller).await? {
        return Ok(Some(principal.id));
    }
    Ok(reader.users().find(caller).await?.map(|user| user.id))
}

fn is_in(subscription: &ResourceId, event: &Event) -> bool {
    let held = ResourceId::parse(&event.entry.scope).and_then(|id| id.subscription);
    held.is_some_and(|held| held.eq_ignore_ascii_case(subscription.name()))
}

// The record has findings of the content safety too, which nobody asks the log of changes for.
fn is_of_a_request(event: &Event) -> bool {
    event.entry.action.ends_with(CONTENT_FILTER)
}

// Who may read the log there, who may read the resource itself, and who did it.
fn may_see(view: &View, event: &Event) -> bool {
    let scope = &event.entry.scope;
    event.entry.principal == view.caller.principal.id
        || view.caller.decide(READ, scope).is_ok()
        || ResourceId::parse(scope).is_some_and(|id| view.may_read(&id))
}

fn fields(select: &str) -> Vec<String> {
    select
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

fn selected(mut event: Value, select: Option<&[String]>) -> Value {
    if let (Some(wanted), Some(fields)) = (select.filter(|wanted| !wanted.is_empty()), event.as_object_mut())
    {
        fields.retain(|name, _| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
    }
    event
}

fn place(token: &str) -> Option<Place> {
    let (at, id) = token.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_store::audit::About;
    use serde_json::json;

    #[test]
    fn findings_in_requests_are_not_in_the_log_of_changes() {
        let check = |action: &str, expected: bool| {
            let entry = cupola_store::audit::Entry {
                at: cupola_core::Timestamp::UNIX_EPOCH,
                principal: String::new(),
                action: action.into(),
                scope: "/subscriptions/s".into(),
                outcome: "Succeeded".into(),
                correlation: String::new(),
                detail: json!({}),
            };
            assert_eq!(is_of_a_request(&entry.into()), expected, "{action}");
        };
        check(
            "Microsoft.CognitiveServices/accounts/deployments/contentFilter/action",
            true,
        );
        check("Microsoft.CognitiveServices/accounts/deployments/write", false);
    }

    #[test]
    fn chosen_fields_are_kept_whatever_their_case() {
        let select = fields("Level , eventname");
        assert_eq!(
            selected(json!({"level": 1, "eventName": 2, "id": 3}), Some(&select)),
            json!({"level": 1, "eventName": 2})
        );
        assert_eq!(selected(json!({"id": 3}), Some(&[])), json!({"id": 3}));
        assert_eq!(place("5.7"), Some((5, 7)));
        assert_eq!(place("x"), None);
    }

    #[test]
    fn the_most_exact_index_is_asked() {
        let filter = |text: &str| Filter::read(text, cupola_core::Timestamp::UNIX_EPOCH).expect("a filter");
        assert_eq!(
            by_index(&filter("correlationId eq 'C' and resourceGroupName eq 'g'"), "s"),
            About::Correlation("s".into(), "c".into())
        );
        assert_eq!(
            by_index(&filter("resourceGroupName eq 'g'"), "s"),
            About::Group("s".into(), "g".into())
        );
        assert_eq!(
            by_index(&filter("status eq 'Failed'"), "s"),
            About::Subscription("s".into())
        );
    }
}
