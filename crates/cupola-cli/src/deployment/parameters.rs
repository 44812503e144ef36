//! `--parameters`: values as `az` takes them, typed by what the template declares.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::bicep;
use crate::failure::Failure;
use crate::session::Session;

/// The words of `--parameters`, sorted by what they are.
pub(super) struct Given<'a> {
    words: Vec<Word<'a>>,
}

enum Word<'a> {
    /// `{"p": {"value": 1}}`, written out.
    Json(&'a str),
    /// `@values.json` or `values.json`.
    File(&'a Path),
    /// `main.bicepparam`, which also names its template.
    Bicep(&'a Path),
    /// `p=value`, or `p=@file` for a value that is in a file.
    Pair(&'a str, &'a str),
    /// Anything else.
    Unclear(&'a str),
}

/// A `.bicepparam` file, compiled.
pub(super) struct BicepFile {
    pub(super) path: PathBuf,
    pub(super) template: String,
    pub(super) values: Map<String, Value>,
}

impl<'a> Given<'a> {
    pub(super) fn sort(words: &'a [String]) -> Self {
        Self {
            words: words.iter().map(|word| sorted(word)).collect(),
        }
    }

    /// The `.bicepparam` file among them, compiled with its template.
    pub(super) fn bicep_file(&self, session: &Session) -> Result<Option<BicepFile>, Failure> {
        let path = self.words.iter().find_map(|word| match word {
            Word::Bicep(path) => Some(*path),
            _ => None,
        });
        let Some(path) = path else { return Ok(None) };
        let (template, values) = bicep::compiled_parameters(session, path)?;
        Ok(Some(BicepFile {
            path: path.to_owned(),
            template: format!("{template:#}"),
            values: values["parameters"].as_object().cloned().unwrap_or_default(),
        }))
    }

    /// Applies the words in their order; later ones win.
    pub(super) fn apply(
        &self,
        types: &[(String, String)],
        values: &mut Map<String, Value>,
    ) -> Result<(), Failure> {
        for word in &self.words {
            match word {
                Word::Json(text) => values.extend(document(text, "--parameters")?),
                Word::File(path) => {
                    let text = read(path)?;
                    values.extend(document(&text, &path.display().to_string())?);
                }
                Word::Bicep(_) => {}
                Word::Pair(name, text) => {
                    let declared = types.iter().find(|(known, _)| *known == name.to_lowercase());
                    let value = match text.strip_prefix('@') {
                        Some(path) => read(Path::new(path))?,
                        None => (*text).to_owned(),
                    };
                    let kind = declared.map_or("string", |(_, kind)| kind.as_str());
                    values.insert((*name).to_owned(), json!({"value": typed(name, kind, &value)?}));
                }
                Word::Unclear(text) => {
                    return Err(Failure::usage(format!(
                        "'{text}' is no parameter: use key=value, @FILE.json, FILE.bicepparam or JSON"
                    ))
                    .hint(
                        "cupola deployment group create --template-file main.bicep --parameters name=hello",
                    ));
                }
            }
        }
        Ok(())
    }
}

fn sorted(word: &str) -> Word<'_> {
    if word.trim_start().starts_with('{') {
        return Word::Json(word);
    }
    if let Some(path) = word.strip_prefix('@') {
        return Word::File(Path::new(path));
    }
    let path = Path::new(word);
    let ends = |extension: &str| {
        path.extension()
            .is_some_and(|found| found.eq_ignore_ascii_case(extension))
    };
    if ends("bicepparam") {
        return Word::Bicep(path);
    }
    match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Word::Pair(name, value),
        _ if ends("json") || ends("jsonc") => Word::File(path),
        _ => Word::Unclear(word),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

// A parameter file has its values below `parameters`; a bare object of values is understood too.
fn document(text: &str, name: &str) -> Result<Map<String, Value>, Failure> {
    let node = cupola_template::read(text).map_err(|complaint| {
        let line = complaint
            .line
            .map_or(String::new(), |line| format!(", line {line}"));
        Failure::new(format!("{name}{line}: {}", complaint.message))
    })?;
    let mut value = node.to_value();
    let values = match value.get_mut("parameters") {
        Some(values) => values.take(),
        None => value,
    };
    match values {
        Value::Object(values) => Ok(values),
        _ => Err(Failure::usage(format!(
            "{name} has no parameters: it needs {{\"parameters\": {{\"name\": {{\"value\": ...}}}}}}"
        ))),
    }
}

fn typed(name: &str, kind: &str, text: &str) -> Result<Value, Failure> {
    let wrong = |wanted: &str| {
        Failure::usage(format!("The parameter '{name}' needs {wanted}, not '{text}'"))
            .hint(format!("--parameters {name}=..."))
    };
    match kind {
        "int" => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| wrong("a whole number")),
        "bool" => match text.trim().to_lowercase().as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(wrong("true or false")),
        },
        "array" | "object" | "secureobject" => {
            let value = cupola_template::read(text).map_err(|_| wrong("JSON"))?.to_value();
            let fits = if kind == "array" {
                value.is_array()
            } else {
                value.is_object()
            };
            if fits {
                Ok(value)
            } else {
                Err(wrong(if kind == "array" {
                    "a JSON list"
                } else {
                    "a JSON object"
                }))
            }
        }
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: &str) {
        let types = ["n:int", "b:bool", "a:array", "o:object", "s:string"]
            .map(|pair| {
                pair.split_once(':')
                    .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            })
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut values = Map::new();
        let outcome = Given::sort(&words).apply(&types, &mut values);
        let text = match outcome {
            Ok(()) => Value::Object(values).to_string(),
            Err(failure) => failure.message,
        };
        assert_eq!(text, expected, "{words:?}");
    }

    #[test]
    fn values_have_the_types_that_the_template_declares() {
        check(&["n=5", "s=5"], r#"{"n":{"value":5},"s":{"value":"5"}}"#);
        check(&["N=5"], r#"{"N":{"value":5}}"#);
        check(&["b=True"], r#"{"b":{"value":true}}"#);
        check(
            &["a=[1, 2]", "o={\"x\": null}"],
            r#"{"a":{"value":[1,2]},"o":{"value":{"x":null}}}"#,
        );
        check(
            &["s=a=b", "unknown=x"],
            r#"{"s":{"value":"a=b"},"unknown":{"value":"x"}}"#,
        );
        check(&[r#"{"s": {"value": "j"}}"#, "s=k"], r#"{"s":{"value":"k"}}"#);
        check(
            &[r#"{"parameters": {"s": {"value": "j"}}}"#],
            r#"{"s":{"value":"j"}}"#,
        );
    }

    #[test]
    fn wrong_values_are_named() {
        check(&["n=five"], "The parameter 'n' needs a whole number, not 'five'");
        check(&["b=1"], "The parameter 'b' needs true or false, not '1'");
        check(&["a={}"], "The parameter 'a' needs a JSON list, not '{}'");
        check(
            &["what"],
            "'what' is no parameter: use key=value, @FILE.json, FILE.bicepparam or JSON",
        );
        check(
            &["@nowhere.json"],
            "nowhere.json cannot be read: No such file or directory (os error 2)",
        );
    }
}
