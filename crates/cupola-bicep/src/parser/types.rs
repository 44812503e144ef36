//! Types, as they stand behind `param`, `output`, `type` and in functions.

use super::{DEPTH_MAX, Parser, is_sign};
use crate::lexer::Kind;
use crate::syntax::{Decorator, Name, Span, TypeExpression, TypeKind, TypeProperty};

const NO_TYPE: &str = "Expected a type at this location. Please specify a valid type expression or one of the following types: \"array\", \"bool\", \"int\", \"object\", \"string\".";

fn nothing(span: Span) -> TypeExpression {
    TypeExpression {
        kind: TypeKind::Error,
        span,
        depth: 1,
    }
}

impl Parser<'_> {
    pub(super) fn type_expression(&mut self) -> TypeExpression {
        self.nested(Self::union, nothing)
    }

    fn union(&mut self) -> TypeExpression {
        let start = self.token().span;
        let mut members = Vec::new();
        if self.is_after_new_lines("|") {
            self.advance();
            self.skip_new_lines();
        }
        members.push(self.suffixed());
        while self.is_after_new_lines("|") {
            self.advance();
            self.skip_new_lines();
            members.push(self.suffixed());
        }
        match members.pop() {
            Some(only) if members.is_empty() => only,
            Some(last) => {
                members.push(last);
                let depth = members.iter().map(|member| member.depth).max().unwrap_or(0);
                self.type_node(TypeKind::Union(members), start, depth)
            }
            None => nothing(start),
        }
    }

    fn suffixed(&mut self) -> TypeExpression {
        let mut base = self.primary_type();
        loop {
            let (start, depth) = (base.span, base.depth);
            let kind = match self.token().kind {
                Kind::Sign("?") => {
                    self.advance();
                    TypeKind::Nullable(Box::new(base))
                }
                Kind::Sign("!") => {
                    self.advance();
                    TypeKind::NotNull(Box::new(base))
                }
                Kind::Sign(".") if is_sign(self.ahead(1), "*") => {
                    self.advance();
                    self.advance();
                    TypeKind::Values(Box::new(base))
                }
                Kind::Sign(".") => {
                    self.advance();
                    match self.name("BCP020", "Expected a function or property name at this location.") {
                        Some(name) => TypeKind::Member(Box::new(base), name),
                        None => return nothing(self.since(start)),
                    }
                }
                Kind::Sign("[") => match self.type_index(base) {
                    Some(kind) => kind,
                    None => return nothing(self.since(start)),
                },
                Kind::Sign("<") => match &base.kind {
                    TypeKind::Name(name) => {
                        let name = Name {
                            text: name.clone(),
                            span: base.span,
                        };
                        self.type_argument(name)
                    }
                    _ => return base,
                },
                _ => return base,
            };
            base = self.type_node(kind, start, depth);
        }
    }

    fn type_index(&mut self, base: TypeExpression) -> Option<TypeKind> {
        self.advance();
        let base = Box::new(base);
        let kind = match self.token().kind {
            Kind::Sign("]") => TypeKind::Array(base),
            Kind::Sign("*") => {
                self.advance();
                TypeKind::Items(base)
            }
            Kind::Integer => {
                let index = self.advance().text.parse().unwrap_or(i64::MAX);
                TypeKind::Element(base, index)
            }
            _ => {
                self.complain("BCP018", "Expected the \"]\" character at this location.");
                return None;
            }
        };
        self.expect("]").then_some(kind)
    }

    fn type_argument(&mut self, name: Name) -> TypeKind {
        self.advance();
        if self.token().kind != Kind::Whole {
            self.complain("BCP300", "Expected a type literal at this location. Please specify a concrete value or a reference to a literal type.");
            return TypeKind::Error;
        }
        let argument = self.advance().text.clone();
        self.expect(">");
        TypeKind::OfResource(name, argument)
    }

    fn primary_type(&mut self) -> TypeExpression {
        let token = self.token();
        let mut depth = 0;
        let kind = match token.kind {
            Kind::Identifier => {
                self.advance();
                match token.text.as_str() {
                    "true" => TypeKind::Bool(true),
                    "false" => TypeKind::Bool(false),
                    "null" => TypeKind::Null,
                    _ => TypeKind::Name(token.text.clone()),
                }
            }
            Kind::Whole => TypeKind::Text(self.advance().text.clone()),
            Kind::First => {
                self.text();
                self.remarks.error(
                    token.span,
                    "BCP285",
                    "The type expression could not be reduced to a literal value.",
                );
                TypeKind::Error
            }
            Kind::Integer | Kind::Sign("-") => self.integer_type(),
            Kind::Sign("(") => {
                self.advance();
                self.skip_new_lines();
                let inner = self.type_expression();
                self.skip_new_lines();
                self.expect(")");
                depth = inner.depth;
                TypeKind::Group(Box::new(inner))
            }
            Kind::Sign("{") => {
                let properties = self.type_properties();
                depth = properties
                    .iter()
                    .map(|property| property.value.depth)
                    .max()
                    .unwrap_or(0);
                TypeKind::Object(properties)
            }
            Kind::Sign("[") => {
                let items = self.tuple_items();
                depth = items.iter().map(|(_, item)| item.depth).max().unwrap_or(0);
                TypeKind::Tuple(items)
            }
            _ => {
                if token.kind != Kind::Unknown {
                    self.complain("BCP279", NO_TYPE);
                }
                TypeKind::Error
            }
        };
        self.type_node(kind, token.span, depth)
    }

    fn integer_type(&mut self) -> TypeKind {
        let negative = self.take("-");
        if self.token().kind != Kind::Integer {
            self.complain("BCP279", NO_TYPE);
            return TypeKind::Error;
        }
        let digits = &self.token().text;
        let text = if negative {
            format!("-{digits}")
        } else {
            digits.clone()
        };
        let value = text.parse();
        if value.is_err() {
            self.complain("BCP010", "Expected a valid 64-bit signed integer.");
        }
        self.advance();
        value.map_or(TypeKind::Error, TypeKind::Int)
    }

    fn type_properties(&mut self) -> Vec<TypeProperty> {
        self.advance();
        let mut properties = Vec::new();
        loop {
            self.skip_new_lines();
            if self.is("}") || self.token().kind == Kind::End {
                break;
            }
            let before = self.at;
            let errors = self.errors();
            properties.extend(self.type_property());
            if !self.end_of_item("}", errors, before) {
                break;
            }
        }
        self.expect("}");
        properties
    }

    fn type_property(&mut self) -> Option<TypeProperty> {
        let decorators = self.decorators();
        let token = self.token();
        let name = match token.kind {
            Kind::Identifier | Kind::Whole => {
                self.advance();
                Some(Name {
                    text: token.text.clone(),
                    span: token.span,
                })
            }
            Kind::Sign("*") => {
                self.advance();
                None
            }
            _ => {
                self.complain(
                    "BCP317",
                    "Expected an identifier, a string, or an asterisk at this location.",
                );
                return None;
            }
        };
        let optional = self.take("?");
        if !self.expect(":") {
            return None;
        }
        let value = self.type_expression();
        Some(TypeProperty {
            decorators,
            name,
            optional,
            value,
        })
    }

    fn tuple_items(&mut self) -> Vec<(Vec<Decorator>, TypeExpression)> {
        self.advance();
        let mut items = Vec::new();
        loop {
            self.skip_new_lines();
            if self.is("]") || self.token().kind == Kind::End {
                break;
            }
            let before = self.at;
            let errors = self.errors();
            let decorators = self.decorators();
            items.push((decorators, self.type_expression()));
            if !self.end_of_item("]", errors, before) {
                break;
            }
        }
        self.expect("]");
        items
    }

    fn type_node(&mut self, kind: TypeKind, start: Span, below: u16) -> TypeExpression {
        let span = self.since(start);
        if below >= DEPTH_MAX {
            self.too_deep(span);
            return nothing(span);
        }
        TypeExpression {
            kind,
            span,
            depth: below + 1,
        }
    }
}
