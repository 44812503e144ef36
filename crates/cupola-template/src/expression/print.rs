//! Writing an expression in its canonical text: known functions in their own casing, no space but after commas.

use std::fmt::{self, Display, Formatter, Write};

use serde_json::Value;

use super::parse::{continues_name, starts_name};
use super::{Expression, Kind, Step, signature};

impl Display for Expression {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_char('[')?;
        write_part(self, to)?;
        to.write_char(']')
    }
}

fn write_part(expression: &Expression, to: &mut Formatter<'_>) -> fmt::Result {
    match &expression.kind {
        Kind::Literal(value) => write_literal(value, to),
        Kind::Call {
            name,
            lower,
            arguments,
        } => {
            // `list*` stands for many functions, whose names are their own.
            let canonical = signature(lower)
                .map(|known| known.name)
                .filter(|known| known.eq_ignore_ascii_case(name));
            to.write_str(canonical.unwrap_or(name))?;
            to.write_char('(')?;
            for (position, argument) in arguments.iter().enumerate() {
                to.write_str(if position > 0 { ", " } else { "" })?;
                write_part(argument, to)?;
            }
            to.write_char(')')
        }
        Kind::Path { of, steps } => {
            write_part(of, to)?;
            steps.iter().try_for_each(|step| write_step(step, to))
        }
    }
}

fn write_literal(value: &Value, to: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Value::String(text) => write!(to, "'{}'", text.replace('\'', "''")),
        number => write!(to, "{number}"),
    }
}

fn write_step(step: &Step, to: &mut Formatter<'_>) -> fmt::Result {
    let question = if step.safe { "?" } else { "" };
    match step.key.as_literal() {
        Some(Value::String(name)) if is_name(name) => write!(to, ".{question}{name}"),
        _ => {
            write!(to, "[{question}")?;
            write_part(&step.key, to)?;
            to.write_char(']')
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(continues_name)
}
