//! JSON schemas as grammars.
//!
//! Whatever the grammar allows is valid under the schema; the grammar may allow less. Properties come in the order
//! in which the schema names them, and none comes that it does not name unless it names none. Annotations, `format`
//! of an unknown kind among them, are passed over; a keyword that demands something no grammar here can hold is refused.

mod numbers;
mod objects;
mod strings;

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::json::{self, Json};
use super::{Builder, GrammarError, RuleId, Sequence, Symbol, literal};

/// How deep schemas may nest in each other, through references too.
const DEPTH_MAX: usize = 48;

/// Alternatives of one `enum`, `anyOf` or `oneOf`.
const ALTERNATIVES_MAX: usize = 1000;

/// Keywords that demand what no grammar here can hold.
const REFUSED: [&str; 12] = [
    "not",
    "if",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "patternProperties",
    "propertyNames",
    "contains",
    "minContains",
    "maxContains",
    "$dynamicRef",
    "$recursiveRef",
];

/// Why a schema makes no grammar, and where in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SchemaRefusal {
    /// The keys from the root of the schema to what is refused.
    pub(crate) path: Vec<String>,
    pub(crate) input: Value,
    pub(crate) reason: String,
}

/// Adds a schema to a grammar that has other parts too.
pub(crate) fn add_schema(
    builder: &mut Builder,
    json: &Json,
    schema: &Value,
) -> Result<RuleId, SchemaRefusal> {
    let mut compiler = Compiler {
        root: schema,
        builder,
        json: *json,
        references: HashMap::new(),
        path: Vec::new(),
        depth: 0,
    };
    compiler.schema(schema)
}

/// The refusal of a schema whose rules make no grammar.
pub(crate) fn refused_whole(schema: &Value, error: GrammarError) -> SchemaRefusal {
    SchemaRefusal {
        path: Vec::new(),
        input: schema.clone(),
        reason: format!("The schema cannot be made a grammar: {error}."),
    }
}

struct Compiler<'a> {
    root: &'a Value,
    builder: &'a mut Builder,
    json: Json,
    /// Rules of what `$ref` names, so that a schema may contain itself.
    references: HashMap<String, RuleId>,
    path: Vec<String>,
    depth: usize,
}

type Keywords = Map<String, Value>;

impl<'a> Compiler<'a> {
    fn schema(&mut self, schema: &'a Value) -> Result<RuleId, SchemaRefusal> {
        if self.depth >= DEPTH_MAX {
            let reason = format!("Schemas nest at most {DEPTH_MAX} deep here, references included.");
            return Err(self.refuse(schema, reason));
        }
        if self.builder.is_too_large() {
            let reason = format!("The schema cannot be made a grammar: {}.", GrammarError::TooLarge);
            return Err(self.refuse(&Value::Null, reason));
        }
        self.depth += 1;
        let rule = match schema {
            Value::Bool(true) => Ok(self.json.value),
            Value::Object(keywords) => self.keywords(keywords),
            other => Err(self.refuse(
                other,
                "A schema is an object that some value can satisfy.".to_owned(),
            )),
        };
        self.depth -= 1;
        rule
    }

    /// The schema under a key of the one at hand.
    fn below(&mut self, key: &str, schema: &'a Value) -> Result<RuleId, SchemaRefusal> {
        self.at(key, |compiler| compiler.schema(schema))
    }

    fn at<T>(
        &mut self,
        key: impl Into<String>,
        inside: impl FnOnce(&mut Self) -> Result<T, SchemaRefusal>,
    ) -> Result<T, SchemaRefusal> {
        self.path.push(key.into());
        let result = inside(self)?;
        self.path.pop();
        Ok(result)
    }

    fn refuse(&self, input: &Value, reason: String) -> SchemaRefusal {
        SchemaRefusal {
            path: self.path.clone(),
            input: input.clone(),
            reason,
        }
    }

    fn refuse_keyword(&self, key: &str, input: &Value, reason: impl Into<String>) -> SchemaRefusal {
        let mut refusal = self.refuse(input, reason.into());
        refusal.path.push(key.to_owned());
        refusal
    }

