//! Expressions of Bicep to expressions of JSON templates.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::arm::{Arm, Entry, call, text};
use crate::bodies::{Destination, container_scope, destination};
use crate::check::Facts;
use crate::model::{Model, Scope, Symbol};
use crate::references::How;
use crate::syntax::{
    ArrayItem, BinaryOperator, Expression, ExpressionKind, For, Name, Object, ObjectItem, Text, UnaryOperator,
};
use crate::workspace::Unit;

/// The version of the deployments API that modules become.
pub(crate) const DEPLOYMENTS_VERSION: &str = "2025-04-01";
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

// Variables that stand where they are used make a template larger than its text, without end if nothing stops them.
const NODES_MAX: usize = 400_000;
const DEPTH_MAX: u32 = 160;

/// What all parts of one template share while it is written.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) spent: Cell<usize>,
    pub(crate) too_deep: Cell<bool>,
    pub(crate) names: RefCell<ImportedNames>,
}

impl Shared {
    pub(crate) fn too_large(&self) -> bool {
        self.spent.get() > NODES_MAX
    }
}

/// What imported things are called in this template.
#[derive(Default)]
pub(crate) struct ImportedNames {
    by_origin: HashMap<(String, String), String>,
    files: Vec<String>,
    /// What was asked for and is not written yet.
    pub(crate) wanted: VecDeque<(Arc<Unit>, String, String)>,
}

impl ImportedNames {
    pub(crate) fn of(&mut self, unit: &Arc<Unit>, name: &str, preferred: Option<&str>) -> String {
        let key = (unit.path.clone(), name.to_owned());
        if let Some(known) = self.by_origin.get(&key) {
            return known.clone();
        }
        let emitted = match preferred {
            Some(preferred) => preferred.to_owned(),
            None => {
                let file = self
                    .files
                    .iter()
                    .position(|path| *path == unit.path)
                    .unwrap_or_else(|| {
                        self.files.push(unit.path.clone());
                        self.files.len() - 1
                    });
                format!("_{}.{name}", file + 1)
            }
        };
        self.by_origin.insert(key, emitted.clone());
        self.wanted
            .push_back((unit.clone(), name.to_owned(), emitted.clone()));
        emitted
    }
}

pub(crate) struct Lower<'a> {
    pub(crate) model: &'a Model,
    pub(crate) facts: &'a Facts,
    pub(crate) shared: &'a Shared,
    /// The file itself, when it is not the one whose template is written.
    pub(crate) foreign: Option<Arc<Unit>>,
    /// Whether resources have names in the template.
    pub(crate) symbolic: bool,
    pub(crate) locals: Vec<(String, Arm)>,
    pub(crate) within: Option<usize>,
    pub(crate) depth: u32,
}

impl<'a> Lower<'a> {
    pub(crate) fn expression(&mut self, expression: &Expression) -> Arm {
        self.shared.spent.set(self.shared.spent.get() + 1);
        if self.depth >= DEPTH_MAX {
            self.shared.too_deep.set(true);
        }
        if self.shared.too_large() || self.shared.too_deep.get() {
            return Arm::Null;
        }
        self.depth += 1;
        let arm = self.kind(expression);
        self.depth -= 1;
        arm
    }

