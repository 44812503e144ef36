//! Outer scope: the template of a nested deployment whose expressions see what stands around it.
//!
//! All of it is evaluated here, and its text is read again by the deployment that it becomes. What can only be known
//! there - the state of resources that it deploys itself, the rounds of its own loops - stays an expression, in which
//! everything that is known here has become a literal.

use crate::expression::{self, Expression, Kind, Need, Stop};
use crate::scope::Frame;
use crate::source::{Member, Node, Shape, Span};
use crate::tree::{Tree, Trouble};
use cupola_core::name::fold;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The template.
#[derive(Debug)]
pub(crate) struct Template {
    part: Part,
    resources: Vec<Own>,
}

/// A resource that the template deploys itself.
#[derive(Debug)]
struct Own {
    kind: Tree,
    name: Tree,
}

#[derive(Debug)]
enum Part {
    Literal(Value),
    /// An expression with its text; `looped` where a loop of the template is around it.
    Expression {
        span: Span,
        text: String,
        parsed: Box<Expression>,
        looped: bool,
    },
    Broken(Span, String),
    List(Vec<Part>),
    Object(Vec<(Part, Part)>),
}

/// Names and tails of ids of what the template deploys itself, in lower case.
type Inside = HashSet<String>;

impl Template {
    pub(crate) fn read(node: &Node) -> Self {
        let mut resources = Vec::new();
        collect(node.property("resources"), &mut resources);
        Self {
            part: Part::read(node, false),
            resources,
        }
    }

    /// Its expressions evaluated; texts that look like expressions are escaped, because the result is read again.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Value {
        self.part.evaluate(&self.inside(frame), frame, trouble)
    }

    fn inside(&self, frame: &Frame<'_>) -> Inside {
        let mut inside = Inside::new();
        for own in &self.resources {
            // Trouble with these is told where they stand.
            let mut ignored = Trouble::default();
            let kind = own.kind.evaluate(frame, &mut ignored);
            let name = own.name.evaluate(frame, &mut ignored);
            if let (Some(kind), Some(name)) = (kind.as_str(), name.as_str()) {
                let mut tail = String::new();
                for (at, kind) in kind.split('/').enumerate() {
                    let name = at.checked_sub(1).and_then(|at| name.split('/').nth(at));
                    tail.push_str(&name.map_or_else(|| kind.to_owned(), |name| format!("/{kind}/{name}")));
                }
                inside.insert(fold(&tail));
                inside.insert(fold(name));
            }
        }
        inside
    }
}

// Deployments further down count as well: their templates are read with the same text.
fn collect(section: Option<&Node>, resources: &mut Vec<Own>) {
    let Some(section) = section else { return };
    let nodes = section
        .items()
        .iter()
        .chain(section.members().iter().map(|member| &member.node));
    for node in nodes {
        collect(node.get("properties.template.resources"), resources);
        if let (Some(kind), Some(name)) = (node.property("type"), node.property("name")) {
            resources.push(Own {
                kind: Tree::grow(kind),
                name: Tree::grow(name),
            });
        }
    }
}

impl Part {
    fn read(node: &Node, looped: bool) -> Self {
        match &node.shape {
            Shape::Text(text) => Self::text(text, node.span, looped),
            Shape::List(items) => Self::List(items.iter().map(|item| Self::read(item, looped)).collect()),
            // A template of inner scope further down stays as it is, whatever is evaluated around it.
            Shape::Object(members) if super::is_inner(node) => {
                let read = |member: &Member| {
                    let value = if member.key.eq_ignore_ascii_case("properties") {
                        Self::except_template(&member.node, looped)
                    } else {
                        Self::read(&member.node, looped)
                    };
                    (Self::text(&member.key, member.key_span, looped), value)
                };
                Self::Object(members.iter().map(read).collect())
            }
            Shape::Object(members) => {
                let looped = looped
                    || members
                        .iter()
                        .any(|member| member.key.eq_ignore_ascii_case("copy"));
                let read = |member: &Member| {
                    (
                        Self::text(&member.key, member.key_span, looped),
                        Self::read(&member.node, looped),
                    )
                };
                Self::Object(members.iter().map(read).collect())
            }
            _ => Self::Literal(node.to_value()),
        }
    }

    fn except_template(properties: &Node, looped: bool) -> Self {
        let read = |member: &Member| {
            let value = if member.key.eq_ignore_ascii_case("template") {
                Self::Literal(member.node.to_value())
            } else {
                Self::read(&member.node, looped)
            };
            (Self::text(&member.key, member.key_span, looped), value)
        };
        Self::Object(properties.members().iter().map(read).collect())
    }

