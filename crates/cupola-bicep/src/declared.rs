//! From the types that people write to the types that values are judged by.

use std::sync::Arc;

use crate::check::Checker;
use crate::model::{self, Symbol};
use crate::syntax::{Decorator, ExpressionKind, TypeExpression, TypeKind, TypeProperty};
use crate::types::{Property, Shape, Ty};

// Aliases of aliases are followed this far; behind it, everything fits.
const ALIASES_MAX: u16 = 64;

impl Checker<'_> {
    /// With the decorators of the declaration, of which `@allowed` narrows the type.
    pub(crate) fn declared_type(&mut self, ty: &TypeExpression, decorators: &[Decorator]) -> Ty {
        let base = self.type_of(ty);
        let Some(allowed) = model::decorator(decorators, "allowed").and_then(|it| it.arguments.first())
        else {
            return base;
        };
        let ExpressionKind::Array(items) = &allowed.bare().kind else {
            return base;
        };
        let literals: Option<Vec<Ty>> = items
            .iter()
            .map(|item| match &item.expression().bare().kind {
                ExpressionKind::Int(value) => Some(Ty::IntLiteral(*value)),
                ExpressionKind::Bool(value) => Some(Ty::BoolLiteral(*value)),
                ExpressionKind::Text(text) => text.constant().map(|text| Ty::TextLiteral(text.to_owned())),
                _ => None,
            })
            .collect();
        match literals {
            Some(literals) if !literals.is_empty() => match base {
                Ty::Array(_) => Ty::array_of(Ty::union(literals)),
                _ => Ty::union(literals),
            },
            _ => base,
        }
    }

    pub(crate) fn type_of(&mut self, ty: &TypeExpression) -> Ty {
        match &ty.kind {
            TypeKind::Error => Ty::Any,
            TypeKind::Name(name) => self.type_named(name, ty),
            TypeKind::Member(base, name) => match &base.bare().kind {
                TypeKind::Name(namespace)
                    if namespace == "sys" && !self.model.symbols.contains_key("sys") =>
                {
                    primitive(&name.text).unwrap_or(Ty::Any)
                }
                TypeKind::Name(namespace) if self.namespace(namespace).is_some() => {
                    self.imported_member(namespace, &name.text, ty)
                }
                _ => match self.type_of(base).without_null() {
                    Ty::Object(Some(shape)) => match shape.property(&name.text) {
                        Some(property) => property.ty.clone(),
                        None => {
                            self.unknown_property(&Ty::Object(Some(shape.clone())), &shape, name);
                            Ty::Any
                        }
                    },
                    _ => Ty::Any,
                },
            },
            TypeKind::Element(base, index) => match self.type_of(base).without_null() {
                Ty::Tuple(items) => match usize::try_from(*index).ok().and_then(|index| items.get(index)) {
                    Some(item) => item.clone(),
                    None => {
                        self.index_out_of_bounds(&Ty::Tuple(items.clone()), items.len(), *index, ty.span);
                        Ty::Any
                    }
                },
                _ => Ty::Any,
            },
            TypeKind::Items(base) => match self.type_of(base).without_null() {
                Ty::Array(Some(item)) => (*item).clone(),
                _ => Ty::Any,
            },
            TypeKind::Values(base) => match self.type_of(base).without_null() {
                Ty::Object(Some(shape)) => shape.others.clone().unwrap_or(Ty::Any),
                _ => Ty::Any,
            },
            TypeKind::OfResource(name, _) => {
                if !matches!(
                    name.text.as_str(),
                    "resource" | "resourceInput" | "resourceOutput"
                ) {
                    let message = format!("The \"{}\" type is not parameterizable.", name.text);
                    self.remarks.error(name.span, "BCP383", message);
                }
                Ty::Any
            }
            TypeKind::Text(value) => Ty::TextLiteral(value.clone()),
            TypeKind::Int(value) => Ty::IntLiteral(*value),
            TypeKind::Bool(value) => Ty::BoolLiteral(*value),
            TypeKind::Null => Ty::Null,
            TypeKind::Array(item) => Ty::array_of(self.type_of(item)),
            TypeKind::Nullable(inner) => self.type_of(inner).nullable(),
            TypeKind::NotNull(inner) => self.type_of(inner).without_null(),
            TypeKind::Group(inner) => self.type_of(inner),
            TypeKind::Union(members) => {
                let mut types = Vec::new();
                for member in members {
                    let ty = self.type_of(member);
                    if !is_literal(&ty) {
                        self.remarks.error(
                            member.span,
                            "BCP293",
                            "All members of a union type declaration must be literal values.",
                        );
                    }
                    types.push(ty);
                }
                Ty::union(types)
            }
            TypeKind::Object(properties) => self.shape_of(properties),
            TypeKind::Tuple(items) => Ty::Tuple(Arc::new(
                items.iter().map(|(_, item)| self.type_of(item)).collect(),
            )),
        }
    }

    fn shape_of(&mut self, properties: &[TypeProperty]) -> Ty {
        let mut shape = Shape {
            properties: Vec::new(),
            others: None,
            declared: true,
        };
        for property in properties {
            let mut ty = self.declared_type(&property.value, &property.decorators);
            if property.optional {
                ty = ty.nullable();
            }
            match &property.name {
                None if shape.others.is_some() => self.remarks.error(
                    property.value.span,
                    "BCP315",
                    "An object type may have at most one additional properties declaration.",
                ),
                None => shape.others = Some(ty),
                Some(name) => {
                    if shape.property(&name.text).is_some() {
                        self.duplicate_property(&name.text, name.span);
                    }
                    let required = !ty.may_be_null();
                    shape.properties.push(Property {
                        name: name.text.clone(),
                        ty,
                        required,
                    });
                }
            }
        }
        Ty::Object(Some(Arc::new(shape)))
    }

    fn type_named(&mut self, name: &str, at: &TypeExpression) -> Ty {
        match self.model.symbols.get(name) {
            Some(Symbol::Type(_)) => {
                self.facts.used.insert(name.to_owned());
                self.alias(name)
            }
            Some(Symbol::Imported(index)) => {
                self.facts.used.insert(name.to_owned());
                let import = &self.model.imports[*index];
                self.imported_type(import.unit.as_deref(), &import.original, name, at)
            }
            Some(Symbol::Namespace(_)) => {
                let message = format!("The name \"{name}\" refers to a namespace, not to a type.");
                self.remarks.error(at.span, "BCP306", message);
                Ty::Any
            }
            Some(_) => {
                let message = format!("'{name}' refers to a value but is being used as a type here.");
                self.remarks.error(at.span, "BCP287", message);
                Ty::Any
            }
            None => primitive(name).unwrap_or_else(|| {
                let mut known: Vec<String> =
                    ["array", "bool", "int", "object", "string"].map(str::to_owned).to_vec();
                let own = self.model.symbols.iter().filter(|(_, symbol)| matches!(symbol, Symbol::Type(_)));
                known.extend(own.map(|(name, _)| name.clone()));
                known.sort();
                let message = format!(
                    "The name \"{name}\" is not a valid type. Please specify one of the following types: \"{}\".",
                    known.join("\", \"")
                );
                self.remarks.error(at.span, "BCP302", message);
                Ty::Any
            }),
        }
    }

    /// A type of this file. While it is being made, its own name in it means anything.
    pub(crate) fn alias(&mut self, name: &str) -> Ty {
        if let Some(known) = self.facts.types.get(name) {
            return known.clone();
        }
        if self.aliases >= ALIASES_MAX {
            return Ty::Any;
        }
        let model = self.model;
        let Some((decorators, value)) = model.type_statement(name) else {
            return Ty::Any;
        };
        self.facts.types.insert(name.to_owned(), Ty::Any);
        self.aliases += 1;
        let ty = self.declared_type(value, decorators);
        self.aliases -= 1;
        self.facts.types.insert(name.to_owned(), ty.clone());
        ty
    }

    fn imported_type(
        &mut self,
        unit: Option<&crate::workspace::Unit>,
        original: &str,
        name: &str,
        at: &TypeExpression,
    ) -> Ty {
        let Some((model, facts)) = unit.and_then(|unit| unit.model.as_ref().zip(unit.facts.as_ref())) else {
            return Ty::Any;
        };
        match model.symbols.get(original) {
            Some(Symbol::Type(_)) => facts.types.get(original).cloned().unwrap_or(Ty::Any),
            _ => {
                let message = format!("'{name}' refers to a value but is being used as a type here.");
                self.remarks.error(at.span, "BCP287", message);
                Ty::Any
            }
        }
    }

    fn imported_member(&mut self, namespace: &str, name: &str, at: &TypeExpression) -> Ty {
        self.facts.used.insert(namespace.to_owned());
        let model = self.model;
        let unit = self
            .namespace(namespace)
            .and_then(|index| model.imports[index].unit.as_deref());
        if let Some(other) = unit.and_then(|unit| unit.model.as_ref())
            && !other.exports(name)
        {
            let message = format!(
                "The '{name}' symbol was not found in (or was not exported by) the imported template."
            );
            self.remarks.error(at.span, "BCP360", message);
            return Ty::Any;
        }
        self.imported_type(unit, name, name, at)
    }
}

// Objects are told apart by their discriminator.
fn is_literal(ty: &Ty) -> bool {
    match ty {
        Ty::Union(members) => members.iter().all(is_literal),
        Ty::Any | Ty::Null | Ty::BoolLiteral(_) | Ty::IntLiteral(_) | Ty::TextLiteral(_) => true,
        Ty::Object(shape) => shape.is_some(),
        _ => false,
    }
}

pub(crate) fn primitive(name: &str) -> Option<Ty> {
    Some(match name {
        "string" => Ty::Text,
        "int" => Ty::Int,
        "bool" => Ty::Bool,
        "array" => Ty::Array(None),
        "object" => Ty::Object(None),
        "any" => Ty::Any,
        _ => return None,
    })
}
