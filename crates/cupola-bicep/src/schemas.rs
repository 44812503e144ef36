//! Types, as JSON templates write them.

use serde_json::{Map, Value, json};

use crate::lower::Lower;
use crate::model::{Symbol, decorator, has_decorator};
use crate::syntax::{Decorator, TypeExpression, TypeKind, TypeProperty};
use crate::types::{Shape, Ty};

impl Lower<'_> {
    /// The type, with what its decorators add.
    pub(crate) fn schema(&mut self, ty: &TypeExpression, decorators: &[Decorator]) -> Map<String, Value> {
        let mut schema = match decorator(decorators, "discriminator") {
            Some(found) => self.discriminated(ty, found),
            None => self.bare_schema(ty),
        };
        self.decorate(&mut schema, decorators);
        schema
    }

    fn bare_schema(&mut self, ty: &TypeExpression) -> Map<String, Value> {
        match &ty.kind {
            TypeKind::Name(name) => match self.type_reference(name) {
                Some(reference) => map(json!({ "$ref": reference })),
                None => map(json!({ "type": name })),
            },
            TypeKind::Member(base, name) => match self.member_reference(base, &name.text) {
                Some(reference) => map(json!({ "$ref": reference })),
                None => schema_of(&self.known_type(ty)),
            },
            TypeKind::Array(item) => {
                map(json!({ "type": "array", "items": Value::Object(self.schema(item, &[])) }))
            }
            TypeKind::Nullable(inner) => {
                let mut schema = self.schema(inner, &[]);
                schema.insert("nullable".into(), Value::Bool(true));
                schema
            }
            TypeKind::NotNull(inner) => {
                let mut schema = self.schema(inner, &[]);
                schema.insert("nullable".into(), Value::Bool(false));
                schema
            }
            TypeKind::Group(inner) => self.bare_schema(inner),
            TypeKind::Object(properties) => self.object_schema(properties),
            TypeKind::Tuple(items) => {
                let items: Vec<Value> = items
                    .iter()
                    .map(|(decorators, item)| Value::Object(self.schema(item, decorators)))
                    .collect();
                map(json!({ "type": "array", "prefixItems": items, "items": false }))
            }
            TypeKind::OfResource(_, source) => map(json!({
                "type": "object",
                "metadata": { "__bicep_resource_derived_type!": { "source": source } }
            })),
            _ => schema_of(&self.known_type(ty)),
        }
    }

    fn object_schema(&mut self, properties: &[TypeProperty]) -> Map<String, Value> {
        let mut members = Map::new();
        let mut others = None;
        for property in properties {
            let mut schema = self.schema(&property.value, &property.decorators);
            if property.optional {
                schema.insert("nullable".into(), Value::Bool(true));
            }
            match &property.name {
                Some(name) => {
                    members.insert(name.text.clone(), Value::Object(schema));
                }
                None => others = Some(schema),
            }
        }
        let mut schema = map(json!({ "type": "object" }));
        if !members.is_empty() || others.is_none() {
            schema.insert("properties".into(), Value::Object(members));
        }
        if let Some(others) = others {
            schema.insert("additionalProperties".into(), Value::Object(others));
        }
        schema
    }

    fn discriminated(&mut self, ty: &TypeExpression, found: &Decorator) -> Map<String, Value> {
        let property = found
            .arguments
            .first()
            .and_then(|argument| argument.constant())
            .unwrap_or_default();
        let (ty, nullable) = match &ty.bare().kind {
            TypeKind::Nullable(inner) => (inner.bare(), true),
            _ => (ty.bare(), false),
        };
        let members: &[TypeExpression] = match &ty.kind {
            TypeKind::Union(members) => members,
            _ => std::slice::from_ref(ty),
        };
        let mut mapping = Map::new();
        for member in members {
            if let Ty::Object(Some(shape)) = self.known_type(member)
                && let Some(Ty::TextLiteral(value)) = shape.property(property).map(|it| &it.ty)
            {
                let schema = self.schema(member, &[]);
                mapping.insert(value.clone(), Value::Object(schema));
            }
        }
        let mut schema = map(json!({
            "type": "object",
            "discriminator": { "propertyName": property, "mapping": mapping }
        }));
        if nullable {
            schema.insert("nullable".into(), Value::Bool(true));
        }
        schema
    }

    fn decorate(&mut self, schema: &mut Map<String, Value>, decorators: &[Decorator]) {
        let mut metadata = Map::new();
        for decorator in decorators {
            let value = decorator
                .arguments
                .first()
                .map(|argument| self.expression(argument).to_json());
            match (decorator.name.text.as_str(), value) {
                ("description", Some(value)) => {
                    metadata.insert("description".into(), value);
                }
                ("metadata", Some(Value::Object(more))) => metadata.extend(more),
                ("allowed", Some(value)) => {
                    schema.insert("allowedValues".into(), value);
                }
                (limit @ ("minLength" | "maxLength" | "minValue" | "maxValue"), Some(value)) => {
                    schema.insert(limit.into(), value);
                }
                ("sealed", None) => {
                    schema.insert("additionalProperties".into(), Value::Bool(false));
                }
                ("secure", None) => {
                    let ty = match schema.get("type").and_then(Value::as_str) {
                        Some("object") => "secureObject",
                        _ => "securestring",
                    };
                    schema.insert("type".into(), ty.into());
                }
                _ => {}
            }
        }
        if has_decorator(decorators, "export") {
            metadata.insert("__bicep_export!".into(), Value::Bool(true));
        }
        if !metadata.is_empty() {
            match schema.get_mut("metadata").and_then(Value::as_object_mut) {
                Some(existing) => existing.extend(metadata),
                None => {
                    schema.insert("metadata".into(), Value::Object(metadata));
                }
            }
        }
    }

    fn type_reference(&mut self, name: &str) -> Option<String> {
        let emitted = match self.model.symbols.get(name)? {
            Symbol::Type(_) => self.emitted_name(name),
            Symbol::Imported(index) => {
                let import = &self.model.imports[*index];
                let preferred = self.foreign.is_none().then_some(name);
                self.shared
                    .names
                    .borrow_mut()
                    .of(import.unit.as_ref()?, &import.original, preferred)
            }
            _ => return None,
        };
        Some(format!("#/definitions/{emitted}"))
    }

    // `shared.settings`, where `shared` is another file.
    fn member_reference(&mut self, base: &TypeExpression, name: &str) -> Option<String> {
        let TypeKind::Name(namespace) = &base.bare().kind else {
            return None;
        };
        let Some(Symbol::Namespace(index)) = self.model.symbols.get(namespace) else {
            return None;
        };
        let unit = self.model.imports[*index].unit.as_ref()?;
        let emitted = self.shared.names.borrow_mut().of(unit, name, None);
        Some(format!("#/definitions/{emitted}"))
    }

    /// What a type is, with the names of others looked up.
    fn known_type(&self, ty: &TypeExpression) -> Ty {
        match &ty.kind {
            TypeKind::Name(name) => match self.model.symbols.get(name) {
                Some(Symbol::Imported(index)) => {
                    self.imported_type(*index, &self.model.imports[*index].original)
                }
                Some(_) => self.facts.types.get(name).cloned().unwrap_or(Ty::Any),
                None => crate::declared::primitive(name).unwrap_or(Ty::Any),
            },
            TypeKind::Member(base, name) => {
                if let TypeKind::Name(namespace) = &base.bare().kind {
                    match self.model.symbols.get(namespace) {
                        Some(Symbol::Namespace(index)) => return self.imported_type(*index, &name.text),
                        None => return crate::declared::primitive(&name.text).unwrap_or(Ty::Any),
                        _ => {}
                    }
                }
                match self.known_type(base).without_null() {
                    Ty::Object(Some(shape)) => shape.property(&name.text).map_or(Ty::Any, |it| it.ty.clone()),
                    _ => Ty::Any,
                }
            }
            TypeKind::Element(base, at) => match self.known_type(base).without_null() {
                Ty::Tuple(items) => usize::try_from(*at)
                    .ok()
                    .and_then(|at| items.get(at).cloned())
                    .unwrap_or(Ty::Any),
                _ => Ty::Any,
            },
            TypeKind::Items(base) => match self.known_type(base).without_null() {
                Ty::Array(Some(item)) => (*item).clone(),
                _ => Ty::Any,
            },
            TypeKind::Values(base) => match self.known_type(base).without_null() {
                Ty::Object(Some(shape)) => shape.others.clone().unwrap_or(Ty::Any),
                _ => Ty::Any,
            },
            TypeKind::Text(value) => Ty::TextLiteral(value.clone()),
            TypeKind::Int(value) => Ty::IntLiteral(*value),
            TypeKind::Bool(value) => Ty::BoolLiteral(*value),
            TypeKind::Null => Ty::Null,
            TypeKind::Group(inner) => self.known_type(inner),
            TypeKind::Nullable(inner) => self.known_type(inner).nullable(),
            TypeKind::NotNull(inner) => self.known_type(inner).without_null(),
            TypeKind::Union(members) => Ty::union(members.iter().map(|member| self.known_type(member))),
            TypeKind::Array(item) => Ty::array_of(self.known_type(item)),
            TypeKind::Object(properties) => {
                let properties = properties.iter().filter_map(|property| {
                    let name = property.name.as_ref()?;
                    let ty = self.known_type(&property.value);
                    Some(crate::types::Property {
                        name: name.text.clone(),
                        required: !ty.may_be_null(),
                        ty,
                    })
                });
                Ty::Object(Some(std::sync::Arc::new(Shape {
                    properties: properties.collect(),
                    others: None,
                    declared: true,
                })))
            }
            _ => Ty::Any,
        }
    }

    fn imported_type(&self, index: usize, name: &str) -> Ty {
        let facts = self.model.imports[index]
            .unit
            .as_ref()
            .and_then(|unit| unit.facts.as_ref());
        facts
            .and_then(|facts| facts.types.get(name).cloned())
            .unwrap_or(Ty::Any)
    }
}

