//! Judges a file: every name is declared, every value fits where it stands, and what must be known at the start
//! of a deployment is. All that can be said is said; nothing is guessed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::arm::Arm;
use crate::diagnostic::Remarks;
use crate::files::Files;
use crate::model::{Model, Symbol};
use crate::references::{self, How, Node, Uses};
use crate::syntax::{
    ArrayItem, BinaryOperator, Expression, ExpressionKind, For, Name, Object, ObjectItem, Span,
    StatementKind, UnaryOperator,
};
use crate::types::{Property, Shape, Ty};

/// What is known of a file's names after judging it.
#[derive(Default)]
pub(crate) struct Facts {
    /// Of parameters, variables and types.
    pub(crate) types: HashMap<String, Ty>,
    /// Variables that depend on what is deployed, and therefore stand where they are used.
    pub(crate) runtime: HashSet<String>,
    pub(crate) used: HashSet<String>,
    pub(crate) used_deployables: HashSet<usize>,
    /// What calls that load files put in their place, by where the call begins.
    pub(crate) loaded: HashMap<u32, Arm>,
}

/// Where an expression stands, as far as that says what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Anywhere,
    ParameterDefault,
    Function,
    /// The arguments of decorators.
    Constant,
    ParametersFile,
}

/// Whether an expression may be a loop, and how many loops of properties are around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loops {
    No,
    /// Not itself, but properties of objects inside.
    Inside(u8),
    Here {
        around: u8,
        property: bool,
    },
}

/// Which remark a value gets that does not fit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fit<'a> {
    Value,
    Property(&'a str),
    Item,
    Argument,
}

pub(crate) struct Checker<'a> {
    pub(crate) model: &'a Model,
    pub(crate) files: &'a dyn Files,
    pub(crate) facts: Facts,
    pub(crate) remarks: Remarks,
    pub(crate) locals: Vec<(String, Ty)>,
    pub(crate) within: Option<usize>,
    pub(crate) site: Site,
    pub(crate) aliases: u16,
}

pub(crate) fn missing_properties(block: &str, names: &[&str]) -> String {
    format!(
        "The specified \"{block}\" declaration is missing the following required properties: \"{}\".",
        names.join("\", \"")
    )
}

