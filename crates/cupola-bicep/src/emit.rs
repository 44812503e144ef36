//! Writes the template of a file that has no errors.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use crate::arm::{Arm, call, copy, text};
use crate::bodies::{Destination, container_scope, destination, secret};
use crate::check::Facts;
use crate::diagnostic::{Remarks, limit};
use crate::lower::{DEPLOYMENTS_VERSION, Lower, Shared};
use crate::model::{Deployable, Model, Scope, Symbol, decorator, has_decorator, is_exported};
use crate::references::{self, Uses};
use crate::schemas::{map, needs_schemas};
use crate::syntax::{Declaration, Decorator, Expression, ExpressionKind, ObjectItem, Span, StatementKind};
use crate::workspace::Unit;

// Modules stand whole inside the templates that use them, so templates multiply.
const TEMPLATE_BYTES_MAX: usize = 8 << 20;

pub(crate) fn template(model: &Model, facts: &Facts, remarks: &mut Remarks) -> Option<(Value, usize)> {
    let inner: usize = model
        .deployables
        .iter()
        .filter_map(|deployable| deployable.module())
        .map(|unit| unit.size)
        .fold(0, usize::saturating_add);
    if inner > TEMPLATE_BYTES_MAX {
        too_large(remarks);
        return None;
    }
    let shared = Shared::default();
    let mut emitter = Emitter {
        model,
        facts,
        shared: &shared,
        symbolic: is_symbolic(model),
    };
    let template = emitter.template();
    if shared.too_deep.get() {
        remarks.error(
            Span::default(),
            limit::DEPTH,
            "Variables and resources refer to one another too deeply to be written as one expression.",
        );
        return None;
    }
    let size = if shared.too_large() {
        usize::MAX
    } else {
        template.to_string().len()
    };
    if size > TEMPLATE_BYTES_MAX {
        too_large(remarks);
        return None;
    }
    Some((template, size))
}

fn too_large(remarks: &mut Remarks) {
    let message = format!("The template would be larger than {TEMPLATE_BYTES_MAX} bytes.");
    remarks.error(Span::default(), limit::SIZE, message);
}

// The second version of the language has schemas, functions with types, and names for resources; a file that needs
// none of it is written in the first.
fn is_symbolic(model: &Model) -> bool {
    let statements = model
        .tree
        .statements
        .iter()
        .any(|statement| match &statement.kind {
            StatementKind::Type { .. } | StatementKind::Function(_) | StatementKind::Import { .. } => true,
            StatementKind::Variable { declared, .. } => declared.is_some(),
            StatementKind::Parameter { declared, .. } => needs_schemas(declared),
            StatementKind::Output { declared, .. } => {
                needs_schemas(declared) || has_decorator(&statement.decorators, "secure")
            }
            _ => false,
        });
    let deployables = model.deployables.iter().any(|deployable| {
        let declaration = &*deployable.declaration;
        (deployable.is_module() && declaration.property("name").is_none())
            || (declaration.existing && declaration.property("dependsOn").is_some())
            || has_decorator(&declaration.decorators, "onlyIfNotExists")
    });
    statements || deployables
}

struct Emitter<'a> {
    model: &'a Model,
    facts: &'a Facts,
    shared: &'a Shared,
    symbolic: bool,
}

