//! Reading a template: JSON as clients really send it, kept with the place of every value.
//!
//! Beyond JSON the reader takes what arrives on the wire: a byte order mark, `//` and `/* */` comments, keys without
//! quotes, raw newlines and other control characters inside strings. Trailing commas are refused, as everywhere else.
//! Where a key is given twice, the later value wins and keeps the earlier place, as the service does it.

mod reader;

pub use reader::{DEPTH_MAX, TEXT_BYTES_MAX, read};

use serde_json::{Map, Number, Value};

/// Where a value or a key stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Byte offset of its first character.
    pub start: u32,
    /// Byte offset after its last character.
    pub end: u32,
    /// Line of its first character, from 1; 0 where the value never was text.
    pub line: u32,
    /// Column of its first character, in characters from 1; 0 where the value never was text.
    pub column: u32,
}

impl Span {
    /// Line and column as seen from the beginning of `whole`, both from 1.
    pub fn within(self, whole: Span) -> Option<(u32, u32)> {
        if self.line == 0 {
            return None;
        }
        if self.line < whole.line || self.start < whole.start {
            return Some((self.line, self.column));
        }
        let line = self.line - whole.line.max(1) + 1;
        let column = if line == 1 {
            self.column - whole.column.max(1) + 1
        } else {
            self.column
        };
        Some((line, column))
    }
}

impl Span {
    /// The place of a part of the string that stands here, given by its offset in bytes. Where escapes or newlines make
    /// the text longer than the string, the string's own place is as near as can be told.
    pub(crate) fn part(self, text: &str, at: std::ops::Range<usize>) -> Span {
        let as_written = self.line > 0 && (self.end - self.start) as usize == text.len() + 2;
        if at.is_empty() || !as_written || !text.is_ascii() || text.contains('\n') {
            return self;
        }
        let offset = at.start as u32 + 1;
        Span {
            start: self.start + offset,
            end: self.start + 1 + at.end as u32,
            column: self.column + offset,
            ..self
        }
    }
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub shape: Shape,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, escapes undone.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object, in the order of its text.
    Object(Vec<Member>),
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name, escapes undone.
    pub key: String,
    /// Where the name stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A node for a value that never was text: its span says so.
    pub fn from_value(value: &Value) -> Self {
        let shape = match value {
            Value::Null => Shape::Null,
            Value::Bool(truth) => Shape::Bool(*truth),
            Value::Number(number) => Shape::Number(number.clone()),
            Value::String(text) => Shape::Text(text.clone()),
            Value::Array(items) => Shape::List(items.iter().map(Self::from_value).collect()),
            Value::Object(members) => Shape::Object(
                members
                    .iter()
                    .map(|(key, value)| Member {
                        key: key.clone(),
                        key_span: Span::default(),
                        node: Self::from_value(value),
                    })
                    .collect(),
            ),
        };
        Self {
            span: Span::default(),
            shape,
        }
    }

    /// The plain value, keys in the order of the text.
    pub fn to_value(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Bool(truth) => Value::Bool(*truth),
            Shape::Number(number) => Value::Number(number.clone()),
            Shape::Text(text) => Value::String(text.clone()),
            Shape::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Shape::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| (member.key.clone(), member.node.to_value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The property behind a dotted path, such as `properties.template`.
    pub fn get(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, Node::property)
    }

    /// The property behind a path.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.property(key))
    }

    /// The property of this object: by exact name, else by name without case.
    pub fn property(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.node)
    }

    /// The property of this object with its name: exact, else without case.
    pub fn member(&self, key: &str) -> Option<&Member> {
        let members = self.members();
        members
            .iter()
            .find(|member| member.key == key)
            .or_else(|| members.iter().find(|member| member.key.eq_ignore_ascii_case(key)))
    }

    /// The properties, none for anything but an object.
    pub fn members(&self) -> &[Member] {
        match &self.shape {
            Shape::Object(members) => members,
            _ => &[],
        }
    }

    /// The items, none for anything but an array.
    pub fn items(&self) -> &[Node] {
        match &self.shape {
            Shape::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of `true` and `false`, also as text in any case.
    pub fn truth(&self) -> Option<bool> {
        match &self.shape {
            Shape::Bool(truth) => Some(*truth),
            Shape::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Shape::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.shape, Shape::Object(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }

    /// What it is, in the words of JSON.
    pub fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Null => "null",
            Shape::Bool(_) => "a boolean",
            Shape::Number(_) => "a number",
            Shape::Text(_) => "a string",
            Shape::List(_) => "an array",
            Shape::Object(_) => "an object",
        }
    }
}
