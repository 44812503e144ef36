//! Reading the text of an expression. One pass, no backtracking; depth and length are bounded as the service bounds them.

use std::ops::Range;

use serde_json::Value;

use super::{Expression, Fault, Kind, Step};

/// The service refuses longer expressions, too.
const LENGTH_MAX: usize = 24_576;
/// Calls within calls. Bicep's deepest output stays far below, and each level costs stack when evaluated.
const DEPTH_MAX: usize = 64;

/// Reads an expression from its text, brackets included.
pub fn parse(text: &str) -> Result<Expression, Fault> {
    if text.chars().count() > LENGTH_MAX {
        let message = format!("The language expression is longer than the limit of {LENGTH_MAX} characters.");
        return Err(Fault::new(message).within(0..text.len()));
    }
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    parser.expect('[', "LeftSquareBracket")?;
    let expression = parser.expression()?;
    parser.expect(']', "RightSquareBracket")?;
    match parser.rest().is_empty() {
        true => Ok(expression),
        false => Err(parser.unexpected("EndOfData")),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn expression(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message =
                format!("The language expression nests deeper than the limit of {DEPTH_MAX} levels.");
            return Err(Fault::new(message).within(self.at..self.text.len()));
        }
        let first = self.primary()?;
        let expression = self.steps(first)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek() {
            Some('\'') => Kind::Literal(Value::String(self.quoted()?)),
            Some(digit) if digit == '-' || digit == '+' || digit.is_ascii_digit() => {
                Kind::Literal(self.number()?)
            }
            Some(first) if starts_name(first) => self.call()?,
            _ => return Err(self.unexpected("LiteralString', 'Integer' or 'Identifier")),
        };
        Ok(Expression {
            kind,
            at: start..self.at,
        })
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut quoted = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\'') else {
                let message = "a text that begins with a single quote has no closing one";
                return Err(self.fault(message, start..self.text.len()));
            };
            quoted.push_str(&rest[..end]);
            self.at += end + 1;
            if self.peek() != Some('\'') {
                return Ok(quoted);
            }
            quoted.push('\'');
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let sign = usize::from(!self.rest().starts_with(|first: char| first.is_ascii_digit()));
        let digits = self.rest()[sign..].bytes().take_while(u8::is_ascii_digit).count();
        self.at += sign + digits;
        let written = &self.text[start..self.at];
        if self.peek().is_some_and(continues_name) || written.len() == sign {
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            let written = &self.text[start..self.at];
            return Err(self.fault(&format!("'{written}' is not an integer"), start..self.at));
        }
        match written.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => Err(self.fault(
                &format!("the integer '{written}' does not fit 64 bits"),
                start..self.at,
            )),
        }
    }

    fn call(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        let mut name = self.name()?.to_owned();
        self.skip_space();
        while self.peek() == Some('.') {
            self.at += 1;
            self.skip_space();
            name.push('.');
            name.push_str(self.name()?);
            self.skip_space();
        }
        if self.peek() != Some('(') {
            let message = match name.to_lowercase().as_str() {
                known @ ("true" | "false" | "null") => {
                    format!("'{name}' is a function here: write '{known}()'")
                }
                _ => format!("'{name}' is neither a call, such as '{name}()', nor a text in single quotes"),
            };
            return Err(self.fault(&message, start..self.at));
        }
        self.at += 1;
        let arguments = self.arguments()?;
        Ok(Kind::Call {
            lower: name.to_lowercase(),
            name,
            arguments,
        })
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, Fault> {
        let mut arguments = Vec::new();
        self.skip_space();
        if self.peek() == Some(')') {
            self.at += 1;
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            self.skip_space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(')') => {
                    self.at += 1;
                    return Ok(arguments);
                }
                _ => return Err(self.unexpected("RightParenthesis")),
            }
        }
    }

    fn steps(&mut self, of: Expression) -> Result<Expression, Fault> {
        let start = of.at.start;
        let mut steps = Vec::new();
        let mut end = self.at;
        loop {
            self.skip_space();
            match self.peek() {
                Some('.') => {
                    self.at += 1;
                    steps.push(self.dotted()?);
                }
                Some('[') => {
                    self.at += 1;
                    steps.push(self.bracketed()?);
                }
                _ if steps.is_empty() => return Ok(of),
                _ => {
                    return Ok(Expression {
                        kind: Kind::Path {
                            of: Box::new(of),
                            steps,
                        },
                        at: start..end,
                    });
                }
            }
            end = self.at;
        }
    }

    fn dotted(&mut self) -> Result<Step, Fault> {
        self.skip_space();
        let safe = self.take('?');
        self.skip_space();
        let start = self.at;
        let name = self.name()?.to_owned();
        let key = Expression {
            kind: Kind::Literal(Value::String(name)),
            at: start..self.at,
        };
        Ok(Step { key, safe })
    }

    fn bracketed(&mut self) -> Result<Step, Fault> {
        self.skip_space();
        let safe = self.take('?');
        let key = self.expression()?;
        self.expect(']', "RightSquareBracket")?;
        Ok(Step { key, safe })
    }

    fn name(&mut self) -> Result<&'t str, Fault> {
        let rest = &self.text[self.at..];
        if !rest.starts_with(starts_name) {
            return Err(self.unexpected("Identifier"));
        }
        let name = &rest[..rest.find(|next| !continues_name(next)).unwrap_or(rest.len())];
        self.at += name.len();
        Ok(name)
    }

    fn expect(&mut self, wanted: char, token: &str) -> Result<(), Fault> {
        self.skip_space();
        match self.take(wanted) {
            true => Ok(()),
            false => Err(self.unexpected(token)),
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn unexpected(&self, expected: &str) -> Fault {
        let rest = self.rest();
        let end = self.at + rest.chars().next().map_or(0, char::len_utf8);
        self.fault(
            &format!("expected token '{expected}' and actual '{}'", token(rest)),
            self.at..end,
        )
    }

    fn fault(&self, reason: &str, at: Range<usize>) -> Fault {
        let message = format!(
            "Unable to parse language expression '{}': {reason}.",
            shortened(self.text)
        );
        Fault { message, at }
    }
}

pub(super) fn starts_name(first: char) -> bool {
    first.is_alphabetic() || first == '_' || first == '$'
}

pub(super) fn continues_name(next: char) -> bool {
    next.is_alphanumeric() || next == '_' || next == '$'
}

/// What begins here, in the service's words.
fn token(rest: &str) -> &'static str {
    match rest.chars().next() {
        None => "EndOfData",
        Some('(') => "LeftParenthesis",
        Some(')') => "RightParenthesis",
        Some('[') => "LeftSquareBracket",
        Some(']') => "RightSquareBracket",
        Some(',') => "Comma",
        Some('.') => "Dot",
        Some('\'') => "LiteralString",
        Some(digit) if digit.is_ascii_digit() || digit == '-' => "Integer",
        Some(first) if starts_name(first) => "Identifier",
        Some(_) => "Unknown",
    }
}

fn shortened(text: &str) -> String {
    const SHOWN_MAX: usize = 200;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