impl Checker<'_> {
    pub(crate) fn file(&mut self) {
        let model = self.model;
        for statement in &model.tree.statements {
            if let StatementKind::Type { name, .. } = &statement.kind {
                self.alias(&name.text);
            }
        }
        let order = references::order(model);
        for cycle in &order.cycles {
            self.cycle(cycle);
        }
        for node in &order.nodes {
            match node {
                Node::Symbol(name) => self.symbol(name),
                Node::Deployable(index) => self.deployable(*index),
            }
        }
        for statement in &model.tree.statements {
            self.decorators(&statement.decorators, &statement.kind);
            match &statement.kind {
                StatementKind::Output {
                    name: _,
                    declared,
                    value,
                } => {
                    let ty = self.declared_type(declared, &statement.decorators);
                    self.assign(
                        value,
                        &ty,
                        Fit::Value,
                        Loops::Here {
                            around: 0,
                            property: false,
                        },
                    );
                }
                StatementKind::Metadata { name, value } => {
                    if name.text.starts_with('_') {
                        let message = format!(
                            "Invalid identifier: \"{}\". Metadata identifiers starting with '_' are reserved. Please use a different identifier.",
                            name.text
                        );
                        self.remarks.error(name.span, "BCP268", message);
                    }
                    self.infer(value, Loops::No);
                }
                _ => {}
            }
        }
    }

    fn cycle(&mut self, cycle: &[Node<'_>]) {
        let model = self.model;
        let names: Vec<&str> = cycle
            .iter()
            .map(|node| match node {
                Node::Symbol(name) => *name,
                Node::Deployable(index) => model.deployables[*index].declaration.name.text.as_str(),
            })
            .collect();
        for (node, name) in cycle.iter().zip(&names) {
            let Some(span) = self.declared_at(*node) else {
                continue;
            };
            if let [only] = names[..] {
                let _ = only;
                self.remarks.error(
                    span,
                    "BCP079",
                    "This expression is referencing its own declaration, which is not allowed.",
                );
            } else {
                let start = names.iter().position(|other| other == name).unwrap_or(0);
                let circle: Vec<&str> = names[start..].iter().chain(&names[..=start]).copied().collect();
                let message = format!(
                    "The expression is involved in a cycle (\"{}\").",
                    circle.join("\" -> \"")
                );
                self.remarks.error(span, "BCP080", message);
            }
        }
    }

    fn declared_at(&self, node: Node<'_>) -> Option<Span> {
        match node {
            Node::Deployable(index) => Some(self.model.deployables[index].declaration.name.span),
            Node::Symbol(name) => match self.model.symbols.get(name)? {
                Symbol::Parameter(index) => self.model.parameter(*index).map(|(name, ..)| name.span),
                Symbol::Variable(_) => self.model.variable(name).map(|(name, ..)| name.span),
                Symbol::Function(_) => self.model.function(name).map(|function| function.name.span),
                _ => None,
            },
        }
    }

    fn symbol(&mut self, name: &str) {
        let model = self.model;
        match model.symbols.get(name) {
            Some(Symbol::Parameter(index)) => {
                let Some((_, declared, default)) = model.parameter(*index) else {
                    return;
                };
                let ty = self.declared_type(declared, &model.statement(*index).decorators);
                if let Some(default) = default {
                    if matches!(declared.kind, crate::syntax::TypeKind::Nullable(_)) {
                        self.remarks.error(default.span, "BCP326", "Nullable-typed parameters may not be assigned default values. They have an implicit default of 'null' that cannot be overridden.");
                    }
                    self.site = Site::ParameterDefault;
                    self.assign(default, &ty, Fit::Value, Loops::No);
                    self.site = Site::Anywhere;
                }
                self.facts.types.insert(name.to_owned(), ty);
            }
            Some(Symbol::Variable(_)) => {
                let Some((_, declared, value)) = model.variable(name) else {
                    return;
                };
                let loops = Loops::Here {
                    around: 0,
                    property: false,
                };
                let ty = match declared {
                    Some(declared) => {
                        let ty = self.type_of(declared);
                        self.assign(value, &ty, Fit::Value, loops);
                        ty
                    }
                    None => self.infer(value, loops),
                };
                let uses = references::uses(model, value, None, Vec::new());
                if self.dynamic(&uses).is_some() {
                    self.facts.runtime.insert(name.to_owned());
                    if let ExpressionKind::For(looped) = &value.bare().kind {
                        let message = format!(
                            "This expression is being used in the for-body of the variable \"{name}\", which requires values that can be calculated at the start of the deployment."
                        );
                        self.remarks.error(looped.body.span, "BCP182", message);
                    }
                }
                self.facts.types.insert(name.to_owned(), ty);
            }
            Some(Symbol::Function(_)) => {
                let Some(function) = model.function(name) else {
                    return;
                };
                let returns = self.type_of(&function.returns);
                self.site = Site::Function;
                for (parameter, declared) in &function.parameters {
                    let ty = self.type_of(declared);
                    self.locals.push((parameter.text.clone(), ty));
                }
                self.assign(&function.body, &returns, Fit::Value, Loops::No);
                self.locals.clear();
                self.site = Site::Anywhere;
            }
            _ => {}
        }
    }

    /// The first thing in it that is not known at the start of a deployment, and what it is a part of.
    pub(crate) fn dynamic(&self, uses: &Uses<'_>) -> Option<(Span, Option<usize>)> {
        let deployed = uses.deployables.iter().find(|it| {
            !it.how.is_constant(self.model.deployables[it.index].is_module())
                && !matches!(it.how, How::Method("getSecret"))
        });
        if let Some(found) = deployed {
            return Some((found.span, Some(found.index)));
        }
        if let Some((_, span)) = uses.runtime_call {
            return Some((span, None));
        }
        let variable = uses
            .symbols
            .iter()
            .find(|(name, _)| self.facts.runtime.contains(*name));
        variable.map(|(_, span)| (*span, None))
    }

    /// Checks a value against the type that is wanted, as closely as its form allows.
    pub(crate) fn assign(&mut self, value: &Expression, wanted: &Ty, fit: Fit<'_>, loops: Loops) {
        match (&value.kind, &wanted.without_null()) {
            (ExpressionKind::Object(object), Ty::Object(Some(shape))) => {
                self.object_against(object, shape, value.span, loops);
            }
            (ExpressionKind::Array(items), Ty::Array(Some(wanted))) => {
                for item in items {
                    match item {
                        ArrayItem::Value(item) => self.assign(item, wanted, Fit::Item, inside(loops)),
                        ArrayItem::Spread(list) => {
                            self.assign(list, &Ty::Array(None), Fit::Value, Loops::No);
                        }
                    }
                }
            }
            (ExpressionKind::Group(inner), _) => self.assign(inner, wanted, fit, loops),
            (ExpressionKind::Ternary(condition, yes, no), _) => {
                self.condition(condition);
                for branch in [yes, no] {
                    // That a value may be missing is a warning, not an error.
                    match &branch.bare().kind {
                        ExpressionKind::Null if !Ty::Null.fits(wanted) => {
                            let ty = wanted.clone().nullable();
                            self.must_fit(&ty, wanted, fit, branch.span);
                        }
                        _ => self.assign(branch, wanted, fit, Loops::No),
                    }
                }
            }
            (ExpressionKind::For(looped), Ty::Array(item)) => {
                let item = item.as_deref().cloned().unwrap_or(Ty::Any);
                self.looped(looped, value.span, loops, Some(&item));
            }
            _ => {
                let ty = self.infer(value, loops);
                self.must_fit(&ty, wanted, fit, value.span);
            }
        }
    }

    fn must_fit(&mut self, ty: &Ty, wanted: &Ty, fit: Fit<'_>, span: Span) {
        if ty.fits(wanted) {
            return;
        }
        if ty.may_be_null() && *ty != Ty::Null && ty.without_null().fits(wanted) {
            let message =
                format!("Expected a value of type \"{wanted}\" but the provided value is of type \"{ty}\".");
            return self.remarks.warning(span, "BCP321", message);
        }
        let (code, message) = match fit {
            Fit::Value => (
                "BCP033",
                format!("Expected a value of type \"{wanted}\" but the provided value is of type \"{ty}\"."),
            ),
            Fit::Property(name) => (
                "BCP036",
                format!(
                    "The property \"{name}\" expected a value of type \"{wanted}\" but the provided value is of type \"{ty}\"."
                ),
            ),
            Fit::Item => (
                "BCP034",
                format!(
                    "The enclosing array expected an item of type \"{wanted}\", but the provided item was of type \"{ty}\"."
                ),
            ),
            Fit::Argument => (
                "BCP070",
                format!("Argument of type \"{ty}\" is not assignable to parameter of type \"{wanted}\"."),
            ),
        };
        // Text that is only known later may be one of the literals; the deployment will tell.
        if *ty == Ty::Text && is_texts(wanted) || *ty == Ty::Int && is_ints(wanted) {
            return self.remarks.warning(span, code, message);
        }
        self.remarks.error(span, code, message);
    }

    pub(crate) fn object_against(&mut self, object: &Object, shape: &Shape, span: Span, loops: Loops) {
        self.no_duplicates(object);
        let mut spread = false;
        for item in &object.items {
            match item {
                ObjectItem::Property(key, value) => {
                    key.text.values.iter().for_each(|part| {
                        self.infer(part, Loops::No);
                    });
                    let Some(name) = key.constant() else {
                        spread = true;
                        self.infer(value, property(loops));
                        continue;
                    };
                    match (shape.property(name), &shape.others) {
                        (Some(known), _) => {
                            self.assign(value, &known.ty, Fit::Property(name), property(loops));
                        }
                        (None, Some(others)) => {
                            self.assign(value, others, Fit::Property(name), property(loops))
                        }
                        (None, None) => {
                            self.infer(value, property(loops));
                            self.disallowed_property(name, key.span, shape, object);
                        }
                    }
                }
                ObjectItem::Spread(value) => {
                    spread = true;
                    self.assign(value, &Ty::Object(None), Fit::Value, Loops::No);
                }
                ObjectItem::Resource(nested) => self.misplaced_resource(&nested.name),
            }
        }
        let missing: Vec<&str> = shape
            .properties
            .iter()
            .filter(|property| property.required && object.property(&property.name).is_none())
            .map(|property| property.name.as_str())
            .collect();
        if !missing.is_empty() && !spread {
            self.remarks
                .error(span, "BCP035", missing_properties("object", &missing));
        }
    }

    pub(crate) fn disallowed_property(&mut self, name: &str, span: Span, shape: &Shape, object: &Object) {
        let free: Vec<&str> = shape
            .properties
            .iter()
            .map(|property| property.name.as_str())
            .filter(|name| object.property(name).is_none())
            .collect();
        let ty = if shape.declared {
            shape.to_string()
        } else {
            "object".to_owned()
        };
        if let Some(suggestion) = closest(name, free.iter().copied()) {
            let message = format!(
                "The property \"{name}\" is not allowed on objects of type \"{ty}\". Did you mean \"{suggestion}\"?"
            );
            return self.remarks.error(span, "BCP089", message);
        }
        let rest = match &free[..] {
            [] => "No other properties are allowed.".to_owned(),
            free => format!("Permissible properties include \"{}\".", free.join("\", \"")),
        };
        let message = format!("The property \"{name}\" is not allowed on objects of type \"{ty}\". {rest}");
        self.remarks.error(span, "BCP037", message);
    }

    fn misplaced_resource(&mut self, name: &Name) {
        self.remarks.error(
            name.span,
            "BCP158",
            "Cannot access nested resources of type \"object\". A resource type is required.",
        );
    }

    pub(crate) fn duplicate_property(&mut self, name: &str, span: Span) {
        let message = format!(
            "The property \"{name}\" is declared multiple times in this object. Remove or rename the duplicate properties."
        );
        self.remarks.error(span, "BCP025", message);
    }

    pub(crate) fn no_duplicates(&mut self, object: &Object) {
        let mut seen: HashMap<&str, Vec<Span>> = HashMap::new();
        for (key, _) in object.properties() {
            if let Some(name) = key.constant() {
                seen.entry(name).or_default().push(key.span);
            }
        }
        for (name, spans) in seen.into_iter().filter(|(_, spans)| spans.len() > 1) {
            for span in spans {
                self.duplicate_property(name, span);
            }
        }
    }

    /// A condition must be a boolean.
    pub(crate) fn condition(&mut self, condition: &Expression) {
        let ty = self.infer(condition, Loops::No);
        if !ty.fits(&Ty::Bool) {
            self.remarks
                .error(condition.span, "BCP046", "Expected a value of type \"bool\".");
        }
    }

    /// Judges an expression and says what it gives.
    pub(crate) fn infer(&mut self, expression: &Expression, loops: Loops) -> Ty {
        match &expression.kind {
            ExpressionKind::Error => Ty::Any,
            ExpressionKind::Null => Ty::Null,
            ExpressionKind::Bool(value) => Ty::BoolLiteral(*value),
            ExpressionKind::Int(value) => Ty::IntLiteral(*value),
            ExpressionKind::Text(text) => {
                for value in &text.values {
                    self.infer(value, Loops::No);
                }
                text.constant()
                    .map_or(Ty::Text, |text| Ty::TextLiteral(text.to_owned()))
            }
            ExpressionKind::Name(name) => self.named(name, expression.span),
            ExpressionKind::Array(items) => self.array(items, loops),
            ExpressionKind::Object(object) => self.object(object, loops),
            ExpressionKind::Unary(operator, operand) => self.unary(*operator, operand, expression.span),
            ExpressionKind::Binary(operator, left, right) => {
                self.binary(*operator, left, right, expression.span)
            }
            ExpressionKind::Ternary(condition, yes, no) => {
                self.condition(condition);
                let yes = self.infer(yes, Loops::No);
                let no = self.infer(no, Loops::No);
                Ty::union([yes, no])
            }
            ExpressionKind::Group(inner) => self.infer(inner, loops),
            ExpressionKind::NotNull(inner) => self.infer(inner, Loops::No).without_null(),
            ExpressionKind::Property { base, name, safe } => self.property(base, name, *safe),
            ExpressionKind::Index { base, index, safe } => self.index(expression, base, index, *safe),
            ExpressionKind::Nested { base, name } => self.nested(expression, base, name),
            ExpressionKind::Call { name, arguments } => self.call(expression, name, arguments),
            ExpressionKind::Method {
                base,
                name,
                arguments,
            } => self.method(expression, base, name, arguments),
            ExpressionKind::Lambda { parameters, body } => {
                self.remarks.error(
                    expression.span,
                    "BCP242",
                    "Lambda functions may only be specified directly as function arguments.",
                );
                self.lambda(parameters, body);
                Ty::Lambda
            }
            ExpressionKind::For(looped) => self.looped(looped, expression.span, loops, None),
            ExpressionKind::If(condition, body) => {
                self.remarks
                    .error(expression.span, "BCP043", "This is not a valid expression.");
                self.condition(condition);
                self.infer(body, Loops::No);
                Ty::Any
            }
        }
    }

    pub(crate) fn lambda(&mut self, parameters: &[Name], body: &Expression) {
        let before = self.locals.len();
        self.locals
            .extend(parameters.iter().map(|name| (name.text.clone(), Ty::Any)));
        self.infer(body, Loops::No);
        self.locals.truncate(before);
    }

    pub(crate) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|(local, _)| local == name)
    }

    pub(crate) fn resolve<'e>(&self, expression: &'e Expression) -> Option<(usize, Option<&'e Expression>)> {
        self.model
            .resolve(expression, self.within, &|name| self.is_local(name))
    }

    /// The import behind a name that stands for all that another file exports.
    pub(crate) fn namespace(&self, name: &str) -> Option<usize> {
        match self.model.symbols.get(name) {
            Some(Symbol::Namespace(index)) if !self.is_local(name) => Some(*index),
            _ => None,
        }
    }

    fn named(&mut self, name: &str, span: Span) -> Ty {
        if let Some((_, ty)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return ty.clone();
        }
        if self.site == Site::Constant {
            self.remarks
                .error(span, "BCP032", "The value must be a compile-time constant.");
            return Ty::Any;
        }
        if let Some(index) = self.model.find_deployable(name, self.within) {
            return self.deployable_named(index, name, span);
        }
        let Some(symbol) = self.model.symbols.get(name).copied() else {
            self.unknown_name(name, span);
            return Ty::Any;
        };
        self.facts.used.insert(name.to_owned());
        match symbol {
            Symbol::Variable(_) if self.site == Site::ParameterDefault => {
                self.only_parameters(span);
                Ty::Any
            }
            Symbol::Parameter(_) | Symbol::Variable(_) if self.site == Site::Function => {
                self.unknown_name(name, span);
                Ty::Any
            }
            Symbol::Parameter(_) | Symbol::Variable(_) => {
                self.facts.types.get(name).cloned().unwrap_or(Ty::Any)
            }
            Symbol::Imported(index) => self.imported(index, name, span),
            Symbol::Namespace(index) => Ty::Namespace(index),
            Symbol::Type(_) => {
                let message = format!("'{name}' refers to a type but is being used as a value here.");
                self.remarks.error(span, "BCP288", message);
                Ty::Any
            }
            Symbol::Function(_) | Symbol::Deployable(_) => {
                let message =
                    format!("The name \"{name}\" is not a parameter, variable, resource or module.");
                self.remarks.error(span, "BCP063", message);
                Ty::Any
            }
        }
    }

    fn only_parameters(&mut self, span: Span) {
        self.remarks.error(span, "BCP072", "This symbol cannot be referenced here. Only other parameters can be referenced in parameter default values.");
    }

    fn imported(&mut self, index: usize, name: &str, span: Span) -> Ty {
        let model = self.model;
        let import = &model.imports[index];
        let Some((other, facts)) = import
            .unit
            .as_ref()
            .and_then(|unit| unit.model.as_ref().zip(unit.facts.as_ref()))
        else {
            return Ty::Any;
        };
        match other.symbols.get(&import.original) {
            Some(Symbol::Variable(_)) => facts.types.get(&import.original).cloned().unwrap_or(Ty::Any),
            Some(Symbol::Type(_)) => {
                let message = format!("'{name}' refers to a type but is being used as a value here.");
                self.remarks.error(span, "BCP288", message);
                Ty::Any
            }
            _ => {
                let message =
                    format!("The name \"{name}\" is not a parameter, variable, resource or module.");
                self.remarks.error(span, "BCP063", message);
                Ty::Any
            }
        }
    }

    fn deployable_named(&mut self, index: usize, name: &str, span: Span) -> Ty {
        self.facts.used_deployables.insert(index);
        match self.site {
            Site::ParameterDefault => {
                self.only_parameters(span);
                return Ty::Any;
            }
            Site::Function => {
                self.unknown_name(name, span);
                return Ty::Any;
            }
            _ => {}
        }
        if self.model.deployables[index].declaration.looped().is_some() {
            self.remarks.error(span, "BCP144", "Directly referencing a resource or module collection is not currently supported here. Apply an array indexer to the expression.");
            return Ty::Any;
        }
        Ty::Deployable(index)
    }

    pub(crate) fn unknown_name(&mut self, name: &str, span: Span) {
        let model = self.model;
        let candidates = model
            .symbols
            .iter()
            .filter(|(_, symbol)| !matches!(symbol, Symbol::Type(_) | Symbol::Function(_)))
            .map(|(name, _)| name.as_str());
        let suggestion = match self.site {
            // Looking for what was meant takes time, which a file full of faults does not get.
            Site::Function => None,
            _ if self.remarks.is_full() => None,
            _ => closest(
                name,
                candidates.chain(self.locals.iter().map(|(name, _)| name.as_str())),
            ),
        };
        self.does_not_exist(name, span, suggestion);
    }

    pub(crate) fn does_not_exist(&mut self, name: &str, span: Span, suggestion: Option<String>) {
        let what = format!("The name \"{name}\" does not exist in the current context.");
        match suggestion {
            Some(suggestion) => {
                self.remarks
                    .error(span, "BCP082", format!("{what} Did you mean \"{suggestion}\"?"));
            }
            None => self.remarks.error(span, "BCP057", what),
        }
    }

    fn array(&mut self, items: &[ArrayItem], loops: Loops) -> Ty {
        let mut types = Vec::new();
        let mut exact = items.len() <= 100;
        for item in items {
            match item {
                ArrayItem::Value(value) => {
                    let ty = self.infer(value, inside(loops));
                    types.push(ty);
                }
                ArrayItem::Spread(value) => {
                    exact = false;
                    self.assign(value, &Ty::Array(None), Fit::Value, Loops::No);
                }
            }
        }
        if exact {
            Ty::Tuple(Arc::new(types))
        } else {
            Ty::Array(None)
        }
    }

    fn object(&mut self, object: &Object, loops: Loops) -> Ty {
        self.no_duplicates(object);
        let mut shape = Shape {
            properties: Vec::new(),
            others: None,
            declared: false,
        };
        for item in &object.items {
            match item {
                ObjectItem::Property(key, value) => {
                    for part in &key.text.values {
                        self.infer(part, Loops::No);
                    }
                    let ty = self.infer(value, property(loops));
                    match key.constant() {
                        Some(name) => shape.properties.push(Property {
                            name: name.to_owned(),
                            ty,
                            required: true,
                        }),
                        None => {
                            if matches!(value.bare().kind, ExpressionKind::For(_)) {
                                self.remarks.error(value.span, "BCP143", "For-expressions cannot be used with properties whose names are also expressions.");
                            }
                            shape.others = Some(Ty::Any);
                        }
                    }
                }
                ObjectItem::Spread(value) => {
                    self.assign(value, &Ty::Object(None), Fit::Value, Loops::No);
                    shape.others = Some(Ty::Any);
                }
                ObjectItem::Resource(nested) => self.misplaced_resource(&nested.name),
            }
        }
        Ty::Object(Some(Arc::new(shape)))
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expression, span: Span) -> Ty {
        let ty = self.infer(operand, Loops::No);
        let wanted = match operator {
            UnaryOperator::Not => Ty::Bool,
            UnaryOperator::Minus => Ty::Int,
        };
        if !ty.fits(&wanted) {
            let message = format!(
                "Cannot apply operator \"{}\" to operand of type \"{ty}\".",
                operator.sign()
            );
            self.remarks.error(span, "BCP044", message);
        }
        wanted
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression, span: Span) -> Ty {
        use BinaryOperator as B;
        let a = self.infer(left, Loops::No);
        let b = self.infer(right, Loops::No);
        let both = |wanted: &Ty| a.fits(wanted) && b.fits(wanted);
        let (valid, ty) = match operator {
            B::Coalesce => return Ty::union([a.without_null(), b]),
            B::Equal | B::NotEqual => (true, Ty::Bool),
            B::Or | B::And => (both(&Ty::Bool), Ty::Bool),
            B::EqualIgnoringCase | B::NotEqualIgnoringCase => (both(&Ty::Text), Ty::Bool),
            B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual => {
                (both(&Ty::Int) || both(&Ty::Text), Ty::Bool)
            }
            B::Add | B::Subtract | B::Multiply | B::Divide | B::Modulo => (both(&Ty::Int), Ty::Int),
        };
        if !valid {
            let texts = operator == B::Add && (a.is_text() || b.is_text());
            let hint = if texts {
                " Use string interpolation instead."
            } else {
                ""
            };
            let message = format!(
                "Cannot apply operator \"{}\" to operands of type \"{a}\" and \"{b}\".{hint}",
                operator.sign()
            );
            self.remarks.error(span, "BCP045", message);
        }
        ty
    }

    fn property(&mut self, base: &Expression, name: &Name, safe: bool) -> Ty {
        if let Some((index, item)) = self.resolve(base) {
            return self.deployable_property(index, item, base, name);
        }
        if let ExpressionKind::Name(namespace) = &base.kind
            && let Some(index) = self.namespace(namespace)
        {
            self.facts.used.insert(namespace.clone());
            return self.namespace_member(index, name);
        }
        let ty = self.infer(base, Loops::No);
        if ty.may_be_null() && ty != Ty::Null && !safe {
            let message = format!(
                "The value of type \"{ty}\" may be null at the start of the deployment, which would cause this access expression (and the overall deployment with it) to fail."
            );
            self.remarks.warning(base.span.to(name.span), "BCP318", message);
        }
        let found = match ty.without_null() {
            Ty::Object(Some(shape)) => match (shape.property(&name.text), &shape.others) {
                (Some(property), _) => property.ty.clone(),
                (None, Some(others)) => others.clone(),
                (None, None) => {
                    self.unknown_property(&Ty::Object(Some(shape.clone())), &shape, name);
                    Ty::Any
                }
            },
            Ty::Outputs(index) => self.module_output(index, name),
            Ty::Any | Ty::Object(None) | Ty::Union(_) | Ty::Null | Ty::Deployable(_) | Ty::Namespace(_) => {
                Ty::Any
            }
            other => {
                let message =
                    format!("Cannot access properties of type \"{other}\". An \"object\" type is required.");
                self.remarks.error(name.span, "BCP055", message);
                Ty::Any
            }
        };
        if safe { found.nullable() } else { found }
    }

    pub(crate) fn unknown_property(&mut self, ty: &Ty, shape: &Shape, name: &Name) {
        let names: Vec<&str> = shape
            .properties
            .iter()
            .map(|property| property.name.as_str())
            .collect();
        self.no_such_property(&ty.to_string(), &names, name);
    }

    pub(crate) fn no_such_property(&mut self, ty: &str, known: &[&str], name: &Name) {
        let what = format!("The type \"{ty}\" does not contain property \"{}\".", name.text);
        if let Some(suggestion) = closest(&name.text, known.iter().copied()) {
            return self.remarks.error(
                name.span,
                "BCP083",
                format!("{what} Did you mean \"{suggestion}\"?"),
            );
        }
        let mut known = known.to_vec();
        known.sort_unstable();
        match &known[..] {
            [] => self.remarks.error(name.span, "BCP052", what),
            known => {
                let message = format!(
                    "{what} Available properties include \"{}\".",
                    known.join("\", \"")
                );
                self.remarks.error(name.span, "BCP053", message);
            }
        }
    }

    fn namespace_member(&mut self, index: usize, name: &Name) -> Ty {
        let model = self.model;
        let Some((other, facts)) = model.imports[index]
            .unit
            .as_ref()
            .and_then(|unit| unit.model.as_ref().zip(unit.facts.as_ref()))
        else {
            return Ty::Any;
        };
        if !other.exports(&name.text) || other.variable(&name.text).is_none() {
            let known: Vec<&str> = other
                .symbols
                .keys()
                .map(String::as_str)
                .filter(|known| other.exports(known) && other.variable(known).is_some())
                .collect();
            self.no_such_property(&model.imports[index].name.text, &known, name);
            return Ty::Any;
        }
        facts.types.get(&name.text).cloned().unwrap_or(Ty::Any)
    }

    fn index(&mut self, whole: &Expression, base: &Expression, index: &Expression, safe: bool) -> Ty {
        if let Some((found, item)) = self.resolve(whole) {
            self.facts.used_deployables.insert(found);
            if let Some(item) = item {
                self.assign(item, &Ty::Int, Fit::Value, Loops::No);
            }
            return Ty::Deployable(found);
        }
        let ty = self.infer(base, Loops::No);
        let key = self.infer(index, Loops::No);
        let found = match ty.without_null() {
            Ty::Any | Ty::Union(_) | Ty::Null => {
                if !key.fits(&Ty::union([Ty::Text, Ty::Int])) {
                    let message = format!(
                        "The array index must be of type \"string\" or \"int\" but the provided index was of type \"{key}\"."
                    );
                    self.remarks.error(index.span, "BCP049", message);
                }
                Ty::Any
            }
            list if list.is_array() => {
                if !key.fits(&Ty::Int) {
                    let message = format!(
                        "Indexing over arrays requires an index of type \"int\" but the provided index was of type \"{key}\"."
                    );
                    self.remarks.error(index.span, "BCP074", message);
                }
                self.item_type(&list, &key, index.span)
            }
            Ty::Object(shape) => {
                if !key.fits(&Ty::Text) {
                    let message = format!(
                        "Indexing over objects requires an index of type \"string\" but the provided index was of type \"{key}\"."
                    );
                    self.remarks.error(index.span, "BCP075", message);
                }
                match (shape, &key) {
                    (Some(shape), Ty::TextLiteral(name)) => shape
                        .property(name)
                        .map_or(Ty::Any, |property| property.ty.clone()),
                    _ => Ty::Any,
                }
            }
            Ty::Deployable(_) | Ty::Outputs(_) | Ty::Namespace(_) => Ty::Any,
            other => {
                let message = format!(
                    "Cannot index over expression of type \"{other}\". Arrays or objects are required."
                );
                self.remarks.error(base.span, "BCP076", message);
                Ty::Any
            }
        };
        if safe { found.nullable() } else { found }
    }

    fn item_type(&mut self, list: &Ty, key: &Ty, span: Span) -> Ty {
        match (list, key) {
            (Ty::Tuple(items), Ty::IntLiteral(at)) => {
                match usize::try_from(*at).ok().and_then(|at| items.get(at)) {
                    Some(item) => item.clone(),
                    None => {
                        self.index_out_of_bounds(list, items.len(), *at, span);
                        Ty::Any
                    }
                }
            }
            (Ty::Tuple(items), _) if items.len() <= 20 && !items.is_empty() => {
                Ty::union(items.iter().cloned())
            }
            (Ty::Array(Some(item)), _) => (**item).clone(),
            _ => Ty::Any,
        }
    }

    pub(crate) fn index_out_of_bounds(&mut self, list: &Ty, length: usize, at: i64, span: Span) {
        let range = match length {
            0 => String::new(),
            length => format!(" Indexes for this type must be between 0 and {}.", length - 1),
        };
        let message =
            format!("The provided index value of \"{at}\" is not valid for type \"{list}\".{range}");
        self.remarks.error(span, "BCP311", message);
    }

    fn nested(&mut self, whole: &Expression, base: &Expression, name: &Name) -> Ty {
        if let Some((found, _)) = self.resolve(whole) {
            self.facts.used_deployables.insert(found);
            if let Some((parent, _)) = self.resolve(base) {
                self.facts.used_deployables.insert(parent);
            }
            if self.model.deployables[found].declaration.looped().is_some() {
                self.remarks.error(whole.span, "BCP144", "Directly referencing a resource or module collection is not currently supported here. Apply an array indexer to the expression.");
                return Ty::Any;
            }
            return Ty::Deployable(found);
        }
        match self.resolve(base) {
            Some((parent, _)) => {
                let deployable = &self.model.deployables[parent];
                let mut known: Vec<&str> = deployable
                    .children
                    .iter()
                    .map(|child| self.model.deployables[*child].declaration.name.text.as_str())
                    .collect();
                known.sort_unstable();
                let rest = match &known[..] {
                    [] => String::new(),
                    known => format!(" Known nested resources are: \"{}\".", known.join("\", \"")),
                };
                let message = format!(
                    "The resource \"{}\" does not contain a nested resource named \"{}\".{rest}",
                    deployable.declaration.name.text, name.text
                );
                self.remarks.error(name.span, "BCP159", message);
            }
            None => {
                let ty = self.infer(base, Loops::No);
                let message =
                    format!("Cannot access nested resources of type \"{ty}\". A resource type is required.");
                self.remarks.error(base.span, "BCP158", message);
            }
        }
        Ty::Any
    }

    pub(crate) fn looped(&mut self, looped: &For, span: Span, loops: Loops, item: Option<&Ty>) -> Ty {
        let around = match loops {
            Loops::Here {
                around,
                property: true,
            } if around > 0 => {
                self.remarks
                    .error(span, "BCP142", "Property value for-expressions cannot be nested.");
                around
            }
            Loops::Here { around, property } => around + u8::from(property),
            Loops::No | Loops::Inside(_) => {
                self.remarks.error(span, "BCP138", "For-expressions are not supported in this context. For-expressions may be used as values of resource, module, variable, and output declarations, or values of resource and module properties.");
                1
            }
        };
        let before = self.locals.len();
        self.loop_variables(looped);
        let body = match item {
            Some(item) => {
                self.assign(&looped.body, item, Fit::Value, Loops::Inside(around));
                item.clone()
            }
            None => self.infer(&looped.body, Loops::Inside(around)),
        };
        self.locals.truncate(before);
        Ty::array_of(body)
    }

    /// Judges what is looped over, and brings the loop's variables into sight.
    pub(crate) fn loop_variables(&mut self, looped: &For) {
        let ty = self.infer(&looped.source, Loops::No);
        if !ty.fits(&Ty::Array(None)) {
            let message = format!(
                "Loop expected an expression of type \"array\" but the provided value is of type \"{ty}\"."
            );
            self.remarks.error(looped.source.span, "BCP137", message);
        }
        let item = match &ty {
            Ty::Array(Some(item)) => (**item).clone(),
            Ty::Tuple(items) if !items.is_empty() && items.len() <= 20 => {
                Ty::union(items.iter().map(widened))
            }
            _ => Ty::Any,
        };
        self.locals.push((looped.item.text.clone(), item));
        if let Some(index) = &looped.index {
            self.locals.push((index.text.clone(), Ty::Int));
        }
    }
}

