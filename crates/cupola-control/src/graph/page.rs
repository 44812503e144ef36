//! Lists of the directory: `$top`, and `@odata.nextLink` where more may follow.

use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::paging::{self, Token};
use serde_json::{Value, json};

const PAGE: usize = 100;
const PAGE_MAX: usize = 999;

/// So much is looked at for one page, whether it fits the filter or not.
pub(super) const LOOKED_AT_MAX: usize = 2000;

pub(super) fn top(call: &Call) -> usize {
    let top = call.query.get("$top").and_then(|top| top.parse::<usize>().ok());
    top.map_or(PAGE, |top| top.clamp(1, PAGE_MAX))
}

/// After which object the page begins.
pub(super) fn after(call: &Call) -> String {
    call.query.get("$skiptoken").unwrap_or_default().to_owned()
}

/// A page; `next` is the object after which the next one begins.
pub(super) fn reply(call: &Call, kind: &str, value: Vec<Value>, next: Option<&str>) -> Reply {
    let mut body = json!({
        "@odata.context": format!("{}/v1.0/$metadata#{kind}", call.origin),
        "value": value,
    });
    if let Some(after) = next {
        body["@odata.nextLink"] = paging::next(call, Token::SkipToken, after).into();
    }
    answer::ok(&body)
}

/// One object.
pub(super) fn one(call: &Call, kind: &str, object: Value) -> Value {
    let mut shown = json!({"@odata.context": format!("{}/v1.0/$metadata#{kind}/$entity", call.origin)});
    if let (Some(shown), Value::Object(fields)) = (shown.as_object_mut(), object) {
        shown.extend(fields);
    }
    shown
}
