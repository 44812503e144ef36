//! What a response was made from: every item of its conversation up to its own answer, in pages. Items without an id get
//! one, and words get the parts that clients read.

use super::kept::{output_of, response_of};
use super::request_to_chat::fields;
use crate::json::{Json, write_line};
use crate::openai::Invalid;
use crate::openai::fields::{Fields, as_text, items, write_field, write_text};
use serde_json::value::RawValue;
use std::collections::HashSet;

/// Which page of the items is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsPage {
    /// So many at most.
    pub limit: usize,
    /// The newest first?
    pub newest_first: bool,
    /// Those that come after this one, in the order that is asked for.
    pub after: Option<String>,
}

struct Item<'a> {
    id: String,
    raw: &'a RawValue,
}

/// A page of the items that the last of these was made from, as a list; `None` where there is no item to come after. Each
/// goes on from the one before it.
pub fn input_items(kept: &[&[u8]], page: &ItemsPage) -> Result<Option<Vec<u8>>, Invalid> {
    let mut all = everything(kept)?;
    if page.newest_first {
        all.reverse();
    }
    let start = match &page.after {
        None => 0,
        Some(after) => match all.iter().position(|item| item.id == *after) {
            Some(at) => at + 1,
            None => return Ok(None),
        },
    };
    let rest = &all[start..];
    let shown = &rest[..rest.len().min(page.limit)];
    let end = |item: Option<&Item<'_>>| item.map_or(Json::Null, |item| Json::text(item.id.clone()));
    let list = Json::Object(vec![
        ("object", Json::text("list")),
        (
            "data",
            Json::Array(shown.iter().map(|item| Json::Line(written(item))).collect()),
        ),
        ("first_id", end(shown.first())),
        ("last_id", end(shown.last())),
        ("has_more", Json::Truth(rest.len() > shown.len())),
    ]);
    Ok(Some(list.bytes()))
}

fn everything<'a>(kept: &[&'a [u8]]) -> Result<Vec<Item<'a>>, Invalid> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for (at, each) in kept.iter().enumerate() {
        let each = fields(each)?;
        let response = Fields::read(response_of(&each)?.get()).unwrap_or_default();
        let id = response.text("id").unwrap_or_default();
        let request = id.strip_prefix("resp_").unwrap_or(&id);
        let input = each
            .get("input")
            .map_or_else(Vec::new, |input| items(input).unwrap_or_else(|| vec![input]));
        let answered = match at + 1 < kept.len() {
            true => output_of(&each)?,
            false => Vec::new(),
        };
        for (index, raw) in input.into_iter().chain(answered).enumerate() {
            let own = Fields::read(raw.get()).unwrap_or_default();
            // Clients page by ids, and what they send back may be there already.
            let given = own
                .text("id")
                .filter(|id| !id.is_empty() && !seen.contains(&**id));
            let id = given.map_or_else(
                || format!("{}_{request}_in_{index}", prefix(own.text("type").as_deref())),
                std::borrow::Cow::into_owned,
            );
            seen.insert(id.clone());
            all.push(Item { id, raw });
        }
    }
    Ok(all)
}

fn prefix(kind: Option<&str>) -> &'static str {
    match kind {
        Some("function_call") => "fc",
        Some("function_call_output") => "fco",
        Some("reasoning") => "rs",
        _ => "msg",
    }
}

fn written(item: &Item<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(item.raw.get().len() + 64);
    out.extend_from_slice(b"{\"id\":");
    write_text(&mut out, &item.id);
    out.extend_from_slice(b",\"type\":");
    let Ok(own) = Fields::read(item.raw.get()) else {
        // A text alone is what the user says.
        out.extend_from_slice(b"\"message\",\"role\":\"user\",\"content\":");
        part("input_text", item.raw, &mut out);
        out.push(b'}');
        return out;
    };
    let kind = own.text("type").unwrap_or("message".into());
    write_text(&mut out, &kind);
    let role = own.text("role");
    for (name, value) in own
        .0
        .iter()
        .filter(|(name, _)| name.0 != "id" && name.0 != "type")
    {
        out.push(b',');
        if kind == "message" && name.0 == "content" && as_text(value).is_some() {
            let kind = if role.as_deref() == Some("assistant") {
                "output_text"
            } else {
                "input_text"
            };
            out.extend_from_slice(b"\"content\":");
            part(kind, value, &mut out);
        } else {
            write_field(&mut out, name, value);
        }
    }
    out.push(b'}');
    let mut line = Vec::with_capacity(out.len());
    write_line(&mut line, &String::from_utf8_lossy(&out));
    line
}