impl<'a> Emitter<'a> {
    fn lower(&self) -> Lower<'a> {
        Lower {
            model: self.model,
            facts: self.facts,
            shared: self.shared,
            foreign: None,
            symbolic: self.symbolic,
            locals: Vec::new(),
            within: None,
            depth: 0,
        }
    }

    fn template(&mut self) -> Value {
        self.name_imports();
        let metadata = self.metadata();
        let parameters = self.parameters();
        let resources = self.resources();
        let outputs = self.outputs();
        let mut sections = Sections::default();
        self.own_declarations(&mut sections);
        self.imported_declarations(&mut sections);

        let mut template = Map::new();
        template.insert("$schema".into(), self.model.scope.schema().into());
        if self.symbolic {
            template.insert("languageVersion".into(), "2.0".into());
        }
        template.insert("contentVersion".into(), "1.0.0.0".into());
        template.insert("metadata".into(), Value::Object(Map::new()));
        let mut section = |name: &str, section: Map<String, Value>| {
            if !section.is_empty() {
                template.insert(name.into(), Value::Object(section));
            }
        };
        section("definitions", sections.definitions);
        let functions = sections.functions;
        section("parameters", parameters);
        section("variables", sections.variables.finish());
        if !functions.is_empty() {
            let namespaces: Vec<Value> = functions
                .into_iter()
                .map(|(namespace, members)| json!({ "namespace": namespace, "members": members }))
                .collect();
            template.insert("functions".into(), Value::Array(namespaces));
        }
        template.insert("resources".into(), resources);
        if !outputs.is_empty() {
            template.insert("outputs".into(), Value::Object(outputs));
        }
        let mut generator = Map::from_iter([(
            "_generator".to_owned(),
            json!({ "name": "bicep", "version": crate::VERSION, "templateHash": hash(&template) }),
        )]);
        generator.extend(metadata);
        if !sections.exported.is_empty() {
            generator.insert(
                "__bicep_exported_variables!".into(),
                Value::Array(sections.exported),
            );
        }
        template.insert("metadata".into(), Value::Object(generator));
        Value::Object(template)
    }

    // Imports by name keep the name that they have here.
    fn name_imports(&self) {
        for (name, symbol) in sorted(&self.model.symbols) {
            if let Symbol::Imported(index) = symbol {
                let import = &self.model.imports[*index];
                if let Some(unit) = &import.unit {
                    self.shared
                        .names
                        .borrow_mut()
                        .of(unit, &import.original, Some(name));
                }
            }
        }
    }

    fn metadata(&self) -> Map<String, Value> {
        let statements = self.model.tree.statements.iter();
        statements
            .filter_map(|statement| match &statement.kind {
                StatementKind::Metadata { name, value } => {
                    Some((name.text.clone(), self.lower().expression(value).to_json()))
                }
                _ => None,
            })
            .collect()
    }

    fn parameters(&self) -> Map<String, Value> {
        let statements = self.model.tree.statements.iter();
        statements
            .filter_map(|statement| match &statement.kind {
                StatementKind::Parameter {
                    name,
                    declared,
                    default,
                } => {
                    let mut lower = self.lower();
                    let mut schema = lower.schema(declared, &statement.decorators);
                    if let Some(default) = default {
                        schema.insert("defaultValue".into(), lower.expression(default).to_json());
                    }
                    Some((name.text.clone(), Value::Object(schema)))
                }
                _ => None,
            })
            .collect()
    }

    fn outputs(&self) -> Map<String, Value> {
        let statements = self.model.tree.statements.iter();
        statements
            .filter_map(|statement| match &statement.kind {
                StatementKind::Output {
                    name,
                    declared,
                    value,
                } => {
                    let mut lower = self.lower();
                    let mut output = lower.schema(declared, &statement.decorators);
                    match &value.bare().kind {
                        ExpressionKind::For(looped) => {
                            let (count, input) = lower.looped(looped, None);
                            output.insert(
                                "copy".into(),
                                json!({ "count": count.to_json(), "input": input.to_json() }),
                            );
                        }
                        _ => {
                            output.insert("value".into(), lower.expression(value).to_json());
                        }
                    }
                    Some((name.text.clone(), Value::Object(output)))
                }
                _ => None,
            })
            .collect()
    }

    fn own_declarations(&self, sections: &mut Sections) {
        for statement in &self.model.tree.statements {
            let mut lower = self.lower();
            match &statement.kind {
                StatementKind::Type { name, value } => {
                    let schema = lower.schema(value, &statement.decorators);
                    sections
                        .definitions
                        .insert(name.text.clone(), Value::Object(schema));
                }
                StatementKind::Variable { name, value, .. } if !self.facts.runtime.contains(&name.text) => {
                    sections.variables.add(&mut lower, &name.text, value);
                    if is_exported(&statement.decorators) {
                        let mut exported = map(json!({ "name": name.text }));
                        if let Some(description) = description(&mut lower, &statement.decorators) {
                            exported.insert("description".into(), description);
                        }
                        sections.exported.push(Value::Object(exported));
                    }
                }
                StatementKind::Function(function) => {
                    let member = function_member(&mut lower, function, &statement.decorators, None);
                    sections.function("__bicep", &function.name.text, member);
                }
                _ => {}
            }
        }
    }

    // What is imported may need more of its own file, which is then imported too.
    fn imported_declarations(&self, sections: &mut Sections) {
        loop {
            let next = self.shared.names.borrow_mut().wanted.pop_front();
            let Some((unit, name, emitted)) = next else { return };
            if self.shared.too_large() {
                return;
            }
            let (Some(model), Some(facts)) = (&unit.model, &unit.facts) else {
                continue;
            };
            let mut lower = Lower {
                model,
                facts,
                shared: self.shared,
                foreign: Some(unit.clone()),
                symbolic: self.symbolic,
                locals: Vec::new(),
                within: None,
                depth: 0,
            };
            sections.imported(&mut lower, &unit, &name, &emitted);
        }
    }

    fn resources(&self) -> Value {
        let mut entries: Vec<(String, Value)> = Vec::new();
        for index in self.order() {
            let deployable = &self.model.deployables[index];
            if deployable.declaration.existing && !self.symbolic {
                continue;
            }
            let entry = match deployable.module() {
                Some(unit) => self.module(index, unit),
                None => self.resource(index),
            };
            entries.push((deployable.symbol.clone(), Value::Object(entry)));
        }
        match self.symbolic {
            true => Value::Object(entries.into_iter().collect()),
            false => Value::Array(entries.into_iter().map(|(_, entry)| entry).collect()),
        }
    }

    // Children stand before all others, the innermost first; modules stand last.
    fn order(&self) -> Vec<usize> {
        let mut children = Vec::new();
        let mut outer = Vec::new();
        let mut modules = Vec::new();
        for (index, deployable) in self.model.deployables.iter().enumerate() {
            if deployable.is_module() {
                modules.push(index);
            } else if deployable.container.is_none() {
                outer.push(index);
                self.nested(index, &mut children);
            }
        }
        children.into_iter().chain(outer).chain(modules).collect()
    }

    fn nested(&self, index: usize, order: &mut Vec<usize>) {
        for child in &self.model.deployables[index].children {
            self.nested(*child, order);
            order.push(*child);
        }
    }

    fn frame(&self, index: usize, lower: &mut Lower<'_>) -> Map<String, Value> {
        let deployable = &self.model.deployables[index];
        let declaration = &*deployable.declaration;
        let mut entry = Map::new();
        if let Some(looped) = declaration.looped() {
            let source = lower.outside(deployable.container, Vec::new(), |it| {
                it.expression(&looped.source)
            });
            let mut copy = map(json!({
                "name": declaration.name.text,
                "count": call("length", [source]).to_json()
            }));
            if let Some(size) =
                decorator(&declaration.decorators, "batchSize").and_then(|it| it.arguments.first())
            {
                copy.insert("mode".into(), "serial".into());
                copy.insert("batchSize".into(), lower.expression(size).to_json());
            }
            entry.insert("copy".into(), Value::Object(copy));
        }
        if let Some(condition) = self.condition(index) {
            entry.insert("condition".into(), condition.to_json());
        }
        entry
    }

    // A child is deployed where its parents are.
    fn condition(&self, index: usize) -> Option<Arm> {
        let deployable = &self.model.deployables[index];
        let outer = deployable
            .container
            .and_then(|container| self.condition(container));
        let mut lower = self.lower();
        let own = deployable
            .declaration
            .condition()
            .map(|condition| lower.inside(index, None, |lower| lower.expression(condition)));
        match (outer, own) {
            (Some(outer), Some(own)) => Some(call("and", [outer, own])),
            (outer, own) => outer.or(own),
        }
    }

    fn resource(&self, index: usize) -> Map<String, Value> {
        let deployable = &self.model.deployables[index];
        let declaration = &*deployable.declaration;
        let mut lower = self.lower();
        let mut entry = self.frame(index, &mut lower);
        if declaration.existing {
            entry.insert("existing".into(), Value::Bool(true));
        }
        if has_decorator(&declaration.decorators, "onlyIfNotExists") {
            entry.insert("@options".into(), json!({ "onlyIfNotExists": true }));
        }
        if let Some(ty) = deployable.resource_type() {
            entry.insert("type".into(), ty.name.clone().into());
            entry.insert("apiVersion".into(), ty.version.clone().into());
        }
        self.destination(index, &mut lower, &mut entry);
        entry.insert("name".into(), lower.full_name(index).to_json());
        self.properties(index, declaration, &mut lower, &mut entry);
        self.depends_on(index, &mut entry);
        if let Some(description) = description(&mut lower, &declaration.decorators) {
            entry.insert("metadata".into(), json!({ "description": description }));
        }
        entry
    }

    fn properties(
        &self,
        index: usize,
        declaration: &Declaration,
        lower: &mut Lower<'_>,
        entry: &mut Map<String, Value>,
    ) {
        let Some(object) = declaration.object() else {
            return;
        };
        let items = object.items.iter().filter(|item| match item {
            ObjectItem::Property(key, _) => {
                !matches!(key.constant(), Some("name" | "parent" | "scope" | "dependsOn"))
            }
            ObjectItem::Spread(_) => true,
            ObjectItem::Resource(_) => false,
        });
        let rest = crate::syntax::Object {
            items: items.cloned().collect(),
        };
        let rest = lower.inside(index, None, |lower| lower.object(&rest)).to_json();
        let Value::Object(mut rest) = rest else { return };
        // The loop of the resource itself is called `copy` too, and so are loops of its top-level properties.
        if let (Some(Value::Array(copies)), true) = (rest.get("copy").cloned(), entry.contains_key("copy")) {
            rest.remove("copy");
            for copy in copies {
                if let Some(name) = copy.get("name").and_then(Value::as_str) {
                    entry.insert(name.to_owned(), json!({ "copy": [copy] }));
                }
            }
        }
        entry.extend(rest);
    }

    fn destination(&self, index: usize, lower: &mut Lower<'_>, entry: &mut Map<String, Value>) {
        let Ok(destination) = destination(self.model, index) else {
            return;
        };
        let at = |lower: &mut Lower<'_>, expression: &Expression| {
            lower.inside(index, None, |lower| lower.expression(expression))
        };
        let module = self.model.deployables[index].is_module();
        match destination {
            Destination::Own | Destination::ResourceGroup(None, None) => {}
            Destination::Tenant => {
                if self.model.scope != Scope::Tenant {
                    entry.insert("scope".into(), "/".into());
                }
            }
            Destination::ManagementGroup(name) => {
                if let Some(name) = name {
                    let name = at(lower, name);
                    let scope = call(
                        "format",
                        [text("Microsoft.Management/managementGroups/{0}"), name],
                    );
                    entry.insert("scope".into(), scope.to_json());
                }
            }
            Destination::Subscription(id) => {
                let id = match id {
                    Some(id) => Some(at(lower, id)),
                    None if self.model.scope == Scope::ResourceGroup && module => {
                        Some(call("subscription", []).get("subscriptionId"))
                    }
                    None => None,
                };
                if let Some(id) = id {
                    entry.insert("subscriptionId".into(), id.to_json());
                }
            }
            Destination::ResourceGroup(subscription, name) => {
                if let Some(subscription) = subscription {
                    entry.insert("subscriptionId".into(), at(lower, subscription).to_json());
                }
                if let Some(name) = name {
                    entry.insert("resourceGroup".into(), at(lower, name).to_json());
                }
            }
            Destination::Resource(target, item) => {
                let item = item.map(|item| at(lower, item));
                match container_scope(self.model, target) {
                    Some(Scope::ResourceGroup) => {
                        entry.insert("resourceGroup".into(), lower.own_name(target, item).to_json());
                    }
                    _ if module => {
                        let name = lower.own_name(target, item);
                        let scope = call(
                            "format",
                            [text("Microsoft.Management/managementGroups/{0}"), name],
                        );
                        entry.insert("scope".into(), scope.to_json());
                    }
                    _ => {
                        entry.insert("scope".into(), lower.id(target, item).to_json());
                    }
                }
            }
        }
    }

    fn module(&self, index: usize, unit: &Unit) -> Map<String, Value> {
        let declaration = &*self.model.deployables[index].declaration;
        let mut lower = self.lower();
        let mut entry = self.frame(index, &mut lower);
        entry.insert("type".into(), "Microsoft.Resources/deployments".into());
        entry.insert("apiVersion".into(), DEPLOYMENTS_VERSION.into());
        self.destination(index, &mut lower, &mut entry);
        if unit.interface.scope != Scope::ResourceGroup {
            let location = match self.model.scope {
                Scope::ResourceGroup => call("resourceGroup", []).get("location"),
                _ => call("deployment", []).get("location"),
            };
            entry.insert("location".into(), location.to_json());
        }
        entry.insert("name".into(), lower.own_name(index, None).to_json());
        let mut properties = map(json!({
            "expressionEvaluationOptions": { "scope": "inner" },
            "mode": "Incremental"
        }));
        if let Some(ExpressionKind::Object(given)) =
            declaration.property("params").map(|params| &params.bare().kind)
        {
            let parameters: Map<String, Value> = given
                .properties()
                .filter_map(|(key, value)| {
                    let value = lower.inside(index, None, |lower| argument(lower, value));
                    Some((key.constant()?.to_owned(), value))
                })
                .collect();
            properties.insert("parameters".into(), Value::Object(parameters));
        }
        properties.insert("template".into(), unit.template.clone().unwrap_or_default());
        entry.insert("properties".into(), Value::Object(properties));
        self.depends_on(index, &mut entry);
        if let Some(description) = description(&mut lower, &declaration.decorators) {
            entry.insert("metadata".into(), json!({ "description": description }));
        }
        entry
    }

    fn depends_on(&self, index: usize, entry: &mut Map<String, Value>) {
        let mut dependencies = Dependencies {
            emitter: self,
            of: index,
            found: BTreeMap::new(),
            seen: HashSet::new(),
        };
        dependencies.of_deployable(index, true);
        let found = dependencies.found;
        let mut list: Vec<Value> = Vec::new();
        for (target, items) in found.into_values() {
            let value = self.dependency(target, items).to_json();
            if !list.contains(&value) {
                list.push(value);
            }
        }
        if !list.is_empty() {
            entry.insert("dependsOn".into(), Value::Array(list));
        }
    }

    fn dependency(&self, target: usize, items: Items) -> Arm {
        let mut lower = self.lower();
        let deployable = &self.model.deployables[target];
        let item = match items {
            Items::None => None,
            Items::One(item) => Some(item),
            // By its name, a loop is waited for as a whole.
            Items::All => {
                return match self.symbolic {
                    true => text(deployable.symbol.as_str()),
                    false => text(deployable.declaration.name.text.as_str()),
                };
            }
        };
        match self.symbolic {
            true => lower.symbol(target, item),
            false => lower.id(target, item),
        }
    }
}

