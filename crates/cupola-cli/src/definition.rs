//! `-f FILE.yml`, `--set` and the flags beside them: what a resource should be.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// The flags that say where a definition comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DefinitionFlags {
    /// YAML file with the definition; - reads stdin.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Set or replace a value of the definition: --set tags.team=blue.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    pub(crate) set: Vec<String>,
}

/// A definition, and what was in it that nobody reads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    fields: Map<String, Value>,
    /// Keys that this kind of resource does not have.
    pub(crate) unknown: Vec<String>,
}

impl Definition {
    /// Reads the file and applies `--set`.
    pub(crate) fn read(flags: &DefinitionFlags, known: &[&str]) -> Result<Self, Failure> {
        let mut fields = match &flags.file {
            Some(path) => parse(&shown(path), &text(path)?)?,
            None => Map::new(),
        };
        for assignment in &flags.set {
            assign(&mut fields, assignment)?;
        }
        let unknown = fields
            .keys()
            .filter(|key| *key != "$schema" && !known.contains(&key.as_str()));
        Ok(Self {
            unknown: unknown.cloned().collect(),
            fields,
        })
    }

    /// A text, such as a name: YAML reads `name: 5` as a number, and people mean the text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Failure> {
        match self.fields.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(value.to_string())),
            Some(_) => Err(Failure::usage(format!("'{key}' must be a text"))),
        }
    }

    /// Tags and their like: names with texts.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<Value>, Failure> {
        let fields = match self.fields.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                return Err(Failure::usage(format!(
                    "'{key}' must be names with texts, such as {key}.team=blue"
                )));
            }
        };
        let mut texts = Map::new();
        for (name, value) in fields {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(Failure::usage(format!("'{key}.{name}' must be a text"))),
            };
            texts.insert(name.clone(), Value::String(text));
        }
        Ok(Some(Value::Object(texts)))
    }
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".into()
    } else {
        path.display().to_string()
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| Failure::new(format!("{} cannot be read: {error}", shown(path))))
}

fn parse(name: &str, text: &str) -> Result<Map<String, Value>, Failure> {
    let example = "name: hello, and on the next line model_id: azureml://registries/cupola/models/tiny-chat";
    // Files from other systems begin with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    match serde_saphyr::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Err(Failure::new(format!("{name} is empty")).hint(example)),
        Ok(_) => Err(Failure::new(format!("{name} is not a list of keys with values")).hint(example)),
        Err(error) => Err(Failure::new(format!("{name} is not valid YAML: {error}")).hint(example)),
    }
}

/// Sets the value at a path of keys with dots: `tags.team=blue`.
pub(crate) fn assign(fields: &mut Map<String, Value>, assignment: &str) -> Result<(), Failure> {
    let wrong = || {
        Failure::usage(format!(
            "--set {assignment} is not understood: it needs the form key=value"
        ))
        .hint("--set model_id=azureml://registries/cupola/models/tiny-chat")
    };
    let (path, value) = assignment.split_once('=').ok_or_else(wrong)?;
    // Objects and lists can be written as JSON; everything else is text.
    let value = match value.trim_start().chars().next() {
        Some('{' | '[') => serde_json::from_str(value).map_err(|_| wrong())?,
        _ => Value::String(value.to_owned()),
    };
    let mut at = fields;
    let mut keys = path.split('.').peekable();
    while let Some(key) = keys.next() {
        if key.is_empty() {
            return Err(wrong());
        }
        if keys.peek().is_none() {
            at.insert(key.to_owned(), value);
            return Ok(());
        }
        let inner = at.entry(key).or_insert_with(|| Value::Object(Map::new()));
        at = inner.as_object_mut().ok_or_else(wrong)?;
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KNOWN: &[&str] = &["name", "model_id", "tags", "auth_mode", "description"];

    fn read(yaml: &str, set: &[&str]) -> Result<Definition, Failure> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("endpoint.yml");
        std::fs::write(&path, yaml).expect("writes");
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        Definition::read(
            &DefinitionFlags {
                file: Some(path),
                set,
            },
            KNOWN,
        )
    }

    fn refused(yaml: &str, set: &[&str]) -> String {
        let message = read(yaml, set).expect_err("fails").message;
        let at = message.find("endpoint.yml").unwrap_or_default();
        message[at..].lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_documents_that_users_know() {
        let definition = read(
            "$schema: https://azuremlschemas.azureedge.net/latest/serverlessEndpoint.schema.json\n\
             name: hello\nmodel_id: azureml://registries/cupola/models/tiny-chat\ntags:\n  team: blue\n  n: 5\n",
            &[],
        )
        .expect("reads");
        assert_eq!(definition.text("name").expect("text").as_deref(), Some("hello"));
        assert_eq!(
            definition.text("model_id").expect("text").as_deref(),
            Some("azureml://registries/cupola/models/tiny-chat")
        );
        assert_eq!(
            definition.texts("tags").expect("texts"),
            Some(json!({"team": "blue", "n": "5"}))
        );
        assert_eq!(definition.unknown, Vec::<String>::new());
    }

    #[test]
    fn set_wins_over_the_file() {
        let definition = read(
            "name: a\n",
            &["name=b", "tags.team=blue", "tags.cost=5", "description={\"a\":1}"],
        )
        .expect("reads");
        assert_eq!(definition.text("name").expect("text").as_deref(), Some("b"));
        assert_eq!(
            definition.texts("tags").expect("texts"),
            Some(json!({"team": "blue", "cost": "5"}))
        );
        assert!(definition.text("description").is_err());
    }

    #[test]
    fn numbers_are_names_too() {
        assert_eq!(
            read("name: 5\n", &[])
                .expect("reads")
                .text("name")
                .expect("text")
                .as_deref(),
            Some("5")
        );
        assert_eq!(
            read("name:\n", &[]).expect("reads").text("name").expect("text"),
            None
        );
    }

    #[test]
    fn keys_that_nobody_reads_are_named() {
        assert_eq!(
            read("name: a\nmodelid: b\n", &[]).expect("reads").unknown,
            ["modelid"]
        );
    }

    #[test]
    fn what_is_wrong_with_a_file() {
        assert_eq!(refused("", &[]), "endpoint.yml is empty");
        assert_eq!(
            refused("- a\n", &[]),
            "endpoint.yml is not a list of keys with values"
        );
        assert!(refused("a: [", &[]).starts_with("endpoint.yml is not valid YAML"));
        assert_eq!(
            refused("name: a", &["name"]),
            "--set name is not understood: it needs the form key=value"
        );
        assert_eq!(
            refused("name: a", &["name.x=1"]),
            "--set name.x=1 is not understood: it needs the form key=value"
        );
        assert_eq!(
            refused("name: a", &["=1"]),
            "--set =1 is not understood: it needs the form key=value"
        );
        let missing = DefinitionFlags {
            file: Some("/nope/endpoint.yml".into()),
            set: Vec::new(),
        };
        assert!(
            Definition::read(&missing, KNOWN)
                .expect_err("fails")
                .message
                .starts_with("/nope/endpoint.yml cannot be read")
        );
    }
}
