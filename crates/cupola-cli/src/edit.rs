//! `--set`, `--add` and `--remove`: changes to a resource that is there, in the words of `az`.

use clap::Args;
use serde_json::{Map, Value};

use crate::definition::assign;
use crate::failure::Failure;

/// The flags that change parts of a resource.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct EditFlags {
    /// Set or replace a value: --set tags.team=blue.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    pub(crate) set: Vec<String>,
    /// Add names with values to a part, which goes first: --add tags team=blue cost=42.
    #[arg(long, value_name = "KEY KEY=VALUE", num_args = 1..)]
    pub(crate) add: Vec<String>,
    /// Remove a value: --remove tags.team.
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) remove: Vec<String>,
}

impl EditFlags {
    /// Whether nothing would change.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }

    /// Changes what is there: first what is set, then what is added, then what is removed.
    pub(crate) fn apply(&self, fields: &mut Map<String, Value>) -> Result<(), Failure> {
        for assignment in &self.set {
            assign(fields, assignment)?;
        }
        let mut part = None;
        for word in &self.add {
            match (word.contains('='), part) {
                (false, _) => part = Some(word),
                (true, Some(part)) => assign(fields, &format!("{part}.{word}"))?,
                (true, None) => {
                    return Err(Failure::usage(format!(
                        "--add {word} does not say to what: the part goes before it"
                    ))
                    .hint(format!("--add tags {word}")));
                }
            }
        }
        self.remove.iter().try_for_each(|path| remove(fields, path))
    }
}

fn remove(fields: &mut Map<String, Value>, path: &str) -> Result<(), Failure> {
    let missing = || Failure::usage(format!("--remove {path} names nothing that is there"));
    let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut at = fields;
    for key in above.split('.').filter(|key| !key.is_empty()) {
        at = at
            .get_mut(key)
            .and_then(Value::as_object_mut)
            .ok_or_else(missing)?;
    }
    at.shift_remove(last).map(drop).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn edited(set: &[&str], add: &[&str], remove: &[&str]) -> Result<String, String> {
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let flags = EditFlags {
            set: texts(set),
            add: texts(add),
            remove: texts(remove),
        };
        let mut there = json!({"mode": "key", "tags": {"a": "1", "b": "2"}});
        let fields = there.as_object_mut().expect("an object");
        flags.apply(fields).map_err(|failure| failure.message)?;
        Ok(there.to_string())
    }

    #[test]
    fn parts_are_set_added_and_removed() {
        let check = |set: &[&str], add: &[&str], remove: &[&str], expected: &str| {
            assert_eq!(edited(set, add, remove).as_deref(), Ok(expected));
        };
        check(
            &["mode=aad"],
            &[],
            &[],
            r#"{"mode":"aad","tags":{"a":"1","b":"2"}}"#,
        );
        check(
            &["tags.a=3"],
            &[],
            &["tags.b"],
            r#"{"mode":"key","tags":{"a":"3"}}"#,
        );
        check(
            &[],
            &["tags", "c=x=y", "more", "d=4"],
            &["mode"],
            r#"{"tags":{"a":"1","b":"2","c":"x=y"},"more":{"d":"4"}}"#,
        );
        check(&["tags={}"], &[], &["mode"], r#"{"tags":{}}"#);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let check = |set: &[&str], add: &[&str], remove: &[&str], expected: &str| {
            assert_eq!(edited(set, add, remove), Err(expected.to_owned()));
        };
        check(
            &[],
            &["c=1"],
            &[],
            "--add c=1 does not say to what: the part goes before it",
        );
        check(
            &[],
            &[],
            &["tags.z"],
            "--remove tags.z names nothing that is there",
        );
        check(
            &[],
            &[],
            &["mode.z"],
            "--remove mode.z names nothing that is there",
        );
        check(
            &["tags"],
            &[],
            &[],
            "--set tags is not understood: it needs the form key=value",
        );
    }
}