/// Which items of a loop something waits for.
enum Items {
    /// It is no loop.
    None,
    One(Arm),
    All,
}

struct Dependencies<'e, 'a> {
    emitter: &'e Emitter<'a>,
    of: usize,
    /// By name, which is their order; the names around a nested one tell it from others.
    found: BTreeMap<(String, String), (usize, Items)>,
    /// Variables and existing resources that were looked into.
    seen: HashSet<String>,
}

impl<'a> Dependencies<'_, 'a> {
    /// `direct` when it is the resource itself, in whose loop indices may be written.
    fn of_deployable(&mut self, index: usize, direct: bool) {
        let model = self.emitter.model;
        for ancestor in model.ancestors(index) {
            let looped = model.deployables[ancestor].declaration.looped().is_some();
            // A parent in a loop is named with its index, which the parent property says below.
            if !looped {
                self.add(ancestor, Items::None);
            }
        }
        let uses = references::uses_of_deployable(model, index);
        self.uses(&uses, direct.then_some(index));
    }

    fn uses(&mut self, uses: &Uses<'a>, home: Option<usize>) {
        let model = self.emitter.model;
        for found in &uses.deployables {
            let items = match (
                model.deployables[found.index].declaration.looped(),
                found.item,
                home,
            ) {
                (None, ..) => Items::None,
                (Some(_), Some(item), Some(home)) if !found.item_is_local => {
                    let mut lower = self.emitter.lower();
                    Items::One(lower.inside(home, None, |lower| lower.expression(item)))
                }
                _ => Items::All,
            };
            self.add(found.index, items);
        }
        for (name, _) in &uses.symbols {
            // Only variables can stand for resources.
            if let Some((_, _, value)) = model.variable(name)
                && self.seen.insert((*name).to_owned())
            {
                let inner = references::uses(model, value, None, Vec::new());
                self.variables_of(inner);
            }
        }
    }

    // A chain of variables may be long, so it is followed with a list and not by recursion.
    fn variables_of(&mut self, first: Uses<'a>) {
        let model = self.emitter.model;
        let mut waiting = vec![first];
        while let Some(uses) = waiting.pop() {
            for found in &uses.deployables {
                let looped = model.deployables[found.index].declaration.looped().is_some();
                self.add(found.index, if looped { Items::All } else { Items::None });
            }
            for (name, _) in &uses.symbols {
                if let Some((_, _, value)) = model.variable(name)
                    && self.seen.insert((*name).to_owned())
                {
                    waiting.push(references::uses(model, value, None, Vec::new()));
                }
            }
        }
    }

    fn add(&mut self, index: usize, items: Items) {
        let deployable: &Deployable = &self.emitter.model.deployables[index];
        if index == self.of {
            return;
        }
        // What exists is not waited for, but what its name is made of may have to be deployed first.
        if deployable.declaration.existing {
            if self.seen.insert(format!("{}::", deployable.symbol)) && self.seen.len() < 2_000 {
                self.of_deployable(index, false);
            }
            return;
        }
        let key = (
            deployable.declaration.name.text.clone(),
            deployable.symbol.clone(),
        );
        match self.found.get_mut(&key) {
            None => {
                self.found.insert(key, (index, items));
            }
            Some((_, known)) => {
                if let (Items::One(before), Items::One(now)) = (&*known, &items)
                    && before != now
                {
                    *known = Items::All;
                } else if matches!(items, Items::All) {
                    *known = Items::All;
                }
            }
        }
    }
}