    fn text(text: &str, span: Span, looped: bool) -> Self {
        if !expression::is_expression(text) {
            // Escapes stay: they are undone where the template is read again.
            return Self::Literal(Value::from(text));
        }
        match expression::parse(text) {
            Ok(parsed) => Self::Expression {
                span,
                text: text.to_owned(),
                parsed: Box::new(parsed),
                looped,
            },
            Err(fault) => Self::Broken(span.part(text, fault.at), fault.message),
        }
    }

    fn evaluate(&self, inside: &Inside, frame: &Frame<'_>, trouble: &mut Trouble) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Broken(span, message) => {
                trouble.fault(*span, message.clone());
                Value::Null
            }
            Self::Expression {
                span,
                text,
                parsed,
                looped,
            } => {
                if !frame.run.spend() {
                    trouble.fault(*span, crate::scope::TOO_MUCH);
                    return Value::Null;
                }
                let stop = match frame.evaluate(parsed) {
                    Ok(value) => return escaped(value),
                    Err(stop) => stop,
                };
                if belongs_inside(&stop, parsed, *looped, inside) {
                    return Value::from(reduced(text, parsed, frame));
                }
                if frame.preview && matches!(stop, Stop::Needs(_)) {
                    return Value::from(text.as_str());
                }
                trouble.stop(*span, text, stop, frame);
                Value::Null
            }
            Self::List(items) => items
                .iter()
                .map(|item| item.evaluate(inside, frame, trouble))
                .collect(),
            Self::Object(members) => {
                let mut made = Map::new();
                for (key, value) in members {
                    let key = key.evaluate(inside, frame, trouble);
                    let value = value.evaluate(inside, frame, trouble);
                    if let Value::String(key) = key {
                        made.insert(key, value);
                    }
                }
                Value::Object(made)
            }
        }
    }
}

/// Whether an expression only makes sense inside the template.
fn belongs_inside(stop: &Stop, parsed: &Expression, looped: bool, inside: &Inside) -> bool {
    match stop {
        Stop::Needs(needs) => needs.iter().any(|need| {
            let (Need::Reference { id, .. } | Need::List { id, .. }) = need;
            let tail = id
                .rsplit_once("/providers/")
                .map_or(id.as_str(), |(_, tail)| tail);
            inside.contains(&fold(tail))
        }),
        Stop::Fault(_) => {
            let mut asks = false;
            parsed.calls(&mut |name, arguments| {
                let named = arguments
                    .first()
                    .and_then(Expression::as_literal)
                    .and_then(Value::as_str);
                asks |= looped && name == "copyindex";
                asks |= (name == "reference" || name.starts_with("list"))
                    && named.is_some_and(|named| inside.contains(&fold(named)));
            });
            asks
        }
    }
}

/// The text of an expression with its largest parts that are known here written out.
fn reduced(text: &str, parsed: &Expression, frame: &Frame<'_>) -> String {
    let mut parts = Vec::new();
    known_parts(parsed, frame, &mut parts);
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (range, literal) in parts {
        if range.start >= at && range.end <= text.len() {
            made.push_str(&text[at..range.start]);
            made.push_str(&literal);
            at = range.end;
        }
    }
    made.push_str(&text[at..]);
    made
}

fn known_parts(part: &Expression, frame: &Frame<'_>, found: &mut Vec<(std::ops::Range<usize>, String)>) {
    if matches!(part.kind, Kind::Literal(_)) {
        return;
    }
    if let Ok(value) = expression::evaluate(part, frame) {
        found.push((part.at(), written(&value)));
        return;
    }
    frame.take_echo();
    match &part.kind {
        Kind::Literal(_) => {}
        Kind::Call { arguments, .. } => arguments
            .iter()
            .for_each(|argument| known_parts(argument, frame, found)),
        Kind::Path { of, .. } => known_parts(of, frame, found),
    }
}

/// A value as an expression that gives it.
fn written(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::Null => "null()".to_owned(),
        Value::Bool(truth) => format!("{truth}()"),
        Value::String(text) => quoted(text),
        Value::Number(number) if number.is_i64() => number.to_string(),
        other => format!("json({})", quoted(&other.to_string())),
    }
}

fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(expression::escape(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(escaped).collect(),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (expression::escape(&key).into_owned(), escaped(value)))
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}
