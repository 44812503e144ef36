//! What-if: what putting a resource would change of the one that is there.
//!
//! A provider shows more than anybody set: states, times, defaults. What the template leaves unset is therefore no
//! change, as the service has it. Tags are the exception: they are always replaced as a whole.

use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeType {
    /// It is not there and will be.
    Create,
    /// It is there and will not be: complete mode.
    Delete,
    /// It is there, the template does not name it, and it stays.
    Ignore,
    /// It will be put; whether that changes it cannot be told.
    Deploy,
    /// It will be as it is.
    NoChange,
    /// It will be different.
    Modify,
    /// Its kind cannot be compared.
    Unsupported,
}

impl ChangeType {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Delete => "Delete",
            Self::Ignore => "Ignore",
            Self::Deploy => "Deploy",
            Self::NoChange => "NoChange",
            Self::Modify => "Modify",
            Self::Unsupported => "Unsupported",
        }
    }
}

/// What happens to a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyChangeType {
    /// It is not there and will be.
    Create,
    /// It is there and will not be.
    Delete,
    /// It will have another value.
    Modify,
    /// Items of it change; its children tell which.
    Array,
    /// It is set, and comes to nothing.
    NoEffect,
}

impl PropertyChangeType {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Delete => "Delete",
            Self::Modify => "Modify",
            Self::Array => "Array",
            Self::NoEffect => "NoEffect",
        }
    }
}

/// The change of one property.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyChange {
    /// Where it is: `properties.a.b`, or the index of an item within its array.
    pub path: String,
    /// What happens to it.
    pub kind: PropertyChangeType,
    /// Its value now.
    pub before: Option<Value>,
    /// Its value then.
    pub after: Option<Value>,
    /// For arrays: the changes of items.
    pub children: Vec<PropertyChange>,
}

impl PropertyChange {
    /// The change as the answer to `whatIf` has it.
    pub fn to_value(&self) -> Value {
        let children: Vec<Value> = self.children.iter().map(Self::to_value).collect();
        json!({
            "path": self.path,
            "propertyChangeType": self.kind.word(),
            "before": self.before,
            "after": self.after,
            "children": if children.is_empty() { Value::Null } else { Value::Array(children) },
        })
    }

    fn new(path: &str, kind: PropertyChangeType, before: Option<&Value>, after: Option<&Value>) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            before: before.cloned(),
            after: after.cloned(),
            children: Vec::new(),
        }
    }
}

/// Parts of a resource that say which one it is, and what the platform writes.
const NOT_COMPARED: [&str; 7] = [
    "id",
    "name",
    "type",
    "apiVersion",
    "systemData",
    "etag",
    "managedBy",
];

/// What putting `after` changes of `before`, both whole resources.
pub fn changes(before: Option<&Value>, after: &Value) -> (ChangeType, Vec<PropertyChange>) {
    let Some(before) = before else {
        return (ChangeType::Create, Vec::new());
    };
    let mut found = Vec::new();
    for (key, after) in after.as_object().into_iter().flatten() {
        if NOT_COMPARED.iter().any(|other| other.eq_ignore_ascii_case(key)) {
            continue;
        }
        let before = before.as_object().and_then(|before| property(before, key));
        match (key.to_ascii_lowercase().as_str(), before) {
            ("location", Some(before)) if same_location(before, after) => {}
            ("tags", Some(Value::Object(before))) => tags(before, after, &mut found),
            _ => compare(key, before, after, &mut found),
        }
    }
    let changed = found
        .iter()
        .any(|change| change.kind != PropertyChangeType::NoEffect);
    let kind = if changed {
        ChangeType::Modify
    } else {
        ChangeType::NoChange
    };
    (kind, found)
}

fn compare(path: &str, before: Option<&Value>, after: &Value, found: &mut Vec<PropertyChange>) {
    match (before, after) {
        (None | Some(Value::Null), after) if is_nothing(after) => {}
        (None | Some(Value::Null), _) => {
            found.push(PropertyChange::new(
                path,
                PropertyChangeType::Create,
                None,
                Some(after),
            ));
        }
        (Some(before), Value::Null) => {
            found.push(PropertyChange::new(
                path,
                PropertyChangeType::Delete,
                Some(before),
                None,
            ));
        }
        (Some(Value::Object(before)), Value::Object(after)) => {
            for (key, after) in after {
                compare(&format!("{path}.{key}"), property(before, key), after, found);
            }
        }
        (Some(before @ Value::Array(old)), after @ Value::Array(new)) => {
            let children = items(old, new);
            if !children.is_empty() {
                found.push(PropertyChange {
                    children,
                    ..PropertyChange::new(path, PropertyChangeType::Array, Some(before), Some(after))
                });
            }
        }
        (Some(before), after) if same(before, after) => {}
        (Some(before), after) => {
            found.push(PropertyChange::new(
                path,
                PropertyChangeType::Modify,
                Some(before),
                Some(after),
            ));
        }
    }
}