/// The schema of a type that has no name to refer to.
fn schema_of(ty: &Ty) -> Map<String, Value> {
    let simple = |name: &str| map(json!({ "type": name }));
    match ty {
        Ty::Bool => simple("bool"),
        Ty::Int => simple("int"),
        Ty::Text => simple("string"),
        Ty::Array(None) => simple("array"),
        Ty::Array(Some(item)) => map(json!({ "type": "array", "items": schema_of(item) })),
        Ty::Tuple(items) => {
            let items: Vec<Value> = items.iter().map(|item| Value::Object(schema_of(item))).collect();
            map(json!({ "type": "array", "prefixItems": items, "items": false }))
        }
        Ty::BoolLiteral(_) | Ty::IntLiteral(_) | Ty::TextLiteral(_) => literals(std::slice::from_ref(ty)),
        Ty::Union(members) => {
            let rest: Vec<Ty> = members
                .iter()
                .filter(|member| **member != Ty::Null)
                .cloned()
                .collect();
            let mut schema = match &rest[..] {
                [only] => schema_of(only),
                rest => literals(rest),
            };
            if rest.len() < members.len() {
                schema.insert("nullable".into(), Value::Bool(true));
            }
            schema
        }
        Ty::Object(Some(shape)) => {
            let properties: Map<String, Value> = shape
                .properties
                .iter()
                .map(|property| (property.name.clone(), Value::Object(schema_of(&property.ty))))
                .collect();
            map(json!({ "type": "object", "properties": properties }))
        }
        Ty::Null => map(json!({ "type": "object", "nullable": true })),
        _ => simple("object"),
    }
}

