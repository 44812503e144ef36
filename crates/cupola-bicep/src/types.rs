//! What is known of values while compiling. Loose on purpose: what is not known is `Any`, and `Any` fits
//! everywhere, so that a complaint is never a guess.

use std::fmt;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Any,
    Null,
    Bool,
    Int,
    Text,
    BoolLiteral(bool),
    IntLiteral(i64),
    TextLiteral(String),
    /// Any array, or one of items of a kind.
    Array(Option<Arc<Ty>>),
    Tuple(Arc<Vec<Ty>>),
    /// Any object, or one with known properties.
    Object(Option<Arc<Shape>>),
    Union(Arc<Vec<Ty>>),
    /// A resource or a module of this file, by index.
    Deployable(usize),
    /// `module.outputs`
    Outputs(usize),
    /// What stands behind `import * as name`.
    Namespace(usize),
    Lambda,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) properties: Vec<Property>,
    /// The type of other properties; `None` when there may be none.
    pub(crate) others: Option<Ty>,
    /// Whether someone declared it; the shape of a mere value is called `object`.
    pub(crate) declared: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) required: bool,
}

impl Shape {
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.name.eq_ignore_ascii_case(name))
    }
}

impl Ty {
    pub(crate) fn array_of(item: Ty) -> Self {
        match item {
            Ty::Any => Self::Array(None),
            item => Self::Array(Some(Arc::new(item))),
        }
    }

    pub(crate) fn union(members: impl IntoIterator<Item = Ty>) -> Self {
        let mut flat: Vec<Ty> = Vec::new();
        for member in members {
            match member {
                Ty::Any => return Ty::Any,
                Ty::Union(inner) => {
                    for ty in inner.iter() {
                        if !flat.contains(ty) {
                            flat.push(ty.clone());
                        }
                    }
                }
                member if !flat.contains(&member) => flat.push(member),
                _ => {}
            }
            // A union this wide says nothing that a person could use.
            if flat.len() > 200 {
                return Ty::Any;
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Ty::Union(Arc::new(flat)),
        }
    }

    pub(crate) fn nullable(self) -> Self {
        Self::union([Ty::Null, self])
    }

    pub(crate) fn may_be_null(&self) -> bool {
        match self {
            Ty::Null => true,
            Ty::Union(members) => members.contains(&Ty::Null),
            _ => false,
        }
    }

    pub(crate) fn without_null(&self) -> Ty {
        match self {
            Ty::Union(members) if self.may_be_null() => {
                Ty::union(members.iter().filter(|member| **member != Ty::Null).cloned())
            }
            ty => ty.clone(),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Ty::Text | Ty::TextLiteral(_))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Ty::Array(_) | Ty::Tuple(_))
    }

    /// Whether a value of this type may stand where `wanted` is asked for.
    pub(crate) fn fits(&self, wanted: &Ty) -> bool {
        // Types share their parts, so a comparison could take the product of their sizes; beyond the budget,
        // the answer is the lenient one.
        fits(self, wanted, &mut 2_000)
    }
}

fn fits(from: &Ty, wanted: &Ty, budget: &mut u32) -> bool {
    let Some(rest) = budget.checked_sub(1) else {
        return true;
    };
    *budget = rest;
    match (from, wanted) {
        (Ty::Any, _) | (_, Ty::Any) => true,
        (Ty::Union(members), wanted) => members.iter().all(|member| fits(member, wanted, budget)),
        (from, Ty::Union(members)) => members.iter().any(|member| fits(from, member, budget)),
        (Ty::BoolLiteral(_), Ty::Bool) | (Ty::IntLiteral(_), Ty::Int) | (Ty::TextLiteral(_), Ty::Text) => {
            true
        }
        // A value that is only known at the start of the deployment may turn out to be one of the literals.
        (Ty::Bool, Ty::BoolLiteral(_)) | (Ty::Int, Ty::IntLiteral(_)) => false,
        (Ty::Array(_) | Ty::Tuple(_), Ty::Array(None)) | (Ty::Array(None), Ty::Array(_) | Ty::Tuple(_)) => {
            true
        }
        (Ty::Array(Some(from)), Ty::Array(Some(wanted))) => fits(from, wanted, budget),
        (Ty::Tuple(items), Ty::Array(Some(wanted))) => items.iter().all(|item| fits(item, wanted, budget)),
        (Ty::Tuple(from), Ty::Tuple(wanted)) => {
            from.len() == wanted.len()
                && from
                    .iter()
                    .zip(wanted.iter())
                    .all(|(from, wanted)| fits(from, wanted, budget))
        }
        (Ty::Array(Some(_)), Ty::Tuple(_)) => true,
        (Ty::Object(_), Ty::Object(None)) | (Ty::Object(None), Ty::Object(_)) => true,
        (Ty::Object(Some(from)), Ty::Object(Some(wanted))) => shapes_fit(from, wanted, budget),
        (Ty::Deployable(_) | Ty::Outputs(_) | Ty::Namespace(_), Ty::Object(_)) => true,
        (from, wanted) => from == wanted,
    }
}