// Asking for null, or for an object of nothing else, where nothing is.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

fn tags(before: &Map<String, Value>, after: &Value, found: &mut Vec<PropertyChange>) {
    let nothing = Map::new();
    let after = after.as_object().unwrap_or(&nothing);
    for (key, after) in after {
        compare(&format!("tags.{key}"), property(before, key), after, found);
    }
    for (key, before) in before {
        if property(after, key).is_none() {
            let path = format!("tags.{key}");
            found.push(PropertyChange::new(
                &path,
                PropertyChangeType::Delete,
                Some(before),
                None,
            ));
        }
    }
}

/// The changes of items. Objects that go by a name or an id are compared with their namesakes, all others by place.
fn items(before: &[Value], after: &[Value]) -> Vec<PropertyChange> {
    let mut found = Vec::new();
    match key_of(before, after) {
        Some(key) => keyed(key, before, after, &mut found),
        None if plain(before) && plain(after) => scalars(before, after, &mut found),
        None => by_place(before, after, &mut found),
    }
    found
}

fn key_of(before: &[Value], after: &[Value]) -> Option<&'static str> {
    ["name", "id", "key"].into_iter().find(|key| {
        let unique = |items: &[Value]| {
            let names: Option<Vec<&str>> = items
                .iter()
                .map(|item| property(item.as_object()?, key)?.as_str())
                .collect();
            names.is_some_and(|names| names.iter().collect::<HashSet<_>>().len() == names.len())
        };
        !after.is_empty() && unique(before) && unique(after)
    })
}

fn keyed(key: &str, before: &[Value], after: &[Value], found: &mut Vec<PropertyChange>) {
    let name = |item: &Value| {
        let name = item
            .as_object()
            .and_then(|item| property(item, key))
            .and_then(Value::as_str);
        name.unwrap_or_default().to_ascii_lowercase()
    };
    for (at, new) in after.iter().enumerate() {
        let old = before.iter().find(|old| name(old) == name(new));
        item(at, old, Some(new), found);
    }
    for (at, old) in before.iter().enumerate() {
        if !after.iter().any(|new| name(new) == name(old)) {
            item(at, Some(old), None, found);
        }
    }
}

// Values that are in both arrays stay, wherever they stand; if all are, their order is what changes.
fn scalars(before: &[Value], after: &[Value], found: &mut Vec<PropertyChange>) {
    let mut left: Vec<(usize, &Value)> = before.iter().enumerate().collect();
    let mut new: Vec<(usize, &Value)> = Vec::new();
    for (at, value) in after.iter().enumerate() {
        match left.iter().position(|(_, old)| same(old, value)) {
            Some(position) => {
                left.remove(position);
            }
            None => new.push((at, value)),
        }
    }
    if left.is_empty() && new.is_empty() {
        by_place(before, after, found);
        return;
    }
    new.into_iter()
        .for_each(|(at, value)| item(at, None, Some(value), found));
    left.into_iter()
        .for_each(|(at, value)| item(at, Some(value), None, found));
}

fn by_place(before: &[Value], after: &[Value], found: &mut Vec<PropertyChange>) {
    for at in 0..before.len().max(after.len()) {
        item(at, before.get(at), after.get(at), found);
    }
}

fn item(at: usize, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<PropertyChange>) {
    let path = at.to_string();
    match (before, after) {
        (Some(before), Some(after)) => compare(&path, Some(before), after, found),
        (before, Some(after)) => {
            found.push(PropertyChange::new(
                &path,
                PropertyChangeType::Create,
                before,
                Some(after),
            ));
        }
        (Some(before), None) => {
            found.push(PropertyChange::new(
                &path,
                PropertyChangeType::Delete,
                Some(before),
                None,
            ));
        }
        (None, None) => {}
    }
}

fn plain(items: &[Value]) -> bool {
    items.iter().all(|item| !item.is_object() && !item.is_array())
}

fn property<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    crate::expression::property(object, key)
}

fn same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        // Ids are compared without case, everywhere.
        (Value::String(before), Value::String(after)) if after.starts_with('/') => {
            before.eq_ignore_ascii_case(after)
        }
        (Value::Number(before), Value::Number(after)) => before == after || before.as_f64() == after.as_f64(),
        _ => before == after,
    }
}