fn literals(members: &[Ty]) -> Map<String, Value> {
    let ty = match members.first() {
        Some(Ty::IntLiteral(_) | Ty::Int) => "int",
        Some(Ty::BoolLiteral(_) | Ty::Bool) => "bool",
        _ => "string",
    };
    let mut values: Vec<(String, Value)> = members
        .iter()
        .filter_map(|member| match member {
            Ty::TextLiteral(value) => Some((value.clone(), Value::from(value.as_str()))),
            Ty::IntLiteral(value) => Some((format!("{value:020}"), Value::from(*value))),
            Ty::BoolLiteral(value) => Some((value.to_string(), Value::Bool(*value))),
            _ => None,
        })
        .collect();
    values.sort_by(|a, b| a.0.cmp(&b.0));
    let values: Vec<Value> = values.into_iter().map(|(_, value)| value).collect();
    map(json!({ "type": ty, "allowedValues": values }))
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Whether a type needs the second version of the template language.
pub(crate) fn needs_schemas(ty: &TypeExpression) -> bool {
    matches!(
        ty.bare().kind,
        TypeKind::Object(_)
            | TypeKind::Array(_)
            | TypeKind::Tuple(_)
            | TypeKind::Union(_)
            | TypeKind::Nullable(_)
            | TypeKind::NotNull(_)
            | TypeKind::Member(..)
            | TypeKind::Element(..)
            | TypeKind::Items(_)
            | TypeKind::Values(_)
            | TypeKind::OfResource(..)
    )
}