// Which of the objects an item is cannot be said; what is known of all of them is that they are objects.
fn widened(ty: &Ty) -> Ty {
    match ty {
        Ty::Object(_) => Ty::Any,
        ty => ty.clone(),
    }
}

fn inside(loops: Loops) -> Loops {
    match loops {
        Loops::No => Loops::No,
        Loops::Inside(around) | Loops::Here { around, .. } => Loops::Inside(around),
    }
}

pub(crate) fn property(loops: Loops) -> Loops {
    match loops {
        Loops::No => Loops::No,
        Loops::Inside(around) | Loops::Here { around, .. } => Loops::Here {
            around,
            property: true,
        },
    }
}

fn is_texts(ty: &Ty) -> bool {
    match ty {
        Ty::TextLiteral(_) => true,
        Ty::Union(members) => members.iter().any(is_texts),
        _ => false,
    }
}

fn is_ints(ty: &Ty) -> bool {
    match ty {
        Ty::IntLiteral(_) => true,
        Ty::Union(members) => members.iter().any(is_ints),
        _ => false,
    }
}

/// The name that was probably meant.
pub(crate) fn closest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    let most = match name.len() {
        0..=2 => return None,
        3..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    candidates
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most)
        .map(|candidate| {
            (
                distance(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= most && *candidate != name)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = corner + usize::from(left != *right);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probably_meant() {
        let known = ["location", "workspaceName", "id"];
        assert_eq!(closest("lcation", known.into_iter()).as_deref(), Some("location"));
        assert_eq!(
            closest("workspacename", known.into_iter()).as_deref(),
            Some("workspaceName")
        );
        assert_eq!(closest("ie", known.into_iter()), None);
        assert_eq!(closest("endpoint", known.into_iter()), None);
    }
}