fn shapes_fit(from: &Shape, wanted: &Shape, budget: &mut u32) -> bool {
    wanted
        .properties
        .iter()
        .all(|wanted| match from.property(&wanted.name) {
            Some(found) => fits(&found.ty, &wanted.ty, budget),
            None => !wanted.required || from.others.is_some(),
        })
}

/// As Bicep writes types in its messages.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Any => f.write_str("any"),
            Ty::Null => f.write_str("null"),
            Ty::Bool => f.write_str("bool"),
            Ty::Int => f.write_str("int"),
            Ty::Text => f.write_str("string"),
            Ty::BoolLiteral(value) => write!(f, "{value}"),
            Ty::IntLiteral(value) => write!(f, "{value}"),
            Ty::TextLiteral(value) => write!(f, "'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
            Ty::Array(None) => f.write_str("array"),
            Ty::Array(Some(item)) => match **item {
                Ty::Union(_) => write!(f, "({item})[]"),
                _ => write!(f, "{item}[]"),
            },
            Ty::Tuple(items) if items.is_empty() => f.write_str("<empty array>"),
            Ty::Tuple(items) => {
                f.write_str("[")?;
                join(f, items.iter().map(ToString::to_string).take(12), ", ")?;
                f.write_str("]")
            }
            Ty::Object(None) => f.write_str("object"),
            Ty::Object(Some(shape)) => write!(f, "{shape}"),
            Ty::Union(members) => {
                let mut names: Vec<String> = members.iter().map(ToString::to_string).collect();
                names.sort();
                join(f, names.into_iter(), " | ")
            }
            Ty::Deployable(_) => f.write_str("resource"),
            Ty::Outputs(_) => f.write_str("outputs"),
            Ty::Namespace(_) => f.write_str("namespace"),
            Ty::Lambda => f.write_str("any => any"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.properties.is_empty() || !self.declared {
            return f.write_str("object");
        }
        f.write_str("{ ")?;
        let properties = self.properties.iter().take(12).map(|property| {
            // The types inside may be wide; one level is what people read.
            let ty = match &property.ty {
                Ty::Object(_) => "object".to_owned(),
                ty => ty.to_string(),
            };
            format!("{}: {ty}", property.name)
        });
        join(f, properties, ", ")?;
        f.write_str(" }")
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: impl Iterator<Item = String>, separator: &str) -> fmt::Result {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        f.write_str(&part)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Ty {
        Ty::TextLiteral(value.into())
    }

    fn check(from: &Ty, wanted: &Ty, expected: bool) {
        assert_eq!(from.fits(wanted), expected, "{from} where {wanted} is wanted");
    }

    #[test]
    fn what_fits_where() {
        let letters = Ty::union([text("a"), text("b")]);
        check(&text("a"), &Ty::Text, true);
        check(&text("a"), &letters, true);
        check(&text("c"), &letters, false);
        check(&letters, &Ty::Text, true);
        check(&Ty::Text, &Ty::Int, false);
        check(&Ty::Any, &Ty::Int, true);
        check(&Ty::Null, &Ty::Text.nullable(), true);
        check(&Ty::Text.nullable(), &Ty::Text, false);
        check(
            &Ty::Tuple(Arc::new(vec![Ty::Int, text("a")])),
            &Ty::array_of(Ty::Int),
            false,
        );
        check(&Ty::Tuple(Arc::new(vec![])), &Ty::array_of(Ty::Int), true);
        check(&Ty::Array(None), &Ty::Object(None), false);
    }

    #[test]
    fn types_are_written_as_people_know_them() {
        insta::assert_snapshot!(Ty::union([text("b"), text("a"), Ty::Null]), @"'a' | 'b' | null");
        insta::assert_snapshot!(Ty::array_of(Ty::union([text("b"), text("a")])), @"('a' | 'b')[]");
        insta::assert_snapshot!(Ty::Tuple(Arc::new(vec![Ty::IntLiteral(1), Ty::Bool])), @"[1, bool]");
    }
}