    fn keywords(&mut self, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        for key in REFUSED {
            if let Some(value) = keywords.get(key) {
                return Err(self.refuse_keyword(key, value, format!("'{key}' cannot be made a grammar.")));
            }
        }
        if let Some(value) = keywords.get("const") {
            return Ok(self.builder.rule(vec![literal(&value.to_string())]));
        }
        if let Some(values) = keywords.get("enum") {
            return self.any_value(keywords, values);
        }
        if let Some(reference) = keywords.get("$ref") {
            return self.reference(keywords, reference);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(schemas) = keywords.get(key) {
                return self.any_schema(keywords, key, schemas);
            }
        }
        if let Some(schemas) = keywords.get("allOf") {
            return self.all_schemas(keywords, schemas);
        }
        match keywords.get("type") {
            Some(Value::String(kind)) => self.typed(kind, keywords),
            Some(Value::Array(kinds)) if !kinds.is_empty() => {
                let mut alternatives = Vec::new();
                for kind in kinds {
                    let rule = self.typed(kind.as_str().unwrap_or_default(), keywords)?;
                    alternatives.push(vec![Symbol::Rule(rule)]);
                }
                Ok(self.builder.rule(alternatives))
            }
            Some(other) => Err(self.refuse_keyword("type", other, "'type' is a name or an array of names.")),
            None => self.untyped(keywords),
        }
    }

    fn typed(&mut self, kind: &str, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        match kind {
            "object" => self.object(keywords),
            "array" => self.array(keywords),
            "string" => self.string(keywords),
            "integer" | "number" => self.number(kind, keywords),
            "boolean" => Ok(self.builder.rule(vec![literal("true"), literal("false")])),
            "null" => Ok(self.builder.rule(vec![literal("null")])),
            _ => {
                let input = keywords.get("type").cloned().unwrap_or_default();
                let reason = "'type' names object, array, string, integer, number, boolean or null.";
                Err(self.refuse_keyword("type", &input, reason))
            }
        }
    }

