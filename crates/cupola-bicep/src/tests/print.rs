//! Expressions as text, with the parentheses they need and no others; and as a form without places, to compare.

use crate::syntax::{ArrayItem, Expression, ExpressionKind as K, Key, Object, ObjectItem, Text};

pub(super) fn print(expression: &Expression) -> String {
    match &expression.kind {
        K::Error => "?".into(),
        K::Null => "null".into(),
        K::Bool(value) => value.to_string(),
        K::Int(value) => value.to_string(),
        K::Text(value) => text(value),
        K::Name(name) => name.clone(),
        K::Array(items) => format!("[{}]", list(items)),
        K::Object(object) => object_text(object),
        K::Unary(operator, operand) => format!("{}{}", operator.sign(), tight(operand, 8)),
        K::Binary(operator, left, right) => {
            let precedence = operator.precedence();
            format!(
                "{} {} {}",
                tight(left, precedence),
                operator.sign(),
                tight(right, precedence + 1)
            )
        }
        K::Ternary(condition, yes, no) => {
            format!("{} ? {} : {}", tight(condition, 1), print(yes), print(no))
        }
        K::Group(inner) => format!("({})", print(inner)),
        K::Property { base, name, safe } => {
            format!(
                "{}{}{}",
                tight(base, 9),
                if *safe { ".?" } else { "." },
                name.text
            )
        }
        K::Index { base, index, safe } => {
            format!(
                "{}[{}{}]",
                tight(base, 9),
                if *safe { "?" } else { "" },
                print(index)
            )
        }
        K::Nested { base, name } => format!("{}::{}", tight(base, 9), name.text),
        K::Call { name, arguments } => format!("{}({})", name.text, arguments_text(arguments)),
        K::Method {
            base,
            name,
            arguments,
        } => {
            format!("{}.{}({})", tight(base, 9), name.text, arguments_text(arguments))
        }
        K::NotNull(base) => format!("{}!", tight(base, 9)),
        K::Lambda { parameters, body } => {
            let names: Vec<&str> = parameters.iter().map(|name| name.text.as_str()).collect();
            format!("({}) => {}", names.join(", "), print(body))
        }
        K::For(looped) => {
            let variables = match &looped.index {
                Some(index) => format!("({}, {})", looped.item.text, index.text),
                None => looped.item.text.clone(),
            };
            format!(
                "[for {variables} in {}: {}]",
                print(&looped.source),
                print(&looped.body)
            )
        }
        K::If(condition, body) => format!("if ({}) {}", print(condition), print(body)),
    }
}

// In parentheses, unless it binds as tightly as is asked for.
fn tight(expression: &Expression, wanted: u8) -> String {
    let own = match &expression.kind {
        K::Ternary(..) | K::Lambda { .. } => 0,
        K::Binary(operator, ..) => operator.precedence(),
        K::Unary(..) => 8,
        K::Int(value) if *value < 0 => 8,
        _ => 9,
    };
    if own < wanted {
        format!("({})", print(expression))
    } else {
        print(expression)
    }
}

fn text(value: &Text) -> String {
    let mut out = String::from("'");
    for (index, piece) in value.pieces.iter().enumerate() {
        if index > 0 {
            out.push_str(&format!("${{{}}}", print(&value.values[index - 1])));
        }
        for next in piece.chars() {
            match next {
                '\\' | '\'' | '$' => out.extend(['\\', next]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                next if next.is_control() => out.push_str(&format!("\\u{{{:x}}}", next as u32)),
                next => out.push(next),
            }
        }
    }
    out.push('\'');
    out
}

fn list(items: &[ArrayItem]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            ArrayItem::Value(value) => print(value),
            ArrayItem::Spread(value) => format!("...{}", print(value)),
        })
        .collect();
    items.join(", ")
}

fn object_text(object: &Object) -> String {
    let items: Vec<String> = object
        .items
        .iter()
        .map(|item| match item {
            ObjectItem::Property(key, value) => format!("{}: {}", key_text(key), print(value)),
            ObjectItem::Spread(value) => format!("...{}", print(value)),
            ObjectItem::Resource(nested) => format!("resource {}", nested.name.text),
        })
        .collect();
    format!("{{ {} }}", items.join(", "))
}

fn key_text(key: &Key) -> String {
    match key.constant() {
        Some(name)
            if name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.chars().all(|next| next.is_ascii_alphanumeric()) =>
        {
            name.to_owned()
        }
        _ => text(&key.text),
    }
}

fn arguments_text(arguments: &[Expression]) -> String {
    let arguments: Vec<String> = arguments.iter().map(print).collect();
    arguments.join(", ")
}

/// The tree with a bracket around every node and without the parentheses of the text.
pub(super) fn shape(expression: &Expression) -> String {
    let parts = |parts: &[&Expression]| {
        let parts: Vec<String> = parts.iter().map(|part| shape(part)).collect();
        parts.join(" ")
    };
    match &expression.kind {
        K::Group(inner) => shape(inner),
        K::Text(value) => {
            let mut out = format!("(text {:?}", value.pieces);
            for value in &value.values {
                out.push_str(&format!(" {}", shape(value)));
            }
            out + ")"
        }
        K::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match item {
                    ArrayItem::Value(value) => shape(value),
                    ArrayItem::Spread(value) => format!("...{}", shape(value)),
                })
                .collect();
            format!("(array {})", items.join(" "))
        }
        K::Object(object) => {
            let items: Vec<String> = object
                .items
                .iter()
                .map(|item| match item {
                    ObjectItem::Property(key, value) => {
                        let values: Vec<&Expression> = key.text.values.iter().collect();
                        format!("{:?} {}: {}", key.text.pieces, parts(&values), shape(value))
                    }
                    ObjectItem::Spread(value) => format!("...{}", shape(value)),
                    ObjectItem::Resource(nested) => nested.name.text.clone(),
                })
                .collect();
            format!("(object {})", items.join(" "))
        }
        K::Unary(operator, operand) => format!("({} {})", operator.sign(), shape(operand)),
        K::Binary(operator, left, right) => format!("({} {})", operator.sign(), parts(&[left, right])),
        K::Ternary(condition, yes, no) => format!("(?: {})", parts(&[condition, yes, no])),
        K::Property { base, name, safe } => format!("(. {safe} {} {})", shape(base), name.text),
        K::Index { base, index, safe } => format!("([] {safe} {})", parts(&[base, index])),
        K::Nested { base, name } => format!("(:: {} {})", shape(base), name.text),
        K::Call { name, arguments } => {
            format!(
                "(call {} {})",
                name.text,
                parts(&arguments.iter().collect::<Vec<_>>())
            )
        }
        K::Method {
            base,
            name,
            arguments,
        } => {
            format!(
                "(method {} {} {})",
                shape(base),
                name.text,
                parts(&arguments.iter().collect::<Vec<_>>())
            )
        }
        K::NotNull(base) => format!("(! {})", shape(base)),
        K::Lambda { parameters, body } => {
            let names: Vec<&str> = parameters.iter().map(|name| name.text.as_str()).collect();
            format!("(lambda {names:?} {})", shape(body))
        }
        K::For(looped) => format!(
            "(for {} {:?} {})",
            looped.item.text,
            looped.index.as_ref().map(|name| &name.text),
            parts(&[&looped.source, &looped.body])
        ),
        _ => print(expression),
    }
}