    fn kind(&mut self, expression: &Expression) -> Arm {
        match &expression.kind {
            ExpressionKind::Error | ExpressionKind::Null => Arm::Null,
            ExpressionKind::Bool(value) => Arm::Bool(*value),
            ExpressionKind::Int(value) => Arm::Int(*value),
            ExpressionKind::Text(text) => self.text(text),
            ExpressionKind::Name(name) => self.name(expression, name),
            ExpressionKind::Array(items) => self.array(items),
            ExpressionKind::Object(object) => self.object(object),
            ExpressionKind::Unary(operator, operand) => {
                let operand = self.expression(operand);
                match operator {
                    UnaryOperator::Not => call("not", [operand]),
                    UnaryOperator::Minus => call("sub", [Arm::Int(0), operand]),
                }
            }
            ExpressionKind::Binary(operator, left, right) => {
                let left = self.expression(left);
                let right = self.expression(right);
                binary(*operator, left, right)
            }
            ExpressionKind::Ternary(condition, yes, no) => {
                let parts = [condition, yes, no].map(|part| self.expression(part));
                call("if", parts)
            }
            ExpressionKind::Group(inner) | ExpressionKind::NotNull(inner) => self.expression(inner),
            ExpressionKind::Property { base, name, safe } => self.property(base, name, *safe),
            ExpressionKind::Index { base, index, safe } => self.index(expression, base, index, *safe),
            ExpressionKind::Nested { .. } => match self.resolve(expression) {
                Some((index, item)) => self.whole(index, item),
                None => Arm::Null,
            },
            ExpressionKind::Call { name, arguments } => self.call(expression, name, arguments),
            ExpressionKind::Method {
                base,
                name,
                arguments,
            } => self.method(expression, base, name, arguments),
            ExpressionKind::Lambda { parameters, body } => self.lambda(parameters, body),
            // Loops are written by what they stand in.
            ExpressionKind::For(_) | ExpressionKind::If(..) => Arm::Null,
        }
    }

    fn text(&mut self, value: &Text) -> Arm {
        if let Some(constant) = value.constant() {
            return text(constant);
        }
        let mut format = String::new();
        for (index, piece) in value.pieces.iter().enumerate() {
            if index > 0 {
                format.push_str(&format!("{{{}}}", index - 1));
            }
            format.push_str(&piece.replace('{', "{{").replace('}', "}}"));
        }
        let values: Vec<Arm> = value.values.iter().map(|part| self.expression(part)).collect();
        call("format", std::iter::once(text(format)).chain(values))
    }

    fn local(&mut self, name: &str) -> Option<Arm> {
        let (_, arm) = self.locals.iter().rev().find(|(local, _)| local == name)?;
        self.shared.spent.set(self.shared.spent.get() + arm.size());
        Some(arm.clone())
    }