    /// Without a type, a keyword says which one is meant.
    fn untyped(&mut self, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        let has = |keys: &[&str]| keys.iter().any(|key| keywords.contains_key(*key));
        if has(&[
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
        ]) {
            self.object(keywords)
        } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]) {
            self.array(keywords)
        } else if has(&["minLength", "maxLength", "pattern"]) {
            self.string(keywords)
        } else if has(&[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ]) {
            self.number("number", keywords)
        } else {
            Ok(self.json.value)
        }
    }

    /// `enum`; beside a type, the values of that type.
    fn any_value(&mut self, keywords: &Keywords, values: &Value) -> Result<RuleId, SchemaRefusal> {
        let known = values
            .as_array()
            .filter(|values| (1..=ALTERNATIVES_MAX).contains(&values.len()));
        let Some(known) = known else {
            let reason = format!("'enum' is an array of 1 to {ALTERNATIVES_MAX} values.");
            return Err(self.refuse_keyword("enum", values, reason));
        };
        let fits = |value: &&Value| keywords.get("type").is_none_or(|kind| is_of_type(value, kind));
        let alternatives: Vec<Sequence> = known
            .iter()
            .filter(fits)
            .map(|value| literal(&value.to_string()))
            .collect();
        if alternatives.is_empty() {
            return Err(self.refuse_keyword(
                "enum",
                values,
                "No value of 'enum' has the type of the schema.",
            ));
        }
        Ok(self.builder.rule(alternatives))
    }

    /// `anyOf` and `oneOf`, each with what stands beside it.
    fn any_schema(
        &mut self,
        keywords: &'a Keywords,
        key: &'static str,
        schemas: &'a Value,
    ) -> Result<RuleId, SchemaRefusal> {
        let known = schemas
            .as_array()
            .filter(|schemas| (1..=ALTERNATIVES_MAX).contains(&schemas.len()));
        let Some(known) = known else {
            let reason = format!("'{key}' is an array of 1 to {ALTERNATIVES_MAX} schemas.");
            return Err(self.refuse_keyword(key, schemas, reason));
        };
        if let Some((other, value)) = keywords.iter().find(|(other, _)| *other != key && demands(other)) {
            let reason =
                format!("'{other}' beside '{key}' cannot be made a grammar; write it into each of them.");
            return Err(self.refuse_keyword(other, value, reason));
        }
        self.at(key, |compiler| {
            let mut alternatives = Vec::new();
            for (index, schema) in known.iter().enumerate() {
                let rule = compiler.below(&index.to_string(), schema)?;
                alternatives.push(vec![Symbol::Rule(rule)]);
            }
            Ok(compiler.builder.rule(alternatives))
        })
    }

    /// `allOf` of one schema, which is how generators attach a description to a reference.
    fn all_schemas(&mut self, keywords: &'a Keywords, schemas: &'a Value) -> Result<RuleId, SchemaRefusal> {
        let beside = keywords.keys().any(|other| other != "allOf" && demands(other));
        match schemas.as_array().map(Vec::as_slice) {
            Some([only]) if !beside => self.at("allOf", |compiler| compiler.below("0", only)),
            _ => {
                let reason = "'allOf' can be made a grammar only with one schema and nothing beside it.";
                Err(self.refuse_keyword("allOf", schemas, reason))
            }
        }
    }

    fn reference(&mut self, keywords: &Keywords, reference: &'a Value) -> Result<RuleId, SchemaRefusal> {
        if let Some((other, value)) = keywords
            .iter()
            .find(|(other, _)| *other != "$ref" && demands(other))
        {
            let reason =
                format!("'{other}' beside '$ref' cannot be made a grammar; write it where '$ref' points.");
            return Err(self.refuse_keyword(other, value, reason));
        }
        let target = reference
            .as_str()
            .and_then(|text| text.strip_prefix('#'))
            .and_then(|pointer| Some((pointer, self.root.pointer(pointer)?)));
        let Some((pointer, schema)) = target else {
            let reason =
                "'$ref' names nothing in this schema; it takes '#' and a JSON pointer, as in '#/$defs/item'.";
            return Err(self.refuse_keyword("$ref", reference, reason));
        };
        if let Some(rule) = self.references.get(pointer) {
            return Ok(*rule);
        }
        let rule = self.builder.declare();
        self.references.insert(pointer.to_owned(), rule);
        // What is said about the target is said where it stands, so the path begins anew.
        let target = pointer.split('/').skip(1).map(str::to_owned).collect();
        let path = std::mem::replace(&mut self.path, target);
        let named = self.schema(schema)?;
        self.path = path;
        self.builder.define(rule, vec![vec![Symbol::Rule(named)]]);
        Ok(rule)
    }

    /// A count that a keyword gives, such as `minItems`.
    fn count(&self, keywords: &Keywords, key: &str) -> Result<Option<u32>, SchemaRefusal> {
        match keywords.get(key) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .map(|count| Some(u32::try_from(count).unwrap_or(u32::MAX)))
                .ok_or_else(|| self.refuse_keyword(key, value, format!("'{key}' is a whole number from 0."))),
        }
    }
}

/// Whether a keyword says what values are valid.
fn demands(key: &str) -> bool {
    const SILENT: [&str; 12] = [
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$schema",
        "$id",
        "$comment",
        "$defs",
        "definitions",
    ];
    // A discriminator only tells readers which of the schemas is meant.
    !SILENT.contains(&key) && key != "discriminator"
}

fn is_of_type(value: &Value, kind: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_of_type(value, kind)),
        Value::String(kind) => match (kind.as_str(), value) {
            ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
            ("number", Value::Number(_))
            | ("string", Value::String(_))
            | ("boolean", Value::Bool(_))
            | ("null", Value::Null)
            | ("array", Value::Array(_))
            | ("object", Value::Object(_)) => true,
            _ => false,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests;
