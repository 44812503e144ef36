//! Expressions, by precedence climbing.

use super::{Parser, is_sign, is_word};
use crate::lexer::Kind;
use crate::syntax::{
    ArrayItem, BinaryOperator, Expression, ExpressionKind, For, Key, Name, Object, ObjectItem, Span, Text,
    UnaryOperator,
};

const NO_EXPRESSION: &str = "Expected a literal value, an array, an object, a parenthesized expression, or a function call at this location.";
const NO_MEMBER: &str = "Expected a function or property name at this location.";

fn nothing(span: Span) -> Expression {
    Expression {
        kind: ExpressionKind::Error,
        span,
        depth: 1,
    }
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Expression {
        self.nested(Self::ternary, nothing)
    }

    fn ternary(&mut self) -> Expression {
        let condition = self.binary(0);
        if !self.is_after_new_lines("?") {
            return condition;
        }
        self.advance();
        self.skip_new_lines();
        let yes = self.expression();
        self.is_after_new_lines(":");
        if !self.expect(":") {
            return nothing(self.since(condition.span));
        }
        self.skip_new_lines();
        let no = self.expression();
        let span = condition.span.to(no.span);
        self.node(
            ExpressionKind::Ternary(Box::new(condition), Box::new(yes), Box::new(no)),
            span,
        )
    }

    fn binary(&mut self, tightest: u8) -> Expression {
        let mut left = self.unary();
        while let Some(operator) = self
            .operator()
            .filter(|operator| operator.precedence() > tightest)
        {
            self.advance();
            self.skip_new_lines();
            let right = self.binary(operator.precedence());
            let span = left.span.to(right.span);
            left = self.node(
                ExpressionKind::Binary(operator, Box::new(left), Box::new(right)),
                span,
            );
        }
        left
    }

    fn operator(&self) -> Option<BinaryOperator> {
        let Kind::Sign(sign) = self.token().kind else {
            return None;
        };
        BinaryOperator::ALL
            .into_iter()
            .find(|operator| operator.sign() == sign)
    }

    fn unary(&mut self) -> Expression {
        let start = self.token().span;
        let operator = match self.token().kind {
            Kind::Sign("!") => UnaryOperator::Not,
            Kind::Sign("-") => UnaryOperator::Minus,
            _ => return self.postfix(),
        };
        self.advance();
        // `-5` is a literal; the sign of `-5.x` is that of the whole.
        let accessed = matches!(self.ahead(1).kind, Kind::Sign("." | ".?" | "::" | "[" | "!"));
        if operator == UnaryOperator::Minus && self.token().kind == Kind::Integer && !accessed {
            let value = self.integer(true);
            let span = self.since(start);
            return self.node(value, span);
        }
        let operand = self.nested(Self::unary, nothing);
        let span = start.to(operand.span);
        self.node(ExpressionKind::Unary(operator, Box::new(operand)), span)
    }

    fn integer(&mut self, negative: bool) -> ExpressionKind {
        let digits = &self.token().text;
        let text = if negative {
            format!("-{digits}")
        } else {
            digits.clone()
        };
        match text.parse() {
            Ok(value) => {
                self.advance();
                ExpressionKind::Int(value)
            }
            Err(_) => {
                self.complain("BCP010", "Expected a valid 64-bit signed integer.");
                self.advance();
                ExpressionKind::Error
            }
        }
    }

    fn postfix(&mut self) -> Expression {
        let mut base = self.primary();
        loop {
            let kind = match self.token().kind {
                Kind::Sign(dot @ ("." | ".?")) => {
                    self.advance();
                    let Some(name) = self.name("BCP020", NO_MEMBER) else {
                        return nothing(self.since(base.span));
                    };
                    if self.is("(") && dot == "." {
                        let arguments = self.arguments();
                        ExpressionKind::Method {
                            base: Box::new(base),
                            name,
                            arguments,
                        }
                    } else {
                        ExpressionKind::Property {
                            base: Box::new(base),
                            name,
                            safe: dot == ".?",
                        }
                    }
                }
                Kind::Sign("::") => {
                    self.advance();
                    let Some(name) = self.name("BCP020", NO_MEMBER) else {
                        return nothing(self.since(base.span));
                    };
                    ExpressionKind::Nested {
                        base: Box::new(base),
                        name,
                    }
                }
                Kind::Sign("[") => match self.index() {
                    Some((index, safe)) => ExpressionKind::Index {
                        base: Box::new(base),
                        index: Box::new(index),
                        safe,
                    },
                    None => return nothing(self.since(base.span)),
                },
                Kind::Sign("!") => {
                    self.advance();
                    ExpressionKind::NotNull(Box::new(base))
                }
                _ => return base,
            };
            let start = match &kind {
                ExpressionKind::Property { base, .. }
                | ExpressionKind::Method { base, .. }
                | ExpressionKind::Nested { base, .. }
                | ExpressionKind::Index { base, .. }
                | ExpressionKind::NotNull(base) => base.span,
                _ => Span::default(),
            };
            let span = self.since(start);
            base = self.node(kind, span);
        }
    }

    fn index(&mut self) -> Option<(Expression, bool)> {
        self.advance();
        let safe = self.take("?");
        self.skip_new_lines();
        if self.is("]") {
            self.complain(
                "BCP117",
                "An empty indexer is not allowed. Specify a valid expression.",
            );
            self.advance();
            return None;
        }
        let index = self.expression();
        self.skip_new_lines();
        self.expect("]").then_some((index, safe))
    }

    fn arguments(&mut self) -> Vec<Expression> {
        self.advance();
        let mut arguments = Vec::new();
        self.skip_new_lines();
        while !self.is(")") && self.token().kind != Kind::End {
            let before = self.at;
            arguments.push(self.expression());
            self.skip_new_lines();
            if self.is(")") {
                break;
            }
            if !self.take(",") {
                self.complain("BCP237", "Expected a comma character at this location.");
                self.skip_item();
                self.take(",");
                if self.at == before {
                    break;
                }
            }
            self.skip_new_lines();
        }
        self.expect(")");
        arguments
    }

    fn primary(&mut self) -> Expression {
        let token = self.token();
        let kind = match token.kind {
            Kind::Identifier if is_sign(self.ahead(1), "=>") => return self.lambda(),
            Kind::Identifier => return self.name_or_call(),
            Kind::Integer => self.integer(false),
            Kind::Whole | Kind::First => ExpressionKind::Text(self.text()),
            Kind::Sign("(") if self.begins_lambda() => return self.lambda(),
            Kind::Sign("(") => {
                self.advance();
                self.skip_new_lines();
                if self.is(")") {
                    self.complain("BCP243", "Parentheses must contain exactly one expression.");
                    self.advance();
                    return nothing(self.since(token.span));
                }
                let inner = self.expression();
                self.skip_new_lines();
                self.expect(")");
                ExpressionKind::Group(Box::new(inner))
            }
            Kind::Sign("[") => return self.array_or_loop(),
            Kind::Sign("{") => ExpressionKind::Object(self.object()),
            _ => {
                // A token that the lexer refused has its remark already.
                if token.kind != Kind::Unknown {
                    self.complain("BCP009", NO_EXPRESSION);
                }
                ExpressionKind::Error
            }
        };
        let span = self.since(token.span);
        self.node(kind, span)
    }

    fn name_or_call(&mut self) -> Expression {
        let token = self.advance();
        let kind = match token.text.as_str() {
            "true" => ExpressionKind::Bool(true),
            "false" => ExpressionKind::Bool(false),
            "null" => ExpressionKind::Null,
            _ if self.is("(") => {
                let name = Name {
                    text: token.text.clone(),
                    span: token.span,
                };
                ExpressionKind::Call {
                    name,
                    arguments: self.arguments(),
                }
            }
            _ => ExpressionKind::Name(token.text.clone()),
        };
        let span = self.since(token.span);
        self.node(kind, span)
    }

    // `(a, b) =>`; nothing else has an arrow behind its parenthesis.
    fn begins_lambda(&self) -> bool {
        let mut ahead = 1;
        loop {
            match self.ahead(ahead).kind {
                Kind::Identifier | Kind::NewLine | Kind::Sign(",") => ahead += 1,
                Kind::Sign(")") => return is_sign(self.ahead(ahead + 1), "=>"),
                _ => return false,
            }
        }
    }

    fn lambda(&mut self) -> Expression {
        let start = self.token().span;
        let mut parameters = Vec::new();
        let listed = self.take("(");
        loop {
            self.skip_new_lines();
            if self.token().kind == Kind::Identifier {
                let token = self.advance();
                parameters.push(Name {
                    text: token.text.clone(),
                    span: token.span,
                });
            }
            if !listed || !(self.take(",") || self.skip_new_lines()) {
                break;
            }
        }
        if listed {
            self.expect(")");
        }
        self.expect("=>");
        self.skip_new_lines();
        let body = self.expression();
        let span = self.since(start);
        self.node(
            ExpressionKind::Lambda {
                parameters,
                body: Box::new(body),
            },
            span,
        )
    }

    pub(super) fn text(&mut self) -> Text {
        let first = self.advance();
        let mut text = Text {
            pieces: vec![first.text.clone()],
            values: Vec::new(),
        };
        if first.kind == Kind::Whole {
            return text;
        }
        loop {
            self.skip_new_lines();
            text.values.push(self.expression());
            self.skip_new_lines();
            if !matches!(self.token().kind, Kind::Middle | Kind::Last) {
                self.complain("BCP064", "Found unexpected tokens in interpolated expression.");
                self.skip_to_piece();
            }
            if !matches!(self.token().kind, Kind::Middle | Kind::Last) {
                text.pieces.push(String::new());
                return text;
            }
            let piece = self.advance();
            text.pieces.push(piece.text.clone());
            if piece.kind == Kind::Last {
                return text;
            }
        }
    }

    // The lexer gave each opening piece a closing one; strings in between are stepped over whole.
    fn skip_to_piece(&mut self) {
        let mut open = 0usize;
        loop {
            match self.token().kind {
                Kind::End => return,
                Kind::Middle | Kind::Last if open == 0 => return,
                Kind::First => open += 1,
                Kind::Last => open -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    fn array_or_loop(&mut self) -> Expression {
        let start = self.advance().span;
        self.skip_new_lines();
        let kind = if self.is_word("for") && !matches!(self.ahead(1).kind, Kind::Sign("," | "]" | "." | "["))
        {
            self.for_loop()
        } else {
            ExpressionKind::Array(self.items())
        };
        let span = self.since(start);
        self.node(kind, span)
    }

    fn items(&mut self) -> Vec<ArrayItem> {
        let mut items = Vec::new();
        loop {
            self.skip_new_lines();
            if self.is("]") || self.token().kind == Kind::End {
                break;
            }
            let before = self.at;
            let errors = self.errors();
            items.push(if self.take("...") {
                ArrayItem::Spread(self.expression())
            } else {
                ArrayItem::Value(self.expression())
            });
            if !self.end_of_item("]", errors, before) {
                break;
            }
        }
        self.expect("]");
        items
    }

    /// Behind an item of an array or an object. False when the list cannot go on.
    pub(super) fn end_of_item(&mut self, close: &str, errors: usize, before: usize) -> bool {
        if self.take(",") || self.token().kind == Kind::NewLine || self.is(close) {
            return true;
        }
        if self.errors() == errors {
            self.complain(
                "BCP236",
                "Expected a new line or comma character at this location.",
            );
        }
        self.skip_item();
        let here = self.token().kind;
        // A bracket of another kind belongs to someone further out.
        if matches!(here, Kind::End) || matches!(here, Kind::Sign(sign) if sign != "," && sign != close) {
            return false;
        }
        self.take(",");
        self.at > before
    }

    fn for_loop(&mut self) -> ExpressionKind {
        self.advance();
        let Some((item, index)) = self.loop_variables() else {
            self.skip_item();
            self.take("]");
            return ExpressionKind::Error;
        };
        if !self.is_word("in") {
            self.complain("BCP012", "Expected the \"in\" keyword at this location.");
            self.skip_item();
            self.take("]");
            return ExpressionKind::Error;
        }
        self.advance();
        let source = self.expression();
        if !self.expect(":") {
            self.skip_item();
            self.take("]");
            return ExpressionKind::Error;
        }
        self.skip_new_lines();
        let body = if self.is_word("if") && is_sign(self.ahead(1), "(") {
            self.condition_and_body()
        } else {
            self.expression()
        };
        self.skip_new_lines();
        self.expect("]");
        ExpressionKind::For(Box::new(For {
            item,
            index,
            source,
            body,
        }))
    }

    fn loop_variables(&mut self) -> Option<(Name, Option<Name>)> {
        const ITEM: &str = "Expected a loop item variable identifier at this location.";
        if !self.take("(") {
            const ITEM_OR_BLOCK: &str = "Expected a loop item variable identifier or \"(\" at this location.";
            return self.name("BCP162", ITEM_OR_BLOCK).map(|item| (item, None));
        }
        let start = self.token().span;
        let mut names = Vec::new();
        while !self.is(")") {
            names.push(self.name("BCP136", ITEM)?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")").then_some(())?;
        let count = names.len();
        let mut names = names.into_iter();
        match (names.next(), names.next(), count) {
            (Some(item), Some(index), 2) => Some((item, Some(index))),
            _ => {
                self.remarks.error(start, "BCP249", format!("Expected loop variable block to consist of exactly 2 elements (item variable and index variable), but found {count}."));
                None
            }
        }
    }

    /// `if (condition) { … }`
    pub(super) fn condition_and_body(&mut self) -> Expression {
        let start = self.advance().span;
        if !self.expect("(") {
            return nothing(start);
        }
        self.skip_new_lines();
        let condition = self.expression();
        self.skip_new_lines();
        self.expect(")");
        self.skip_new_lines();
        if !self.is("{") {
            self.complain("BCP018", "Expected the \"{\" character at this location.");
            return nothing(self.since(start));
        }
        let body = self.expression();
        let span = self.since(start);
        self.node(ExpressionKind::If(Box::new(condition), Box::new(body)), span)
    }

    fn object(&mut self) -> Object {
        self.advance();
        let mut object = Object::default();
        loop {
            self.skip_new_lines();
            if self.is("}") || self.token().kind == Kind::End {
                break;
            }
            let before = self.at;
            let errors = self.errors();
            if let Some(item) = self.object_item() {
                object.items.push(item);
            }
            if !self.end_of_item("}", errors, before) {
                break;
            }
        }
        self.expect("}");
        object
    }

    fn object_item(&mut self) -> Option<ObjectItem> {
        if self.take("...") {
            return Some(ObjectItem::Spread(self.expression()));
        }
        if self.is("@") || (self.is_word("resource") && self.ahead(1).kind == Kind::Identifier) {
            return self.nested_resource().map(ObjectItem::Resource);
        }
        let token = self.token();
        let text = match token.kind {
            Kind::Identifier => Text {
                pieces: vec![self.advance().text.clone()],
                values: Vec::new(),
            },
            Kind::Whole | Kind::First => self.text(),
            _ => {
                if token.kind != Kind::Unknown {
                    self.complain("BCP022", "Expected a property name at this location.");
                }
                return None;
            }
        };
        let key = Key {
            text,
            span: self.since(token.span),
        };
        if !self.expect(":") {
            return None;
        }
        self.skip_new_lines_before_value();
        let value = self.expression();
        Some(ObjectItem::Property(key, value))
    }

    // `key:` and its value on the next line is allowed; a line that begins with a closing bracket is no value.
    fn skip_new_lines_before_value(&mut self) {
        if self.token().kind == Kind::NewLine && !is_sign(self.ahead(1), "}") {
            let next = self.ahead(1);
            let begins_property = matches!(next.kind, Kind::Identifier | Kind::Whole)
                && is_sign(self.ahead(2), ":")
                && !is_word(next, "null");
            if !begins_property {
                self.skip_new_lines();
            }
        }
    }
}