fn same_location(before: &Value, after: &Value) -> bool {
    let folded = |value: &Value| {
        let text = value.as_str()?;
        Some(
            text.chars()
                .filter(|letter| *letter != ' ')
                .collect::<String>()
                .to_ascii_lowercase(),
        )
    };
    folded(before).is_some() && folded(before) == folded(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each change: `~ path: before => after`.
    fn lines(changes: &[PropertyChange], indent: usize, to: &mut String) {
        for change in changes {
            let sign = match change.kind {
                PropertyChangeType::Create => '+',
                PropertyChangeType::Delete => '-',
                PropertyChangeType::Modify | PropertyChangeType::Array => '~',
                PropertyChangeType::NoEffect => 'x',
            };
            let value = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
            let what = if change.children.is_empty() {
                format!("{} => {}", value(&change.before), value(&change.after))
            } else {
                "[]".to_owned()
            };
            to.push_str(&format!("{:indent$}{sign} {}: {what}\n", "", change.path));
            lines(&change.children, indent + 2, to);
        }
    }

    fn check(before: Value, after: Value, expected: &str) {
        let (kind, found) = changes(Some(&before), &after);
        let mut text = format!("{}\n", kind.word());
        lines(&found, 0, &mut text);
        assert_eq!(text.trim_end(), expected, "{before} => {after}");
    }

    #[test]
    fn what_is_not_there_is_created() {
        assert_eq!(
            changes(None, &json!({"location": "x"})),
            (ChangeType::Create, Vec::new())
        );
    }

    #[test]
    fn what_providers_add_is_no_change() {
        check(
            json!({"id": "/x", "etag": "1", "location": "East US", "properties": {"state": "Succeeded", "a": 1}}),
            json!({"id": "/X", "apiVersion": "2024-10-01", "location": "eastus", "properties": {"a": 1.0}}),
            "NoChange",
        );
        check(json!({"kind": "Hub"}), json!({}), "NoChange");
        check(json!({}), json!({"properties": {"a": null}}), "NoChange");
        check(
            json!({"properties": {}}),
            json!({"properties": {"a": null}}),
            "NoChange",
        );
        check(
            json!({"properties": {"id": "/S/a"}}),
            json!({"properties": {"id": "/s/A"}}),
            "NoChange",
        );
    }

    #[test]
    fn values_are_compared_property_by_property() {
        check(
            json!({"location": "eastus", "properties": {"a": {"b": 1, "c": "x"}, "gone": 1}}),
            json!({"location": "westus", "properties": {"a": {"b": 2, "C": "x", "d": true}, "gone": null}}),
            "Modify\n~ location: \"eastus\" => \"westus\"\n~ properties.a.b: 1 => 2\n+ properties.a.d: - => true\n\
             - properties.gone: 1 => -",
        );
        check(
            json!({"sku": {"name": "a"}}),
            json!({"sku": "a"}),
            "Modify\n~ sku: {\"name\":\"a\"} => \"a\"",
        );
    }

    #[test]
    fn tags_are_replaced_as_a_whole() {
        check(
            json!({"tags": {"keep": "1", "gone": "2"}}),
            json!({"tags": {"keep": "1", "new": "3"}}),
            "Modify\n+ tags.new: - => \"3\"\n- tags.gone: \"2\" => -",
        );
        check(
            json!({"tags": {"a": "1"}}),
            json!({"location": "x"}),
            "Modify\n+ location: - => \"x\"",
        );
    }

    #[test]
    fn arrays_are_compared_item_by_item() {
        check(
            json!({"p": ["a", "b"]}),
            json!({"p": ["b", "c"]}),
            "Modify\n~ p: []\n  + 1: - => \"c\"\n  - 0: \"a\" => -",
        );
        check(
            json!({"p": [1, 2]}),
            json!({"p": [2, 1]}),
            "Modify\n~ p: []\n  ~ 0: 1 => 2\n  ~ 1: 2 => 1",
        );
        check(
            json!({"p": [{"name": "x", "v": 1, "state": "ok"}, {"name": "y"}]}),
            json!({"p": [{"name": "z"}, {"name": "X", "v": 2}]}),
            "Modify\n~ p: []\n  + 0: - => {\"name\":\"z\"}\n  ~ 1.name: \"x\" => \"X\"\n  ~ 1.v: 1 => 2\n  \
             - 1: {\"name\":\"y\"} => -",
        );
        check(
            json!({"p": [{"a": 1, "b": 2}]}),
            json!({"p": [{"a": 1}]}),
            "NoChange",
        );
        check(json!({"p": []}), json!({"p": []}), "NoChange");
        check(
            json!({"p": [[1], [2]]}),
            json!({"p": [[1]]}),
            "Modify\n~ p: []\n  - 1: [2] => -",
        );
    }

    #[test]
    fn changes_are_shown_as_the_service_shows_them() {
        let (_, found) = changes(Some(&json!({"p": [1]})), &json!({"p": [1, 2]}));
        assert_eq!(
            found[0].to_value(),
            json!({"path": "p", "propertyChangeType": "Array", "before": [1], "after": [1, 2], "children": [
                {"path": "1", "propertyChangeType": "Create", "before": null, "after": 2, "children": null}
            ]})
        );
    }
}
