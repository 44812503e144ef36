//! Types: the seven of templates, and the schemas that `definitions` and language version 2.0 add to them.

use crate::expression::type_name;
use crate::source::{Node, Shape};
use cupola_core::name::fold;
use serde_json::Value;
use std::collections::HashSet;

/// A type by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `string`
    String,
    /// `securestring`
    SecureString,
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `object`
    Object,
    /// `secureobject`
    SecureObject,
    /// `array`
    Array,
}

impl Type {
    /// Reads a name in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match fold(name).as_str() {
            "string" => Self::String,
            "securestring" => Self::SecureString,
            "int" => Self::Int,
            "bool" => Self::Bool,
            "object" => Self::Object,
            "secureobject" => Self::SecureObject,
            "array" => Self::Array,
            _ => return None,
        })
    }

    /// The name as a deployment shows it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::SecureString => "SecureString",
            Self::Int => "Int",
            Self::Bool => "Bool",
            Self::Object => "Object",
            Self::SecureObject => "SecureObject",
            Self::Array => "Array",
        }
    }

    /// Whether values of the type are never shown.
    pub fn secure(self) -> bool {
        matches!(self, Self::SecureString | Self::SecureObject)
    }

    fn wants(self) -> &'static str {
        match self {
            Self::String | Self::SecureString => "String, Uri",
            Self::Int => "Integer",
            Self::Bool => "Boolean",
            Self::Object | Self::SecureObject => "Object",
            Self::Array => "Array",
        }
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            Self::String | Self::SecureString => value.is_string(),
            Self::Int => value.is_i64() || value.is_u64(),
            Self::Bool => value.is_boolean(),
            Self::Object | Self::SecureObject => value.is_object(),
            Self::Array => value.is_array(),
        }
    }
}

/// Schemas that refer to each other in a circle without looking into the value stop here.
const REFERENCES_MAX: usize = 32;

/// The named types of a template.
#[derive(Debug, Default, Clone)]
pub(crate) struct Definitions {
    node: Option<Node>,
}

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is of another type.
    Type {
        path: String,
        wanted: &'static str,
        found: &'static str,
    },
    /// It is none of the allowed values.
    NotAllowed { path: String, allowed: String },
    /// It breaks another rule, told by a sentence.
    Rule { path: String, sentence: String },
}

impl Definitions {
    pub(crate) fn of(template: &Node) -> Self {
        Self {
            node: template.property("definitions").cloned(),
        }
    }