#[derive(Default)]
struct Sections {
    definitions: Map<String, Value>,
    variables: Variables,
    functions: Vec<(String, Map<String, Value>)>,
    exported: Vec<Value>,
}

impl Sections {
    fn function(&mut self, namespace: &str, name: &str, member: Value) {
        let at = self
            .functions
            .iter()
            .position(|(known, _)| known == namespace)
            .unwrap_or_else(|| {
                self.functions.push((namespace.to_owned(), Map::new()));
                self.functions.len() - 1
            });
        self.functions[at].1.insert(name.to_owned(), member);
    }

    fn imported(&mut self, lower: &mut Lower<'_>, unit: &Unit, name: &str, emitted: &str) {
        let model = lower.model;
        let origin = json!({ "sourceTemplate": unit.path, "originalIdentifier": name });
        match model.symbols.get(name) {
            Some(Symbol::Variable(_)) => {
                if let Some((_, _, value)) = model.variable(name) {
                    self.variables.add(lower, emitted, value);
                }
            }
            Some(Symbol::Type(_)) => {
                let Some((decorators, value)) = model.type_statement(name) else {
                    return;
                };
                let mut schema = lower.schema(value, decorators);
                let mut metadata = match schema.remove("metadata") {
                    Some(Value::Object(metadata)) => metadata,
                    _ => Map::new(),
                };
                metadata.remove("__bicep_export!");
                metadata.insert("__bicep_imported_from!".into(), origin);
                schema.insert("metadata".into(), Value::Object(metadata));
                self.definitions.insert(emitted.to_owned(), Value::Object(schema));
            }
            Some(Symbol::Function(index)) => {
                let Some(function) = model.function(name) else {
                    return;
                };
                let decorators = &model.statement(*index).decorators;
                let member = function_member(lower, function, decorators, Some(origin));
                let (namespace, name) = emitted.split_once('.').unwrap_or(("__bicep", emitted));
                self.function(namespace, name, member);
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Variables {
    copies: Vec<Value>,
    values: Map<String, Value>,
}

impl Variables {
    fn add(&mut self, lower: &mut Lower<'_>, name: &str, value: &Expression) {
        match &value.bare().kind {
            ExpressionKind::For(looped) => {
                let (count, input) = lower.looped(looped, Some(name));
                self.copies.push(copy(name, &count, &input));
            }
            _ => {
                self.values
                    .insert(name.to_owned(), lower.expression(value).to_json());
            }
        }
    }

    fn finish(mut self) -> Map<String, Value> {
        let mut section = Map::new();
        if !self.copies.is_empty() {
            section.insert("copy".into(), Value::Array(self.copies));
        }
        section.append(&mut self.values);
        section
    }
}

fn function_member(
    lower: &mut Lower<'_>,
    function: &crate::syntax::Function,
    decorators: &[Decorator],
    origin: Option<Value>,
) -> Value {
    let mut parameters = Vec::new();
    let mut locals = Vec::new();
    for (name, ty) in &function.parameters {
        let mut parameter = lower.schema(ty, &[]);
        parameter.insert("name".into(), name.text.clone().into());
        parameters.push(Value::Object(parameter));
        locals.push((name.text.clone(), call("parameters", [text(name.text.as_str())])));
    }
    let mut output = lower.schema(&function.returns, &[]);
    let value = lower.outside(None, locals, |lower| lower.expression(&function.body));
    output.insert("value".into(), value.to_json());
    let mut member = map(json!({ "parameters": parameters, "output": output }));
    let mut metadata = Map::new();
    if let Some(description) = description(lower, decorators) {
        metadata.insert("description".into(), description);
    }
    match origin {
        Some(origin) => {
            metadata.insert("__bicep_imported_from!".into(), origin);
        }
        None if is_exported(decorators) => {
            metadata.insert("__bicep_export!".into(), Value::Bool(true));
        }
        None => {}
    }
    if !metadata.is_empty() {
        member.insert("metadata".into(), Value::Object(metadata));
    }
    Value::Object(member)
}

/// A parameter of a module: a value, a loop, or a secret that the deployment fetches from its vault.
fn argument(lower: &mut Lower<'_>, value: &Expression) -> Value {
    if let ExpressionKind::For(looped) = &value.bare().kind {
        let (count, input) = lower.looped(looped, Some("value"));
        return json!({ "copy": [copy("value", &count, &input)] });
    }
    if let Some((vault, arguments)) = secret(value)
        && let Some((index, item)) = lower.resolve(vault)
    {
        let item = item.map(|item| lower.expression(item));
        let id = lower.id(index, item).to_json();
        let mut reference = map(json!({ "keyVault": { "id": id } }));
        for (name, argument) in ["secretName", "secretVersion"].into_iter().zip(arguments) {
            reference.insert(name.into(), lower.expression(argument).to_json());
        }
        return json!({ "reference": reference });
    }
    json!({ "value": lower.expression(value).to_json() })
}

fn description(lower: &mut Lower<'_>, decorators: &[Decorator]) -> Option<Value> {
    let argument = decorator(decorators, "description")?.arguments.first()?;
    Some(lower.expression(argument).to_json())
}

fn sorted<V>(map: &std::collections::HashMap<String, V>) -> BTreeMap<&String, &V> {
    map.iter().collect()
}

// A number that changes when the template does. Whose algorithm it is does not matter: nobody can compare it with
// anything but another one of ours.
fn hash(template: &Map<String, Value>) -> String {
    let text = serde_json::to_string(template).unwrap_or_default();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.to_string()
}