    pub(crate) fn resolve<'e>(&self, expression: &'e Expression) -> Option<(usize, Option<&'e Expression>)> {
        let is_local = |name: &str| self.locals.iter().any(|(local, _)| local == name);
        self.model.resolve(expression, self.within, &is_local)
    }

    fn name(&mut self, whole: &Expression, name: &str) -> Arm {
        if let Some(local) = self.local(name) {
            return local;
        }
        if let Some((index, item)) = self.resolve(whole) {
            return self.whole(index, item);
        }
        match self.model.symbols.get(name).copied() {
            Some(Symbol::Parameter(_)) => call("parameters", [text(name)]),
            Some(Symbol::Variable(_)) => self.variable(name),
            Some(Symbol::Imported(index)) => {
                let import = &self.model.imports[index];
                match &import.unit {
                    Some(unit) => {
                        let preferred = self.foreign.is_none().then_some(name);
                        let name = self
                            .shared
                            .names
                            .borrow_mut()
                            .of(unit, &import.original, preferred);
                        call("variables", [text(name)])
                    }
                    None => Arm::Null,
                }
            }
            _ => Arm::Null,
        }
    }

    fn variable(&mut self, name: &str) -> Arm {
        if self.facts.runtime.contains(name) {
            let model = self.model;
            let Some((_, _, value)) = model.variable(name) else {
                return Arm::Null;
            };
            return self.outside(None, Vec::new(), |lower| lower.expression(value));
        }
        call("variables", [text(self.emitted_name(name))])
    }

    /// What a thing of this file is called in the template.
    pub(crate) fn emitted_name(&self, name: &str) -> String {
        match &self.foreign {
            Some(unit) => self.shared.names.borrow_mut().of(unit, name, None),
            None => name.to_owned(),
        }
    }

    /// Runs `inner` with other names in sight.
    pub(crate) fn outside<T>(
        &mut self,
        within: Option<usize>,
        locals: Vec<(String, Arm)>,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let locals = std::mem::replace(&mut self.locals, locals);
        let within = std::mem::replace(&mut self.within, within);
        let result = inner(self);
        self.locals = locals;
        self.within = within;
        result
    }

    fn array(&mut self, items: &[ArrayItem]) -> Arm {
        let spread = items.iter().any(|item| matches!(item, ArrayItem::Spread(_)));
        if !spread {
            return Arm::Array(
                items
                    .iter()
                    .map(|item| self.expression(item.expression()))
                    .collect(),
            );
        }
        let mut lists: Vec<Arm> = Vec::new();
        let mut run: Vec<Arm> = Vec::new();
        for item in items {
            match item {
                ArrayItem::Value(value) => run.push(self.expression(value)),
                ArrayItem::Spread(list) => {
                    if !run.is_empty() {
                        lists.push(Arm::Array(std::mem::take(&mut run)));
                    }
                    lists.push(self.expression(list));
                }
            }
        }
        if !run.is_empty() {
            lists.push(Arm::Array(run));
        }
        call("flatten", [Arm::Array(lists)])
    }

    pub(crate) fn object(&mut self, object: &Object) -> Arm {
        let mut objects: Vec<Arm> = Vec::new();
        let mut run: Vec<Entry> = Vec::new();
        for item in &object.items {
            match item {
                ObjectItem::Property(key, value) => {
                    let key = self.text(&key.text);
                    run.push(self.entry(key, value));
                }
                ObjectItem::Spread(value) => {
                    if !run.is_empty() {
                        objects.push(Arm::Object(std::mem::take(&mut run)));
                    }
                    objects.push(self.expression(value));
                }
                ObjectItem::Resource(_) => {}
            }
        }
        if objects.is_empty() {
            return Arm::Object(run);
        }
        if !run.is_empty() {
            objects.push(Arm::Object(run));
        }
        call("shallowMerge", [Arm::Array(objects)])
    }

    fn entry(&mut self, key: Arm, value: &Expression) -> Entry {
        match (&value.bare().kind, &key) {
            (ExpressionKind::For(looped), Arm::Text(name)) => {
                let (count, input) = self.looped(looped, Some(name));
                Entry::Copy {
                    name: name.clone(),
                    count,
                    input,
                }
            }
            _ => Entry::Property(key, self.expression(value)),
        }
    }

    /// How often a loop runs, and what it gives each time. Unnamed loops are those of resources and outputs.
    pub(crate) fn looped(&mut self, looped: &For, name: Option<&str>) -> (Arm, Arm) {
        let source = self.expression(&looped.source);
        let before = self.locals.len();
        let index = call("copyIndex", name.map(text));
        self.locals
            .push((looped.item.text.clone(), source.clone().at(index.clone())));
        if let Some(variable) = &looped.index {
            self.locals.push((variable.text.clone(), index));
        }
        let input = self.expression(&looped.body);
        self.locals.truncate(before);
        (call("length", [source]), input)
    }

    fn lambda(&mut self, parameters: &[Name], body: &Expression) -> Arm {
        let before = self.locals.len();
        for name in parameters {
            self.locals.push((
                name.text.clone(),
                call("lambdaVariables", [text(name.text.as_str())]),
            ));
        }
        let body = self.expression(body);
        self.locals.truncate(before);
        call(
            "lambda",
            parameters
                .iter()
                .map(|name| text(name.text.as_str()))
                .chain([body]),
        )
    }

    fn property(&mut self, base: &Expression, name: &Name, safe: bool) -> Arm {
        if let Some((index, item)) = self.resolve(base) {
            let item = item.map(|item| self.expression(item));
            return match safe {
                true => self.safe_property(index, item, &name.text),
                false => self.deployable_property(index, item, &name.text),
            };
        }
        if let Some(outputs) = self.module_outputs(base) {
            return output_of(outputs, text(name.text.as_str()), safe);
        }
        if let ExpressionKind::Name(namespace) = &base.kind
            && let Some(Symbol::Namespace(index)) = self.model.symbols.get(namespace)
            && !self.locals.iter().any(|(local, _)| local == namespace)
        {
            let Some(unit) = &self.model.imports[*index].unit else {
                return Arm::Null;
            };
            let name = self.shared.names.borrow_mut().of(unit, &name.text, None);
            return call("variables", [text(name)]);
        }
        let of = self.expression(base);
        access(base, of, text(name.text.as_str()), safe)
    }

    fn index(&mut self, whole: &Expression, base: &Expression, index: &Expression, safe: bool) -> Arm {
        if let Some((found, item)) = self.resolve(whole) {
            return self.whole(found, item);
        }
        let key = self.expression(index);
        if let Some((found, item)) = self.resolve(base)
            && let Some(name) = index.constant()
        {
            let item = item.map(|item| self.expression(item));
            return self.deployable_property(found, item, name);
        }
        if let Some(outputs) = self.module_outputs(base) {
            return output_of(outputs, key, safe);
        }
        let of = self.expression(base);
        access(base, of, key, safe)
    }

    /// `resource.?name`, which is null where the resource is not deployed.
    fn safe_property(&mut self, index: usize, item: Option<Arm>, name: &str) -> Arm {
        let model = self.model;
        let deployable = &model.deployables[index];
        let constant = How::Property(name).is_constant(deployable.is_module());
        let Some(condition) = deployable.declaration.condition().filter(|_| !constant) else {
            return self.deployable_property(index, item, name);
        };
        let condition = self.inside(index, item.clone(), |lower| lower.expression(condition));
        let whole = self.reference(index, item, !deployable.is_module());
        call("tryGet", [call("if", [condition, whole, Arm::Null]), text(name)])
    }

    /// `module.outputs`, which has its values one level down.
    fn module_outputs(&mut self, base: &Expression) -> Option<Arm> {
        let ExpressionKind::Property { base, name, safe } = &base.bare().kind else {
            return None;
        };
        let (index, item) = self.resolve(base)?;
        if !self.model.deployables[index].is_module() || name.text != "outputs" {
            return None;
        }
        let item = item.map(|item| self.expression(item));
        Some(match safe {
            true => self.safe_property(index, item, "outputs"),
            false => self.deployable_property(index, item, "outputs"),
        })
    }

    fn whole(&mut self, index: usize, item: Option<&Expression>) -> Arm {
        let item = item.map(|item| self.expression(item));
        self.reference(index, item, true)
    }

    fn deployable_property(&mut self, index: usize, item: Option<Arm>, name: &str) -> Arm {
        let deployable = &self.model.deployables[index];
        match (name, deployable.resource_type()) {
            ("name", _) => self.own_name(index, item),
            ("id", Some(_)) => self.id(index, item),
            ("type", Some(ty)) => text(ty.name.as_str()),
            ("apiVersion", Some(ty)) => text(ty.version.as_str()),
            ("properties", Some(_)) => self.reference(index, item, false),
            ("outputs", None) => self.reference(index, item, false).get("outputs"),
            (name, _) => self.reference(index, item, true).get(name),
        }
    }

    fn reference(&mut self, index: usize, item: Option<Arm>, full: bool) -> Arm {
        let deployable = &self.model.deployables[index];
        let version = deployable
            .resource_type()
            .map_or(DEPLOYMENTS_VERSION, |ty| ty.version.as_str());
        let mut arguments = match self.symbolic {
            true => vec![self.symbol(index, item)],
            false => vec![self.id(index, item), text(version)],
        };
        if full {
            if self.symbolic {
                arguments.push(text(version));
            }
            arguments.push(text("full"));
        }
        call("reference", arguments)
    }

    /// The name of a resource in the template, with its place in the loop.
    pub(crate) fn symbol(&mut self, index: usize, item: Option<Arm>) -> Arm {
        let symbol = self.model.deployables[index].symbol.as_str();
        match item {
            Some(item) => call("format", [text(format!("{symbol}[{{0}}]")), item]),
            None => text(symbol),
        }
    }

    /// What the loop variables of a resource mean for one item of its loop; without one, for the item being written.
    fn loop_locals(&mut self, index: usize, item: Option<Arm>) -> Vec<(String, Arm)> {
        let model = self.model;
        let deployable = &model.deployables[index];
        let Some(looped) = deployable.declaration.looped() else {
            return Vec::new();
        };
        let at = item.unwrap_or_else(|| call("copyIndex", []));
        let source = self.outside(deployable.container, Vec::new(), |lower| {
            lower.expression(&looped.source)
        });
        let mut locals = vec![(looped.item.text.clone(), source.at(at.clone()))];
        if let Some(variable) = &looped.index {
            locals.push((variable.text.clone(), at));
        }
        locals
    }

    /// Runs `inner` as if it stood in the body of a resource.
    pub(crate) fn inside<T>(
        &mut self,
        index: usize,
        item: Option<Arm>,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let locals = self.loop_locals(index, item);
        self.outside(Some(index), locals, inner)
    }

    /// The name as the file has it.
    pub(crate) fn own_name(&mut self, index: usize, item: Option<Arm>) -> Arm {
        let model = self.model;
        let deployable = &model.deployables[index];
        match deployable.declaration.property("name") {
            Some(name) => self.inside(index, item, |lower| lower.expression(name)),
            None => self.generated_name(index, item),
        }
    }

    // A module without a name gets one that stays the same within a deployment.
    fn generated_name(&mut self, index: usize, item: Option<Arm>) -> Arm {
        let deployable = &self.model.deployables[index];
        let symbol = deployable.declaration.name.text.as_str();
        let unique = call("uniqueString", [text(symbol), call("deployment", []).get("name")]);
        match deployable.declaration.looped() {
            Some(_) => {
                let at = item.unwrap_or_else(|| call("copyIndex", []));
                call("format", [text(format!("{symbol}-{{0}}-{{1}}")), at, unique])
            }
            None => call("format", [text(format!("{symbol}-{{0}}")), unique]),
        }
    }

    /// The names that identify a resource, its parents' first.
    pub(crate) fn name_parts(&mut self, index: usize, item: Option<Arm>) -> Vec<Arm> {
        if self.depth >= DEPTH_MAX {
            self.shared.too_deep.set(true);
            return Vec::new();
        }
        self.depth += 1;
        let model = self.model;
        let own = self.own_name(index, item.clone());
        let parts = match model.parent(index) {
            Some((parent, at)) => {
                let at = at.map(|at| self.inside(index, item, |lower| lower.expression(at)));
                let mut parts = self.name_parts(parent, at);
                parts.push(own);
                parts
            }
            None => match model.deployables[index].resource_type().map(|ty| ty.segments()) {
                Some(count) if count > 1 => (0..count)
                    .map(|part| call("split", [own.clone(), text("/")]).at(Arm::Int(part as i64)))
                    .collect(),
                _ => vec![own],
            },
        };
        self.depth -= 1;
        parts
    }

    /// The name as the template has it: with the names of all parents.
    pub(crate) fn full_name(&mut self, index: usize) -> Arm {
        if self.model.parent(index).is_none() {
            return self.own_name(index, None);
        }
        let parts = self.name_parts(index, None);
        let format: Vec<String> = (0..parts.len()).map(|part| format!("{{{part}}}")).collect();
        call("format", std::iter::once(text(format.join("/"))).chain(parts))
    }

    /// The resource id.
    pub(crate) fn id(&mut self, index: usize, item: Option<Arm>) -> Arm {
        let model = self.model;
        let ty = model.deployables[index]
            .resource_type()
            .map_or(DEPLOYMENTS, |ty| ty.name.as_str());
        let parts = self.name_parts(index, item.clone());
        let named = || std::iter::once(text(ty)).chain(parts);
        let Ok(destination) = destination(model, index) else {
            return Arm::Null;
        };
        let mut at =
            |expression: &Expression| self.inside(index, item.clone(), |it| it.expression(expression));
        let on = match destination {
            Destination::Own | Destination::ResourceGroup(None, None) => match model.scope {
                Scope::ResourceGroup => return call("resourceId", named()),
                Scope::Subscription => return call("subscriptionResourceId", named()),
                Scope::Tenant => return call("tenantResourceId", named()),
                Scope::ManagementGroup => call("managementGroup", []).get("id"),
            },
            Destination::Tenant => return call("tenantResourceId", named()),
            Destination::Subscription(None) => return call("subscriptionResourceId", named()),
            Destination::Subscription(Some(id)) => {
                let id = at(id);
                return call("subscriptionResourceId", std::iter::once(id).chain(named()));
            }
            Destination::ManagementGroup(None) => call("managementGroup", []).get("id"),
            Destination::ManagementGroup(Some(name)) => call(
                "tenantResourceId",
                [text("Microsoft.Management/managementGroups"), at(name)],
            ),
            Destination::ResourceGroup(subscription, name) => {
                let subscription = subscription.map(&mut at);
                let name = name.map_or(Arm::Null, &mut at);
                resource_group_id(subscription, name)
            }
            Destination::Resource(target, at_item) => {
                let at_item = at_item.map(&mut at);
                match container_scope(model, target) {
                    Some(Scope::ResourceGroup) => resource_group_id(None, self.own_name(target, at_item)),
                    _ => self.id(target, at_item),
                }
            }
        };
        call("extensionResourceId", std::iter::once(on).chain(named()))
    }

    fn call(&mut self, whole: &Expression, name: &Name, arguments: &[Expression]) -> Arm {
        match self.model.symbols.get(&name.text).copied() {
            Some(Symbol::Function(_)) => {
                let emitted = self.emitted_name(&name.text);
                return self.user_call(&emitted, arguments);
            }
            Some(Symbol::Imported(index)) => {
                let import = &self.model.imports[index];
                let Some(unit) = &import.unit else {
                    return Arm::Null;
                };
                let preferred = self.foreign.is_none().then_some(name.text.as_str());
                let emitted = self
                    .shared
                    .names
                    .borrow_mut()
                    .of(unit, &import.original, preferred);
                return self.user_call(&emitted, arguments);
            }
            _ => {}
        }
        self.builtin(whole, &name.text, arguments)
    }

    fn user_call(&mut self, emitted: &str, arguments: &[Expression]) -> Arm {
        let name = match emitted.contains('.') {
            true => emitted.to_owned(),
            false => format!("__bicep.{emitted}"),
        };
        let arguments: Vec<Arm> = arguments
            .iter()
            .map(|argument| self.expression(argument))
            .collect();
        call(&name, arguments)
    }

    fn builtin(&mut self, whole: &Expression, name: &str, arguments: &[Expression]) -> Arm {
        match (name, arguments) {
            ("any", [value]) => return self.expression(value),
            ("nameof", [value]) => return text(last_name(value)),
            ("loadTextContent" | "loadFileAsBase64" | "loadJsonContent" | "loadYamlContent", _) => {
                return self
                    .facts
                    .loaded
                    .get(&whole.span.start)
                    .cloned()
                    .unwrap_or(Arm::Null);
            }
            _ => {}
        }
        let arguments: Vec<Arm> = arguments
            .iter()
            .map(|argument| self.expression(argument))
            .collect();
        call(name, arguments)
    }

    fn method(
        &mut self,
        whole: &Expression,
        base: &Expression,
        name: &Name,
        arguments: &[Expression],
    ) -> Arm {
        if let Some((index, item)) = self.resolve(base) {
            let item = item.map(|item| self.expression(item));
            let version = self.model.deployables[index]
                .resource_type()
                .map_or(String::new(), |ty| ty.version.clone());
            let mut all = vec![self.id(index, item)];
            all.extend(
                arguments
                    .iter()
                    .map(|argument| self.expression(argument))
                    .collect::<Vec<_>>(),
            );
            if arguments.is_empty() {
                all.push(text(version));
            }
            return call(&name.text, all);
        }
        if let ExpressionKind::Name(namespace) = &base.kind {
            if let Some(Symbol::Namespace(index)) = self.model.symbols.get(namespace) {
                let Some(unit) = self.model.imports[*index].unit.clone() else {
                    return Arm::Null;
                };
                let emitted = self.shared.names.borrow_mut().of(&unit, &name.text, None);
                return self.user_call(&emitted, arguments);
            }
            return self.builtin(whole, &name.text, arguments);
        }
        Arm::Null
    }
}

