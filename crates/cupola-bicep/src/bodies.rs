//! Judging resources and modules: their names, parents, scopes, dependencies, parameters and outputs.

use crate::calls::Target;
use crate::check::{Checker, Fit, Loops, Site, missing_properties, property};
use crate::diagnostic::limit;
use crate::model::{DeployableKind, Model, Scope};
use crate::references;
use crate::syntax::{
    ArrayItem, Declaration, Expression, ExpressionKind, Key, Name, Object, ObjectItem, Span,
};
use crate::types::{Shape, Ty};

/// Where a resource or a module goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Destination<'a> {
    /// Where the file goes.
    Own,
    Tenant,
    ManagementGroup(Option<&'a Expression>),
    Subscription(Option<&'a Expression>),
    /// A subscription, if it is another one, and a group, if it is another one.
    ResourceGroup(Option<&'a Expression>, Option<&'a Expression>),
    /// Onto a resource, or into a resource group that is a resource.
    Resource(usize, Option<&'a Expression>),
}

/// What the `scope` property says. `Err` when it says nothing that is understood.
pub(crate) fn destination(model: &Model, index: usize) -> Result<Destination<'_>, Span> {
    let outermost = model.ancestors(index).last().copied().unwrap_or(index);
    let deployable = &model.deployables[outermost];
    let Some(scope) = deployable.declaration.property("scope") else {
        return Ok(Destination::Own);
    };
    let locals = deployable.loop_variables();
    let is_local = |name: &str| locals.contains(&name);
    if let Some((target, item)) = model.resolve(scope, deployable.container, &is_local) {
        return Ok(Destination::Resource(target, item));
    }
    let (name, arguments) = match &scope.bare().kind {
        ExpressionKind::Call { name, arguments } => (name, arguments),
        ExpressionKind::Method {
            base,
            name,
            arguments,
        } if matches!(&base.kind, ExpressionKind::Name(name) if name == "az") => (name, arguments),
        _ => return Err(scope.span),
    };
    match (name.text.as_str(), &arguments[..]) {
        ("tenant", []) => Ok(Destination::Tenant),
        ("managementGroup", []) => Ok(Destination::ManagementGroup(None)),
        ("managementGroup", [name]) => Ok(Destination::ManagementGroup(Some(name))),
        ("subscription", []) => Ok(Destination::Subscription(None)),
        ("subscription", [id]) => Ok(Destination::Subscription(Some(id))),
        ("resourceGroup", []) => Ok(Destination::ResourceGroup(None, None)),
        ("resourceGroup", [name]) => Ok(Destination::ResourceGroup(None, Some(name))),
        ("resourceGroup", [subscription, name]) => {
            Ok(Destination::ResourceGroup(Some(subscription), Some(name)))
        }
        _ => Err(scope.span),
    }
}

impl Checker<'_> {
    pub(crate) fn deployable(&mut self, index: usize) {
        let model = self.model;
        let deployable = &model.deployables[index];
        let declaration = &*deployable.declaration;
        self.within = Some(index);
        if let Some(parent) = model.parent(index) {
            self.facts.used_deployables.insert(parent.0);
        }
        let target = if deployable.is_module() {
            Target::Module
        } else {
            Target::Resource
        };
        self.decorators_on(&declaration.decorators, target);
        self.batches(declaration);
        if let Some(looped) = declaration.looped() {
            self.constant_at_start(&looped.source, index, Start::Loop);
            self.loop_variables(looped);
        }
        if let Some(condition) = declaration.condition() {
            self.condition(condition);
            self.constant_at_start(condition, index, Start::Condition);
        }
        match (declaration.object(), &deployable.kind) {
            (Some(object), DeployableKind::Module(_)) => self.module_body(index, object),
            (Some(object), DeployableKind::Resource(_)) => self.resource_body(index, object),
            (None, _) => {
                let inner = match &declaration.body.kind {
                    ExpressionKind::For(looped) => &looped.body,
                    _ => &declaration.body,
                };
                if !matches!(inner.kind, ExpressionKind::Error | ExpressionKind::If(..)) {
                    self.remarks.error(
                        inner.span,
                        "BCP167",
                        "Expected the \"{\" character or the \"if\" keyword at this location.",
                    );
                }
            }
        }
        self.locals.clear();
        self.within = None;
    }

    fn batches(&mut self, declaration: &Declaration) {
        for decorator in &declaration.decorators {
            if decorator.name.text == "batchSize" && declaration.looped().is_none() {
                self.remarks.error(
                    decorator.span,
                    "BCP155",
                    "The decorator \"batchSize\" can only be attached to resource or module collections.",
                );
            }
        }
    }

    fn keys(&mut self, object: &Object) {
        self.no_duplicates(object);
        for item in &object.items {
            match item {
                ObjectItem::Property(key, _) if key.constant().is_none() => self.remarks.error(
                    key.span,
                    "BCP040",
                    "String interpolation is not supported for keys on objects of type \"resource\". No other properties are allowed.",
                ),
                ObjectItem::Spread(value) => self.remarks.error(
                    value.span,
                    limit::FEATURE,
                    "The spread operator is not supported directly in the body of a resource or a module. Use it inside one of its properties.",
                ),
                _ => {}
            }
        }
    }

    fn resource_body(&mut self, index: usize, object: &Object) {
        let declaration = self.model.deployables[index].declaration.clone();
        self.keys(object);
        if object.property("name").is_none() {
            self.remarks.error(
                declaration.name.span,
                "BCP035",
                missing_properties("resource", &["name"]),
            );
        }
        for (key, value) in object.properties() {
            let name = key.constant().unwrap_or_default();
            if declaration.existing && !matches!(name, "name" | "parent" | "scope" | "dependsOn" | "") {
                let message =
                    format!("The property \"{name}\" cannot be used in an existing resource declaration.");
                self.remarks.error(key.span, "BCP173", message);
            }
            let loops = property(Loops::Inside(0));
            match name {
                "name" => {
                    self.assign(value, &Ty::Text, Fit::Property("name"), Loops::No);
                    self.constant_at_start(value, index, Start::Property("name"));
                    self.segments(index, value);
                }
                "location" => {
                    self.assign(value, &Ty::Text.nullable(), Fit::Property("location"), Loops::No);
                }
                "tags" => self.assign(value, &Ty::Object(None).nullable(), Fit::Property("tags"), loops),
                "dependsOn" => self.depends_on(value),
                "parent" => self.parent_property(index, value),
                "scope" => self.scope_property(index, value),
                _ => {
                    self.infer(value, loops);
                }
            }
        }
        self.parent_type(index);
    }

    // A name has as many parts as its type; a child's own name has one.
    fn segments(&mut self, index: usize, name: &Expression) {
        let ExpressionKind::Text(text) = &name.bare().kind else {
            return;
        };
        let slashes: usize = text.pieces.iter().map(|piece| piece.matches('/').count()).sum();
        let deployable = &self.model.deployables[index];
        let child = deployable.container.is_some() || deployable.declaration.property("parent").is_some();
        let Some(ty) = deployable.resource_type() else {
            return;
        };
        if child && slashes > 0 {
            self.remarks.error(name.span, "BCP170", "Expected resource name to not contain any \"/\" characters. Child resources with a parent resource reference (via the parent property or via nesting) must not contain a fully-qualified name.");
        }
        let expected = ty.segments() - 1;
        let wrong = if text.values.is_empty() {
            slashes != expected
        } else {
            slashes > expected
        };
        if !child && wrong {
            let message = format!(
                "Expected resource name to contain {expected} \"/\" character(s). The number of name segments must match the number of segments in the resource type."
            );
            self.remarks.error(name.span, "BCP169", message);
        }
    }

    fn parent_property(&mut self, index: usize, value: &Expression) {
        match self.resolve(value) {
            Some((parent, item)) if !self.model.deployables[parent].is_module() => {
                self.facts.used_deployables.insert(parent);
                if let Some(item) = item {
                    self.assign(item, &Ty::Int, Fit::Value, Loops::No);
                } else if self.model.deployables[parent].declaration.looped().is_some() && parent != index {
                    self.remarks.error(value.span, "BCP144", "Directly referencing a resource or module collection is not currently supported here. Apply an array indexer to the expression.");
                }
            }
            _ => {
                let before = self.remarks.0.len();
                self.infer(value, Loops::No);
                if self.remarks.0.len() == before {
                    self.remarks.error(value.span, "BCP240", "The \"parent\" property only permits direct references to resources. Expressions are not supported.");
                }
            }
        }
    }

    fn parent_type(&mut self, index: usize) {
        let deployable = &self.model.deployables[index];
        let Some(value) = deployable.declaration.property("parent") else {
            return;
        };
        let Some((parent, _)) = self.model.parent(index) else {
            return;
        };
        let (Some(own), Some(parent)) = (
            deployable.resource_type(),
            self.model.deployables[parent].resource_type(),
        ) else {
            return;
        };
        let above = own.name.rsplit_once('/').map_or("", |(above, _)| above);
        if !above.eq_ignore_ascii_case(&parent.name) {
            let message = format!(
                "Resource type \"{}\" is not a valid child resource of parent \"{}\".",
                own.name, parent.name
            );
            self.remarks.error(value.span, "BCP171", message);
        }
    }

    fn depends_on(&mut self, value: &Expression) {
        let ExpressionKind::Array(items) = &value.bare().kind else {
            return self.assign(value, &Ty::Array(None), Fit::Property("dependsOn"), Loops::No);
        };
        for item in items {
            let ArrayItem::Value(item) = item else {
                self.remarks.error(
                    item.expression().span,
                    limit::FEATURE,
                    "The spread operator is not supported in \"dependsOn\". List the resources.",
                );
                continue;
            };
            if let Some((index, at)) = self.resolve(item) {
                self.facts.used_deployables.insert(index);
                if let Some(at) = at {
                    self.assign(at, &Ty::Int, Fit::Value, Loops::No);
                }
                continue;
            }
            let before = self.remarks.0.len();
            let ty = self.infer(item, Loops::No);
            if self.remarks.0.len() == before && ty != Ty::Any {
                let message = format!(
                    "The enclosing array expected an item of type \"module[] | (resource | module) | resource[]\", but the provided item was of type \"{ty}\"."
                );
                self.remarks.error(item.span, "BCP034", message);
            } else if self.remarks.0.len() == before {
                self.remarks.error(
                    item.span,
                    limit::FEATURE,
                    "Only names of resources and modules are supported in \"dependsOn\".",
                );
            }
        }
    }

    fn scope_property(&mut self, index: usize, value: &Expression) {
        let model = self.model;
        let deployable = &model.deployables[index];
        let child = deployable.container.is_some() || deployable.declaration.property("parent").is_some();
        if child {
            return self.remarks.error(value.span, "BCP164", "A child resource's scope is computed based on the scope of its ancestor resource. This means that using the \"scope\" property on a child resource is unsupported.");
        }
        let before = self.remarks.0.len();
        if self.resolve(value).is_none() {
            self.infer(value, Loops::No);
        }
        if self.remarks.0.len() > before {
            return;
        }
        self.constant_at_start(value, index, Start::Property("scope"));
        match (destination(model, index), deployable.is_module()) {
            (Ok(Destination::Resource(target, item)), module) => {
                self.facts.used_deployables.insert(target);
                if let Some(item) = item {
                    self.assign(item, &Ty::Int, Fit::Value, Loops::No);
                }
                if module && container_scope(model, target).is_none() {
                    self.bad_module_scope(value.span);
                }
            }
            (Ok(_), true) => {}
            (Ok(Destination::Own), false) => {}
            (Ok(found), false) => {
                let same = matches!(
                    (found, model.scope),
                    (Destination::Tenant, _)
                        | (Destination::ResourceGroup(None, None), Scope::ResourceGroup)
                        | (Destination::Subscription(None), Scope::Subscription)
                        | (Destination::ManagementGroup(None), Scope::ManagementGroup)
                );
                if !same && !deployable.declaration.existing {
                    self.remarks.error(value.span, "BCP139", "A resource's scope must match the scope of the Bicep file for it to be deployable. You must use modules to deploy resources to a different scope.");
                }
            }
            (Err(span), true) => self.bad_module_scope(span),
            (Err(span), false) => self.remarks.error(
                span,
                "BCP119",
                "Unsupported scope for extension resource deployment. Expected a resource reference.",
            ),
        }
    }

    fn bad_module_scope(&mut self, span: Span) {
        let (code, rest) = match self.model.scope {
            Scope::Tenant => (
                "BCP113",
                "Permissible scopes include tenant: tenant(), named management group: managementGroup(<name>), named subscription: subscription(<subId>), or named resource group in a named subscription: resourceGroup(<subId>, <name>).",
            ),
            Scope::ManagementGroup => (
                "BCP114",
                "Permissible scopes include current management group: managementGroup(), named management group: managementGroup(<name>), named subscription: subscription(<subId>), tenant: tenant(), or named resource group in a named subscription: resourceGroup(<subId>, <name>).",
            ),
            Scope::Subscription => (
                "BCP115",
                "Permissible scopes include current subscription: subscription(), named subscription: subscription(<subId>), named resource group in same subscription: resourceGroup(<name>), named resource group in different subscription: resourceGroup(<subId>, <name>), or tenant: tenant().",
            ),
            Scope::ResourceGroup => (
                "BCP116",
                "Permissible scopes include current resource group: resourceGroup(), named resource group in same subscription: resourceGroup(<name>), named resource group in a different subscription: resourceGroup(<subId>, <name>), current subscription: subscription(), named subscription: subscription(<subId>) or tenant: tenant().",
            ),
        };
        let message = format!(
            "Unsupported scope for module deployment in a \"{}\" target scope. Omit this property to inherit the current scope, or specify a valid scope. {rest}",
            self.model.scope.name()
        );
        self.remarks.error(span, code, message);
    }

    fn module_body(&mut self, index: usize, object: &Object) {
        let model = self.model;
        let declaration = model.deployables[index].declaration.clone();
        self.keys(object);
        let mut parameters = None;
        for (key, value) in object.properties() {
            match key.constant().unwrap_or_default() {
                "name" => {
                    self.assign(value, &Ty::Text, Fit::Property("name"), Loops::No);
                    self.constant_at_start(value, index, Start::Property("name"));
                }
                "scope" => self.scope_property(index, value),
                "dependsOn" => self.depends_on(value),
                "params" => parameters = Some((key, value)),
                "" => {}
                name => {
                    self.infer(value, Loops::No);
                    let free: Vec<&str> = ["dependsOn", "name", "params", "scope"]
                        .into_iter()
                        .filter(|known| object.property(known).is_none())
                        .collect();
                    let rest = match &free[..] {
                        [] => "No other properties are allowed.".to_owned(),
                        free => format!("Permissible properties include \"{}\".", free.join("\", \"")),
                    };
                    let message = format!(
                        "The property \"{name}\" is not allowed on objects of type \"module\". {rest}"
                    );
                    self.remarks.error(key.span, "BCP037", message);
                }
            }
        }
        self.module_scope(index, &declaration);
        self.module_parameters(index, &declaration.name, parameters);
    }

    fn module_scope(&mut self, index: usize, declaration: &Declaration) {
        let model = self.model;
        let Some(unit) = model.deployables[index].module() else {
            return;
        };
        let supplied = match destination(model, index) {
            Ok(Destination::Own) => model.scope,
            Ok(Destination::Tenant) => Scope::Tenant,
            Ok(Destination::ManagementGroup(_)) => Scope::ManagementGroup,
            Ok(Destination::Subscription(_)) => Scope::Subscription,
            Ok(Destination::ResourceGroup(..)) => Scope::ResourceGroup,
            Ok(Destination::Resource(target, _)) => match container_scope(model, target) {
                Some(scope) => scope,
                None => return,
            },
            Err(_) => return,
        };
        if supplied != unit.interface.scope {
            let span = declaration
                .property("scope")
                .map_or(declaration.reference.span, |scope| scope.span);
            let message = format!(
                "Scope \"{}\" is not valid for this module. Permitted scopes: \"{}\".",
                supplied.name(),
                unit.interface.scope.name()
            );
            self.remarks.error(span, "BCP134", message);
        }
    }

    fn module_parameters(&mut self, index: usize, name: &Name, given: Option<(&Key, &Expression)>) {
        let Some(unit) = self.model.deployables[index].module().cloned() else {
            if let Some((_, value)) = given {
                self.infer(value, property(Loops::Inside(0)));
            }
            return;
        };
        let shape = Shape {
            properties: unit.interface.parameters.clone(),
            others: None,
            declared: false,
        };
        let required: Vec<&str> = shape
            .properties
            .iter()
            .filter(|parameter| parameter.required)
            .map(|parameter| parameter.name.as_str())
            .collect();
        let Some((key, value)) = given else {
            if !required.is_empty() {
                self.remarks
                    .error(name.span, "BCP035", missing_properties("module", &["params"]));
            }
            return;
        };
        let ExpressionKind::Object(object) = &value.bare().kind else {
            self.infer(value, Loops::No);
            return self.remarks.error(
                value.span,
                "BCP183",
                "The value of the module \"params\" property must be an object literal.",
            );
        };
        let missing: Vec<&str> = required
            .into_iter()
            .filter(|name| object.property(name).is_none())
            .collect();
        let spread = object
            .items
            .iter()
            .any(|item| matches!(item, ObjectItem::Spread(_)));
        if !missing.is_empty() && !spread {
            self.remarks
                .error(key.span, "BCP035", missing_properties("params", &missing));
        }
        self.no_duplicates(object);
        for item in &object.items {
            match item {
                ObjectItem::Property(key, value) => {
                    let Some(name) = key.constant() else {
                        self.remarks.error(key.span, "BCP040", "String interpolation is not supported for keys on objects of type \"params\". No other properties are allowed.");
                        continue;
                    };
                    let loops = property(Loops::Inside(0));
                    // A secret goes from its vault straight to the parameter, and nowhere else.
                    if let Some((vault, arguments)) = secret(value)
                        && let Some((found, _)) = self.resolve(vault)
                    {
                        self.facts.used_deployables.insert(found);
                        for argument in arguments {
                            self.assign(argument, &Ty::Text, Fit::Argument, Loops::No);
                        }
                        if shape.property(name).is_none() {
                            self.unknown_parameter(name, key.span, &shape, object);
                        }
                        continue;
                    }
                    match shape.property(name) {
                        Some(known) => self.assign(value, &known.ty, Fit::Property(name), loops),
                        None => {
                            self.infer(value, loops);
                            self.unknown_parameter(name, key.span, &shape, object);
                        }
                    }
                }
                ObjectItem::Spread(value) => self.remarks.error(
                    value.span,
                    limit::FEATURE,
                    "The spread operator is not supported in \"params\". List the parameters.",
                ),
                ObjectItem::Resource(_) => {}
            }
        }
    }

    fn unknown_parameter(&mut self, name: &str, span: Span, shape: &Shape, object: &Object) {
        let before = self.remarks.0.len();
        self.disallowed_property(name, span, shape, object);
        // The object has a name here.
        for remark in &mut self.remarks.0[before..] {
            remark.message = remark.message.replace("of type \"object\"", "of type \"params\"");
        }
    }

    /// `resource.name`, `module.outputs`
    pub(crate) fn deployable_property(
        &mut self,
        index: usize,
        item: Option<&Expression>,
        base: &Expression,
        name: &Name,
    ) -> Ty {
        let model = self.model;
        let deployable = &model.deployables[index];
        self.facts.used_deployables.insert(index);
        match self.site {
            Site::Anywhere => {}
            _ => {
                // Says which names may stand here.
                self.infer(base, Loops::No);
                return Ty::Any;
            }
        }
        match item {
            Some(item) => self.assign(item, &Ty::Int, Fit::Value, Loops::No),
            None if deployable.declaration.looped().is_some() => {
                self.remarks.error(base.span, "BCP144", "Directly referencing a resource or module collection is not currently supported here. Apply an array indexer to the expression.");
                return Ty::Any;
            }
            None => {}
        }
        match (name.text.as_str(), deployable.is_module()) {
            ("name", _) | ("id" | "type" | "apiVersion" | "location", false) => Ty::Text,
            ("outputs", true) => Ty::Outputs(index),
            (_, true) => {
                self.no_such_property("module", &["name", "outputs"], name);
                Ty::Any
            }
            (_, false) => Ty::Any,
        }
    }

    pub(crate) fn module_output(&mut self, index: usize, name: &Name) -> Ty {
        let Some(unit) = self.model.deployables[index].module().cloned() else {
            return Ty::Any;
        };
        let known = unit
            .interface
            .outputs
            .iter()
            .find(|(output, _)| *output == name.text);
        match known {
            Some((_, ty)) => ty.clone(),
            None => {
                let names: Vec<&str> = unit
                    .interface
                    .outputs
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect();
                self.no_such_property("outputs", &names, name);
                Ty::Any
            }
        }
    }

    fn constant_at_start(&mut self, value: &Expression, index: usize, start: Start) {
        let model = self.model;
        let deployable = &model.deployables[index];
        if start == Start::Property("scope") && self.resolve(value).is_some() {
            return;
        }
        let uses = references::uses(model, value, Some(index), deployable.loop_variables());
        let Some((span, accessed)) = self.dynamic(&uses) else {
            return;
        };
        let properties = accessed.map_or(String::new(), |accessed| {
            let accessed = &model.deployables[accessed];
            let known = match accessed.is_module() {
                true => "\"name\"",
                false => "\"apiVersion\", \"id\", \"name\", \"type\"",
            };
            format!(
                " Properties of {} which can be calculated at the start include {known}.",
                accessed.declaration.name.text
            )
        });
        let (code, what) = match start {
            Start::Property(property) => {
                let ty = deployable.resource_type().map_or("module", |ty| ty.name.as_str());
                (
                    "BCP120",
                    format!("This expression is being used in an assignment to the \"{property}\" property of the \"{ty}\" type, which requires a value that can be calculated at the start of the deployment."),
                )
            }
            Start::Condition => (
                "BCP177",
                "This expression is being used in the if-condition expression, which requires a value that can be calculated at the start of the deployment.".to_owned(),
            ),
            Start::Loop => (
                "BCP178",
                "This expression is being used in the for-expression, which requires a value that can be calculated at the start of the deployment.".to_owned(),
            ),
        };
        self.remarks.error(span, code, format!("{what}{properties}"));
    }
}

/// What must be known before anything is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Property(&'static str),
    Condition,
    Loop,
}

/// `vault.getSecret('name')`: the vault, and the arguments.
pub(crate) fn secret(expression: &Expression) -> Option<(&Expression, &[Expression])> {
    match &expression.bare().kind {
        ExpressionKind::Method {
            base,
            name,
            arguments,
        } if name.text == "getSecret" => Some((base, arguments)),
        _ => None,
    }
}

/// What a resource of this type is a scope for.
pub(crate) fn container_scope(model: &Model, index: usize) -> Option<Scope> {
    let ty = model.deployables[index].resource_type()?;
    match ty.name.to_ascii_lowercase().as_str() {
        "microsoft.resources/resourcegroups" => Some(Scope::ResourceGroup),
        "microsoft.management/managementgroups" => Some(Scope::ManagementGroup),
        "microsoft.resources/subscriptions" | "microsoft.subscription/aliases" => Some(Scope::Subscription),
        _ => None,
    }
}