    /// The schema that a chain of `$ref` leads to, or the name that leads nowhere.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Node) -> Result<&'a Node, String> {
        let mut schema = schema;
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = schema.property("$ref").and_then(Node::text) else {
                return Ok(schema);
            };
            schema = reference
                .strip_prefix("#/definitions/")
                .and_then(|name| {
                    self.node
                        .as_ref()?
                        .property(&name.replace("~1", "/").replace("~0", "~"))
                })
                .ok_or_else(|| reference.to_owned())?;
        }
        Err(schema
            .property("$ref")
            .and_then(Node::text)
            .unwrap_or_default()
            .to_owned())
    }

    /// The type of a schema by its name; a discriminated schema is an object.
    pub(crate) fn type_of(&self, schema: &Node) -> Option<Type> {
        let resolved = self.resolve(schema).ok()?;
        match resolved.property("type").and_then(Node::text) {
            Some(name) => Type::parse(name),
            None => resolved.property("discriminator").map(|_| Type::Object),
        }
    }

    /// Whether a schema takes null: it, or one that it refers to, says so.
    pub(crate) fn nullable(&self, schema: &Node) -> bool {
        let says = |node: &Node| node.property("nullable").and_then(Node::truth) == Some(true);
        says(schema) || self.resolve(schema).is_ok_and(says)
    }

    /// What is wrong with the value.
    pub(crate) fn misfits(&self, value: &Value, schema: &Node) -> Vec<Misfit> {
        let mut found = Vec::new();
        self.check(value, schema, "", &mut found);
        found
    }

    fn check(&self, value: &Value, schema: &Node, path: &str, found: &mut Vec<Misfit>) {
        // A refined reference carries rules of its own beside those of its target.
        let resolved = match self.resolve(schema) {
            Ok(resolved) => resolved,
            Err(name) => {
                let sentence = format!("The type definition '{name}' is not found in 'definitions'.");
                found.push(Misfit::Rule {
                    path: path.to_owned(),
                    sentence,
                });
                return;
            }
        };
        if value.is_null() && self.nullable(schema) {
            return;
        }
        let name = resolved.property("type").and_then(Node::text);
        if let Some(wanted) = name.and_then(Type::parse)
            && !wanted.takes(value)
        {
            found.push(Misfit::Type {
                path: path.to_owned(),
                wanted: wanted.wants(),
                found: type_name(value),
            });
            return;
        }
        self.rules(value, resolved, path, found);
        if !std::ptr::eq(schema, resolved) {
            self.rules(value, schema, path, found);
        }
    }

    fn rules(&self, value: &Value, schema: &Node, path: &str, found: &mut Vec<Misfit>) {
        if let Some(allowed) = schema.property("allowedValues").filter(|node| !node.is_null()) {
            allowed_values(value, allowed, path, found);
        }
        length(value, schema, path, found);
        range(value, schema, path, found);
        match value {
            Value::Object(_) => self.object(value, schema, path, found),
            Value::Array(items) => self.array(items, schema, path, found),
            _ => {}
        }
    }

    fn object(&self, value: &Value, schema: &Node, path: &str, found: &mut Vec<Misfit>) {
        let Value::Object(members) = value else { return };
        let mut declared: HashSet<String> = HashSet::new();
        let properties = schema
            .property("properties")
            .map(Node::members)
            .unwrap_or_default();
        for property in properties {
            declared.insert(fold(&property.key));
            let path = join(path, &property.key);
            let given = members
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(&property.key));
            match given {
                Some((_, value)) => self.check(value, &property.node, &path, found),
                None if self.nullable(&property.node) => {}
                None => found.push(Misfit::Rule {
                    path,
                    sentence: "The property is required and not there.".to_owned(),
                }),
            }
        }
        if let Some(discriminator) = schema.property("discriminator") {
            self.discriminated(value, discriminator, path, found);
        }
        let Some(others) = schema.property("additionalProperties") else {
            return;
        };
        for (key, value) in members.iter().filter(|(key, _)| !declared.contains(&fold(key))) {
            match others.truth() {
                Some(false) => found.push(Misfit::Rule {
                    path: join(path, key),
                    sentence: format!(
                        "The property is not one that the type has: {}.",
                        properties
                            .iter()
                            .map(|member| member.key.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                }),
                Some(true) => {}
                None => self.check(value, others, &join(path, key), found),
            }
        }
    }

    fn discriminated(&self, value: &Value, discriminator: &Node, path: &str, found: &mut Vec<Misfit>) {
        let name = discriminator
            .property("propertyName")
            .and_then(Node::text)
            .unwrap_or_default();
        let mapping = discriminator
            .property("mapping")
            .map(Node::members)
            .unwrap_or_default();
        let chosen = value.get(name).and_then(Value::as_str);
        let schema = mapping.iter().find(|member| Some(member.key.as_str()) == chosen);
        match schema {
            Some(member) => self.check(value, &member.node, path, found),
            None => found.push(Misfit::NotAllowed {
                path: join(path, name),
                allowed: mapping
                    .iter()
                    .map(|member| member.key.as_str())
                    .collect::<Vec<_>>()
                    .join(","),
            }),
        }
    }

    fn array(&self, items: &[Value], schema: &Node, path: &str, found: &mut Vec<Misfit>) {
        let prefix = schema
            .property("prefixItems")
            .map(Node::items)
            .unwrap_or_default();
        for (at, schema) in prefix.iter().enumerate() {
            let path = format!("{path}[{at}]");
            match items.get(at) {
                Some(item) => self.check(item, schema, &path, found),
                None => found.push(Misfit::Rule {
                    path,
                    sentence: "The item is required and not there.".to_owned(),
                }),
            }
        }
        let Some(others) = schema.property("items") else {
            return;
        };
        for (at, item) in items.iter().enumerate().skip(prefix.len()) {
            let path = format!("{path}[{at}]");
            match others.truth() {
                Some(false) => found.push(Misfit::Rule {
                    path,
                    sentence: format!("The type has {} items and no more.", prefix.len()),
                }),
                Some(true) => {}
                None => self.check(item, others, &path, found),
            }
        }
    }
}

// An array may also be any selection of the allowed values, unless these are arrays themselves.
fn allowed_values(value: &Value, allowed: &Node, path: &str, found: &mut Vec<Misfit>) {
    let values: Vec<Value> = allowed.items().iter().map(Node::to_value).collect();
    let is_one = |value: &Value| values.iter().any(|one| same(one, value));
    let fits = match value {
        Value::Array(items) if !values.iter().any(Value::is_array) => items.iter().all(is_one),
        other => is_one(other),
    };
    if !fits {
        let allowed: Vec<String> = values.iter().map(plain).collect();
        found.push(Misfit::NotAllowed {
            path: path.to_owned(),
            allowed: allowed.join(","),
        });
    }
}

// The service compares allowed strings without case.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// A value as it stands in a sentence: strings without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn length(value: &Value, schema: &Node, path: &str, found: &mut Vec<Misfit>) {
    let (long, what) = match value {
        Value::String(text) => (text.encode_utf16().count() as i64, "Length of the value"),
        Value::Array(items) => (items.len() as i64, "Number of items"),
        _ => return,
    };
    if let Some(least) = whole(schema, "minLength").filter(|least| long < *least) {
        found.push(Misfit::Rule {
            path: path.to_owned(),
            sentence: format!("{what} should be greater than or equal to '{least}'."),
        });
    }
    if let Some(most) = whole(schema, "maxLength").filter(|most| long > *most) {
        found.push(Misfit::Rule {
            path: path.to_owned(),
            sentence: format!("{what} should be less than or equal to '{most}'."),
        });
    }
}

fn range(value: &Value, schema: &Node, path: &str, found: &mut Vec<Misfit>) {
    let Some(number) = value.as_i64() else { return };
    if let Some(least) = whole(schema, "minValue").filter(|least| number < *least) {
        found.push(Misfit::Rule {
            path: path.to_owned(),
            sentence: format!("The value should be greater than or equal to '{least}'."),
        });
    }
    if let Some(most) = whole(schema, "maxValue").filter(|most| number > *most) {
        found.push(Misfit::Rule {
            path: path.to_owned(),
            sentence: format!("The value should be less than or equal to '{most}'."),
        });
    }
}

fn whole(schema: &Node, key: &str) -> Option<i64> {
    match &schema.property(key)?.shape {
        Shape::Number(number) => number.as_i64(),
        _ => None,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