fn resource_group_id(subscription: Option<Arm>, name: Arm) -> Arm {
    let subscription = subscription.unwrap_or_else(|| call("subscription", []).get("subscriptionId"));
    call(
        "format",
        [text("/subscriptions/{0}/resourceGroups/{1}"), subscription, name],
    )
}

fn output_of(outputs: Arm, name: Arm, safe: bool) -> Arm {
    match outputs {
        Arm::Call(function, mut arguments) if function == "tryGet" => {
            arguments.extend([name, text("value")]);
            Arm::Call(function, arguments)
        }
        outputs if safe => call("tryGet", [outputs, name, text("value")]),
        outputs => outputs.at(name).get("value"),
    }
}

// Behind `.?`, a chain goes on only where there is something: `a.?b.c` is null when `a` has no `b`.
fn access(base: &Expression, of: Arm, key: Arm, safe: bool) -> Arm {
    match of {
        Arm::Call(name, mut arguments) if !safe && is_safe_chain(base) && name == "tryGet" => {
            arguments.push(key);
            Arm::Call(name, arguments)
        }
        of if safe => call("tryGet", [of, key]),
        of => of.at(key),
    }
}

fn is_safe_chain(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Property { base, safe, .. } | ExpressionKind::Index { base, safe, .. } => {
            *safe || is_safe_chain(base)
        }
        _ => false,
    }
}

fn last_name(expression: &Expression) -> &str {
    match &expression.bare().kind {
        ExpressionKind::Name(name) => name,
        ExpressionKind::Property { name, .. } | ExpressionKind::Nested { name, .. } => &name.text,
        ExpressionKind::Index { base, .. } => last_name(base),
        _ => "",
    }
}

fn binary(operator: BinaryOperator, left: Arm, right: Arm) -> Arm {
    use BinaryOperator as B;
    let lower = |arm: Arm| call("toLower", [arm]);
    let name = match operator {
        B::NotEqual => return call("not", [call("equals", [left, right])]),
        B::EqualIgnoringCase => return call("equals", [lower(left), lower(right)]),
        B::NotEqualIgnoringCase => return call("not", [call("equals", [lower(left), lower(right)])]),
        B::Coalesce => "coalesce",
        B::Or => "or",
        B::And => "and",
        B::Equal => "equals",
        B::Less => "less",
        B::LessOrEqual => "lessOrEquals",
        B::Greater => "greater",
        B::GreaterOrEqual => "greaterOrEquals",
        B::Add => "add",
        B::Subtract => "sub",
        B::Multiply => "mul",
        B::Divide => "div",
        B::Modulo => "mod",
    };
    call(name, [left, right])
}
