//! `PUT`, `PATCH` and `DELETE {scope}/providers/Microsoft.Resources/tags/default`

use super::{shown, target, within_bounds};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use serde_json::{Map, Value, json};

/// All tags at once.
pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let tags = given(&call)?;
    change(&call, &grant, |_| tags.clone()).await
}

/// `Merge`, `Replace` or `Delete`.
pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let operation = call
        .json()?
        .choice("operation", &["Merge", "Replace", "Delete"])?;
    let operation = operation.ok_or_else(|| {
        Problem::new(
            Code::InvalidRequestContent,
            "The field operation is required: Merge, Replace or Delete.",
        )
        .target("operation")
    })?;
    let tags = given(&call)?;
    change(&call, &grant, |known| changed(operation, known, &tags)).await
}

/// No tags at all.
pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    change(&call, &grant, |_| Map::new()).await
}

fn given(call: &Call) -> Result<Map<String, Value>, Problem> {
    call.json()?.tags_at("properties.tags")?.ok_or_else(|| {
        Problem::new(
            Code::InvalidRequestContent,
            "The field properties.tags is required: an object of texts.",
        )
        .target("properties.tags")
    })
}

async fn change(
    call: &Call,
    grant: &Granted,
    new: impl Fn(&Map<String, Value>) -> Map<String, Value>,
) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let mut found = target(work.resources(), call).await?;
    etag::check(call, Some(&found))?;
    found.tags = new(&found.tags);
    within_bounds(&found.tags)?;
    found.etag = call.new_etag();
    found.modified = call.stamp(grant);
    work.resources().put(grant, &found).await?;
    audit::change(&mut work, call, grant, "Succeeded", json!({"tags": found.tags})).await?;
    work.save().await?;
    Ok(answer::ok(&shown(&found.id, &found.tags)))
}

// Names have no case: a tag that is there keeps the casing of its name.
fn changed(operation: &str, known: &Map<String, Value>, given: &Map<String, Value>) -> Map<String, Value> {
    if operation == "Replace" {
        return given.clone();
    }
    let mut tags = known.clone();
    for (name, value) in given {
        let held = tags.keys().find(|held| held.eq_ignore_ascii_case(name)).cloned();
        let any = value.as_str().is_some_and(str::is_empty);
        match (operation, held) {
            // A value says which tag is meant; without one the name does.
            ("Delete", Some(held)) if any || tags.get(&held) == Some(value) => {
                tags.shift_remove(&held);
            }
            ("Delete", _) => {}
            (_, held) => {
                tags.insert(held.unwrap_or_else(|| name.clone()), value.clone());
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operation: &str, given: Value, expected: Value) {
        let known = json!({"Team": "blue", "stage": "test"});
        let (Value::Object(known), Value::Object(given)) = (known, given) else {
            panic!("objects")
        };
        assert_eq!(
            Value::Object(changed(operation, &known, &given)),
            expected,
            "{operation}"
        );
    }

    #[test]
    fn tags_are_merged_replaced_and_deleted() {
        check(
            "Merge",
            json!({"TEAM": "red", "new": "1"}),
            json!({"Team": "red", "stage": "test", "new": "1"}),
        );
        check("Replace", json!({"a": "b"}), json!({"a": "b"}));
        check("Delete", json!({"team": "blue"}), json!({"stage": "test"}));
        check(
            "Delete",
            json!({"team": "red"}),
            json!({"Team": "blue", "stage": "test"}),
        );
        check(
            "Delete",
            json!({"team": "", "other": "x"}),
            json!({"stage": "test"}),
        );
    }
}