/// An array with one part of text.
fn part(kind: &'static str, text: &RawValue, out: &mut Vec<u8>) {
    let mut part = vec![("type", Json::text(kind)), ("text", Json::Raw(text))];
    if kind == "output_text" {
        part.push(("annotations", Json::Array(Vec::new())));
    }
    Json::Array(vec![Json::Object(part)]).write(out);
}

#[cfg(test)]
mod tests {
    use super::super::kept;
    use super::*;
    use serde_json::{Value, json};

    fn page(limit: usize, newest_first: bool, after: Option<&str>) -> ItemsPage {
        ItemsPage {
            limit,
            newest_first,
            after: after.map(str::to_owned),
        }
    }

    fn turn(number: u32, input: Value) -> Vec<u8> {
        let id = format!("resp_{number}");
        let message = json!({ "type": "message", "id": format!("msg_{number}_0"), "role": "assistant",
            "content": [{ "type": "output_text", "text": "yes", "annotations": [] }] });
        let response = json!({ "id": id, "output": [message] }).to_string();
        kept(
            json!({ "input": input }).to_string().as_bytes(),
            response.as_bytes(),
        )
        .expect("kept")
    }

    fn list(turns: &[Vec<u8>], page: &ItemsPage) -> Option<Value> {
        let turns: Vec<&[u8]> = turns.iter().map(Vec::as_slice).collect();
        let list = input_items(&turns, page).expect("readable")?;
        Some(serde_json::from_slice(&list).expect("JSON"))
    }

    fn ids(list: &Value) -> Vec<&str> {
        let data = list["data"].as_array().expect("items").iter();
        data.map(|item| item["id"].as_str().expect("an id")).collect()
    }

    #[test]
    fn items_have_ids_and_parts_and_the_last_answer_is_none_of_them() {
        let turns = [
            turn(1, json!("h\"i")),
            turn(
                2,
                json!([
                    { "role": "assistant", "content": "no" },
                    { "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
                    { "type": "function_call_output", "call_id": "c", "output": "7", "id": "mine" },
                    { "role": "user", "content": [{ "type": "input_text", "text": "so?" }] },
                ]),
            ),
        ];
        let found = list(&turns, &page(20, false, None)).expect("a page");
        let expected = json!({ "object": "list", "data": [
            { "id": "msg_1_in_0", "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "h\"i" }] },
            { "id": "msg_1_0", "type": "message", "role": "assistant",
              "content": [{ "type": "output_text", "text": "yes", "annotations": [] }] },
            { "id": "msg_2_in_0", "type": "message", "role": "assistant",
              "content": [{ "type": "output_text", "text": "no", "annotations": [] }] },
            { "id": "fc_2_in_1", "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
            { "id": "mine", "type": "function_call_output", "call_id": "c", "output": "7" },
            { "id": "msg_2_in_3", "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "so?" }] },
        ], "first_id": "msg_1_in_0", "last_id": "msg_2_in_3", "has_more": false });
        assert_eq!(found, expected);
    }

    #[test]
    fn items_come_in_pages_each_once() {
        // The client sends back what it was answered, and one id twice.
        let said = json!({ "id": "msg_1_0", "type": "message", "role": "assistant", "content": "yes" });
        let turns = [
            turn(1, json!("hi")),
            turn(2, json!([said, said, { "role": "user", "content": "and?" }])),
        ];
        for newest_first in [false, true] {
            let whole = list(&turns, &page(100, newest_first, None)).expect("a page");
            assert_eq!(ids(&whole).len(), 5);
            let (mut seen, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
            loop {
                let next = list(&turns, &page(2, newest_first, after.as_deref())).expect("a page");
                seen.extend(ids(&next).into_iter().map(str::to_owned));
                assert_eq!(next["first_id"], ids(&next)[0]);
                after = next["last_id"].as_str().map(str::to_owned);
                if next["has_more"] == false {
                    break;
                }
            }
            assert_eq!(seen, ids(&whole));
        }
        assert_eq!(list(&turns, &page(2, true, Some("other"))), None);
        let last = list(&turns, &page(2, false, Some("msg_2_in_2"))).expect("a page");
        assert_eq!((&last["data"], &last["last_id"]), (&json!([]), &Value::Null));
    }
}
