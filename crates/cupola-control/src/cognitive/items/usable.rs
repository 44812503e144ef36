//! Can a list be used with these items? Asked of the screening itself, so that no list that was taken turns out to be of no
//! use when a request comes.

use super::super::wrong;
use super::body::PATTERN;
use super::{ITEMS_MAX, kind};
use crate::dispatch::Call;
use crate::owned;
use cupola_core::name::{fold, printable};
use cupola_core::{Problem, ResourceId};
use cupola_safety::{Blocklist, Item};
use cupola_store::UnitOfWork;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::RaiBlocklistItemProperties;
use std::collections::BTreeMap;

/// Refuses a list that could not be used once it has these items too.
pub(super) async fn check(
    work: &mut UnitOfWork,
    call: &Call,
    list: &ResourceId,
    changes: &[(String, RaiBlocklistItemProperties)],
) -> Result<(), Problem> {
    let mut items = BTreeMap::new();
    for item in owned::all(&mut work.resources(), Below::Children(list, kind(call))).await? {
        let body: RaiBlocklistItemProperties = owned::body(&item)?;
        items.insert(fold(item.id.name()), body);
    }
    items.extend(changes.iter().map(|(name, body)| (fold(name), body.clone())));
    compile(list.name(), &items)
}

fn compile(list: &str, items: &BTreeMap<String, RaiBlocklistItemProperties>) -> Result<(), Problem> {
    if items.len() > ITEMS_MAX {
        return Err(wrong(
            "name",
            format!(
                "The blocklist '{list}' would have {} items, and {ITEMS_MAX} are the most there may be. Begin another one.",
                items.len()
            ),
        ));
    }
    let written = items.iter().map(|(name, body)| Item {
        id: name,
        pattern: &body.pattern,
        is_regex: body.is_regex,
    });
    match Blocklist::compile(list, written) {
        Ok(_) => Ok(()),
        Err(error) => Err(wrong(
            PATTERN,
            format!(
                "The item '{}' of the blocklist '{list}' cannot be used: {}.",
                printable(&error.item),
                error.rule.trim_end_matches('.')
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(items: &[(&str, bool)], expected: Option<&str>) {
        let item = |(index, (pattern, is_regex)): (usize, &(&str, bool))| {
            let body = json!({"pattern": pattern, "isRegex": is_regex});
            let body = serde_json::from_value(body).expect("an item");
            (format!("item{index:05}"), body)
        };
        let found = compile("words", &items.iter().enumerate().map(item).collect());
        match (found, expected) {
            (Ok(()), None) => {}
            (Err(problem), Some(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_list_is_taken_as_far_as_it_can_be_used() {
        check(&[("ahornblatt", false), (r"\bmaple\b", true)], None);
        check(&[("fine", false), ("a*", true)], Some("'item00001'"));
        check(&[(r"\w{5000}", true)], Some("cannot be used"));
        check(&[("  ", false)], Some("empty"));
        check(&[(&"a".repeat(1_001), false)], Some("1000 characters"));
        check(&vec![("a", true); 101], Some("100 regular expressions"));
        check(&vec![("a", false); ITEMS_MAX + 1], Some("the most there may be"));
    }
}
