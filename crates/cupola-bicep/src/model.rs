//! What a file declares: its names, and its resources and modules in one list, nested ones included.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Remarks, limit};
use crate::syntax::{
    Declaration, Decorator, Expression, ExpressionKind, Function, Imported, Name, Statement, StatementKind,
    SyntaxTree, TypeExpression,
};
use crate::workspace::{Unit, Workspace};

/// Where a template is deployed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Tenant,
    ManagementGroup,
    Subscription,
    ResourceGroup,
}

impl Scope {
    pub(crate) const ALL: [Self; 4] = [
        Self::ManagementGroup,
        Self::ResourceGroup,
        Self::Subscription,
        Self::Tenant,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::ManagementGroup => "managementGroup",
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resourceGroup",
        }
    }

    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Tenant => {
                "https://schema.management.azure.com/schemas/2019-08-01/tenantDeploymentTemplate.json#"
            }
            Self::ManagementGroup => {
                "https://schema.management.azure.com/schemas/2019-08-01/managementGroupDeploymentTemplate.json#"
            }
            Self::Subscription => {
                "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
            }
            Self::ResourceGroup => {
                "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
            }
        }
    }

    pub(crate) fn of_schema(schema: &str) -> Self {
        let file = schema.rsplit('/').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|scope| {
                scope
                    .schema()
                    .rsplit('/')
                    .next()
                    .is_some_and(|own| own.eq_ignore_ascii_case(file))
            })
            .unwrap_or(Self::ResourceGroup)
    }
}

/// What a name of the file means. Numbers are statements, or entries of a list of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Parameter(usize),
    Variable(usize),
    Type(usize),
    Function(usize),
    Deployable(usize),
    Imported(usize),
    Namespace(usize),
}

pub(crate) struct Import {
    /// The name here.
    pub(crate) name: Name,
    /// The name there; of no use when everything is imported.
    pub(crate) original: String,
    /// `None` when it could not be read, which has been said.
    pub(crate) unit: Option<Arc<Unit>>,
}

pub(crate) struct Deployable {
    pub(crate) declaration: Arc<Declaration>,
    pub(crate) kind: DeployableKind,
    /// The resource inside whose body it stands.
    pub(crate) container: Option<usize>,
    pub(crate) children: Vec<usize>,
    /// `outer::inner`
    pub(crate) symbol: String,
}

pub(crate) enum DeployableKind {
    /// `None` when the type is not valid, which has been said.
    Resource(Option<ResourceType>),
    Module(Option<Arc<Unit>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResourceType {
    /// `Namespace/type/child`
    pub(crate) name: String,
    pub(crate) version: String,
}

impl ResourceType {
    /// How many names it takes to name one.
    pub(crate) fn segments(&self) -> usize {
        self.name.matches('/').count()
    }
}

impl Deployable {
    pub(crate) fn resource_type(&self) -> Option<&ResourceType> {
        match &self.kind {
            DeployableKind::Resource(ty) => ty.as_ref(),
            DeployableKind::Module(_) => None,
        }
    }

    pub(crate) fn module(&self) -> Option<&Arc<Unit>> {
        match &self.kind {
            DeployableKind::Module(unit) => unit.as_ref(),
            DeployableKind::Resource(_) => None,
        }
    }

    pub(crate) fn is_module(&self) -> bool {
        matches!(self.kind, DeployableKind::Module(_))
    }
}

pub(crate) struct Model {
    pub(crate) path: String,
    pub(crate) tree: SyntaxTree,
    pub(crate) scope: Scope,
    pub(crate) symbols: HashMap<String, Symbol>,
    pub(crate) deployables: Vec<Deployable>,
    pub(crate) imports: Vec<Import>,
}

impl Model {
    pub(crate) fn collect(
        path: &str,
        tree: SyntaxTree,
        workspace: &mut Workspace<'_>,
        remarks: &mut Remarks,
    ) -> Self {
        let mut collector = Collector {
            model: Model {
                path: path.to_owned(),
                tree: SyntaxTree::default(),
                scope: Scope::ResourceGroup,
                symbols: HashMap::new(),
                deployables: Vec::new(),
                imports: Vec::new(),
            },
            declared: HashMap::new(),
            workspace,
            remarks,
        };
        collector.scope(&tree);
        for (index, statement) in tree.statements.iter().enumerate() {
            collector.statement(index, statement);
        }
        collector.outputs(&tree);
        collector.duplicates();
        let mut model = collector.model;
        model.tree = tree;
        model
    }

    pub(crate) fn statement(&self, index: usize) -> &Statement {
        &self.tree.statements[index]
    }

    pub(crate) fn parameter(&self, index: usize) -> Option<(&Name, &TypeExpression, Option<&Expression>)> {
        match &self.statement(index).kind {
            StatementKind::Parameter {
                name,
                declared,
                default,
            } => Some((name, declared, default.as_ref())),
            _ => None,
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<(&Name, Option<&TypeExpression>, &Expression)> {
        let Some(Symbol::Variable(index)) = self.symbols.get(name) else {
            return None;
        };
        match &self.statement(*index).kind {
            StatementKind::Variable {
                name,
                declared,
                value,
            } => Some((name, declared.as_ref(), value)),
            StatementKind::Assignment { name, value } => Some((name, None, value)),
            _ => None,
        }
    }

    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        let Some(Symbol::Function(index)) = self.symbols.get(name) else {
            return None;
        };
        match &self.statement(*index).kind {
            StatementKind::Function(function) => Some(function),
            _ => None,
        }
    }

    pub(crate) fn type_statement(&self, name: &str) -> Option<(&[Decorator], &TypeExpression)> {
        let Some(Symbol::Type(index)) = self.symbols.get(name) else {
            return None;
        };
        let statement = self.statement(*index);
        match &statement.kind {
            StatementKind::Type { value, .. } => Some((&statement.decorators, value)),
            _ => None,
        }
    }

    /// Whether other files may import it.
    pub(crate) fn exports(&self, name: &str) -> bool {
        match self.symbols.get(name) {
            Some(Symbol::Variable(index) | Symbol::Type(index) | Symbol::Function(index)) => {
                is_exported(&self.statement(*index).decorators)
            }
            _ => false,
        }
    }

    /// What `name` means inside the body of `within`: children are seen from inside their parents.
    pub(crate) fn find_deployable(&self, name: &str, within: Option<usize>) -> Option<usize> {
        let mut around = within;
        while let Some(index) = around {
            let resource = &self.deployables[index];
            if let Some(child) = self.child(index, name) {
                return Some(child);
            }
            around = resource.container;
        }
        match self.symbols.get(name) {
            Some(Symbol::Deployable(index)) => Some(*index),
            _ => None,
        }
    }

    pub(crate) fn child(&self, parent: usize, name: &str) -> Option<usize> {
        let children = &self.deployables[parent].children;
        children
            .iter()
            .copied()
            .find(|child| self.deployables[*child].declaration.name.text == name)
    }

    /// The resource or module that an expression names, and the index into its loop.
    pub(crate) fn resolve<'e>(
        &self,
        expression: &'e Expression,
        within: Option<usize>,
        is_local: &dyn Fn(&str) -> bool,
    ) -> Option<(usize, Option<&'e Expression>)> {
        match &expression.kind {
            ExpressionKind::Name(name) if !is_local(name) => {
                self.find_deployable(name, within).map(|index| (index, None))
            }
            ExpressionKind::Group(inner) | ExpressionKind::NotNull(inner) => {
                self.resolve(inner, within, is_local)
            }
            ExpressionKind::Index { base, index, .. } => match self.resolve(base, within, is_local)? {
                (found, None) if self.deployables[found].declaration.looped().is_some() => {
                    Some((found, Some(index)))
                }
                _ => None,
            },
            ExpressionKind::Nested { base, name } => {
                let (parent, _) = self.resolve(base, within, is_local)?;
                self.child(parent, &name.text).map(|child| (child, None))
            }
            _ => None,
        }
    }

    /// The parent that it stands in, or that its `parent` property names, with an index into the parent's loop.
    pub(crate) fn parent(&self, index: usize) -> Option<(usize, Option<&Expression>)> {
        let deployable = &self.deployables[index];
        if let Some(container) = deployable.container {
            return Some((container, None));
        }
        let locals = deployable.loop_variables();
        let property = deployable.declaration.property("parent")?;
        let (parent, at) = self.resolve(property, deployable.container, &|name| {
            locals.iter().any(|local| local == &name)
        })?;
        (parent != index).then_some((parent, at))
    }

    /// All parents, the nearest first. A circle of parents ends where it began.
    pub(crate) fn ancestors(&self, index: usize) -> Vec<usize> {
        let mut ancestors: Vec<usize> = Vec::new();
        let mut at = index;
        while let Some((parent, _)) = self.parent(at) {
            // No resource type has this many levels.
            if parent == index || ancestors.contains(&parent) || ancestors.len() >= 32 {
                break;
            }
            ancestors.push(parent);
            at = parent;
        }
        ancestors
    }
}

impl Deployable {
    pub(crate) fn loop_variables(&self) -> Vec<&str> {
        self.declaration.looped().map_or(Vec::new(), |looped| {
            std::iter::once(&looped.item)
                .chain(&looped.index)
                .map(|name| name.text.as_str())
                .collect()
        })
    }
}

pub(crate) fn is_exported(decorators: &[Decorator]) -> bool {
    has_decorator(decorators, "export")
}

pub(crate) fn has_decorator(decorators: &[Decorator], name: &str) -> bool {
    decorators.iter().any(|decorator| decorator.name.text == name)
}

pub(crate) fn decorator<'d>(decorators: &'d [Decorator], name: &str) -> Option<&'d Decorator> {
    decorators.iter().find(|decorator| decorator.name.text == name)
}

struct Collector<'w, 'f, 'r> {
    model: Model,
    /// Every place where a name is declared.
    declared: HashMap<String, Vec<Name>>,
    workspace: &'w mut Workspace<'f>,
    remarks: &'r mut Remarks,
}

impl Collector<'_, '_, '_> {
    // Modules and resources are judged by it, so it is known before them, wherever it stands.
    fn scope(&mut self, tree: &SyntaxTree) {
        let mut seen = false;
        for statement in &tree.statements {
            let StatementKind::TargetScope(value) = &statement.kind else {
                continue;
            };
            if seen {
                self.remarks.error(
                    statement.span,
                    "BCP112",
                    "The \"targetScope\" cannot be declared multiple times in one file.",
                );
            }
            seen = true;
            match value.constant().and_then(|text| Scope::ALL.into_iter().find(|scope| scope.name() == text)) {
                Some(scope) => self.model.scope = scope,
                None => self.remarks.error(
                    value.span,
                    "BCP033",
                    format!(
                        "Expected a value of type \"'managementGroup' | 'resourceGroup' | 'subscription' | 'tenant'\" but the provided value is of type \"{}\".",
                        value.constant().map_or("any".to_owned(), |text| format!("'{text}'"))
                    ),
                ),
            }
        }
    }

    fn statement(&mut self, index: usize, statement: &Statement) {
        match &statement.kind {
            StatementKind::Parameter { name, .. } => self.declare(name, Symbol::Parameter(index)),
            StatementKind::Variable { name, .. } => self.declare(name, Symbol::Variable(index)),
            // Within a parameters file, a parameter may be used like a variable; two of one name are judged there.
            StatementKind::Assignment { name, .. } => {
                self.model
                    .symbols
                    .entry(name.text.clone())
                    .or_insert(Symbol::Variable(index));
            }
            StatementKind::Type { name, .. } => self.declare_type(name, index),
            StatementKind::Function(function) => self.declare(&function.name, Symbol::Function(index)),
            StatementKind::Resource(declaration) => {
                let found = self.resource(declaration, None);
                self.declare(&declaration.name, Symbol::Deployable(found));
            }
            StatementKind::Module(declaration) => {
                let found = self.module(declaration);
                self.declare(&declaration.name, Symbol::Deployable(found));
            }
            StatementKind::Import { what, from } => self.import(what, from),
            StatementKind::Foreign { keyword, subject } => self.foreign(keyword, subject),
            _ => {}
        }
    }

    fn declare(&mut self, name: &Name, symbol: Symbol) {
        self.model.symbols.entry(name.text.clone()).or_insert(symbol);
        self.declared
            .entry(name.text.clone())
            .or_default()
            .push(name.clone());
    }

    fn declare_type(&mut self, name: &Name, index: usize) {
        if matches!(
            name.text.as_str(),
            "array" | "bool" | "int" | "object" | "string" | "any" | "null"
        ) {
            let message = format!(
                "The type name \"{}\" is reserved and may not be attached to a user-defined type.",
                name.text
            );
            self.remarks.error(name.span, "BCP301", message);
        }
        self.declare(name, Symbol::Type(index));
    }

    fn duplicates(&mut self) {
        for names in self.declared.values().filter(|names| names.len() > 1) {
            for name in names {
                let message = format!(
                    "Identifier \"{}\" is declared multiple times. Remove or rename the duplicates.",
                    name.text
                );
                self.remarks.error(name.span, "BCP028", message);
            }
        }
    }

    // Outputs have names of their own.
    fn outputs(&mut self, tree: &SyntaxTree) {
        let mut seen: HashMap<&str, Vec<&Name>> = HashMap::new();
        for statement in &tree.statements {
            if let StatementKind::Output { name, .. } = &statement.kind {
                seen.entry(&name.text).or_default().push(name);
            }
        }
        for name in seen.into_values().filter(|names| names.len() > 1).flatten() {
            let message = format!(
                "Output \"{}\" is declared multiple times. Remove or rename the duplicates.",
                name.text
            );
            self.remarks.error(name.span, "BCP145", message);
        }
    }

    fn resource(&mut self, declaration: &Arc<Declaration>, container: Option<usize>) -> usize {
        let ty = match container {
            None => self.resource_type(&declaration.reference),
            Some(container) => self.nested_type(&declaration.reference, container),
        };
        let symbol = match container {
            Some(container) => {
                format!(
                    "{}::{}",
                    self.model.deployables[container].symbol, declaration.name.text
                )
            }
            None => declaration.name.text.clone(),
        };
        let index = self.add(Deployable {
            declaration: declaration.clone(),
            kind: DeployableKind::Resource(ty),
            container,
            children: Vec::new(),
            symbol,
        });
        let mut names: Vec<&Name> = Vec::new();
        for nested in declaration.nested() {
            if declaration.looped().is_some() {
                self.remarks.error(
                    nested.name.span,
                    "BCP160",
                    "A nested resource cannot appear inside of a resource with a for-expression.",
                );
            }
            if let Some(first) = names.iter().find(|name| name.text == nested.name.text) {
                let message = format!(
                    "Identifier \"{}\" is declared multiple times. Remove or rename the duplicates.",
                    first.text
                );
                self.remarks.error(first.span, "BCP028", message.clone());
                self.remarks.error(nested.name.span, "BCP028", message);
            }
            names.push(&nested.name);
            let child = self.resource(nested, Some(index));
            self.model.deployables[index].children.push(child);
        }
        index
    }

    fn add(&mut self, deployable: Deployable) -> usize {
        self.model.deployables.push(deployable);
        self.model.deployables.len() - 1
    }

    fn constant_reference<'d>(&mut self, reference: &'d Expression) -> Option<&'d str> {
        let constant = reference.constant();
        if constant.is_none() && !matches!(reference.kind, ExpressionKind::Error) {
            self.remarks.error(
                reference.span,
                "BCP047",
                "String interpolation is unsupported for specifying the resource type.",
            );
        }
        constant
    }

    fn resource_type(&mut self, reference: &Expression) -> Option<ResourceType> {
        let text = self.constant_reference(reference)?;
        let found = text
            .split_once('@')
            .filter(|(name, version)| is_type(name, 2) && is_version(version))
            .map(|(name, version)| ResourceType {
                name: name.to_owned(),
                version: version.to_owned(),
            });
        if found.is_none() {
            self.remarks.error(reference.span, "BCP029", "The resource type is not valid. Specify a valid resource type of format \"<type-name>@<apiVersion>\".");
        }
        found
    }

    fn nested_type(&mut self, reference: &Expression, container: usize) -> Option<ResourceType> {
        let text = self.constant_reference(reference)?;
        let (segment, version) = match text.split_once('@') {
            Some((segment, version)) => (segment, Some(version)),
            None => (text, None),
        };
        if !is_type(segment, 1)
            || segment.contains('/')
            || version.is_some_and(|version| !is_version(version))
        {
            let message = format!(
                "The resource type segment \"{text}\" is invalid. Nested resources must specify a single type segment, and optionally can specify an api version using the format \"<type>@<apiVersion>\"."
            );
            self.remarks.error(reference.span, "BCP156", message);
            return None;
        }
        let Some(parent) = self.model.deployables[container].resource_type().cloned() else {
            self.remarks.error(
                reference.span,
                "BCP157",
                "The resource type cannot be determined due to an error in the containing resource.",
            );
            return None;
        };
        Some(ResourceType {
            name: format!("{}/{segment}", parent.name),
            version: version.map_or(parent.version, str::to_owned),
        })
    }

    fn module(&mut self, declaration: &Arc<Declaration>) -> usize {
        let unit = self.load(&declaration.reference, true);
        self.add(Deployable {
            declaration: declaration.clone(),
            kind: DeployableKind::Module(unit),
            container: None,
            children: Vec::new(),
            symbol: declaration.name.text.clone(),
        })
    }

    fn load(&mut self, reference: &Expression, module: bool) -> Option<Arc<Unit>> {
        let Some(path) = reference.constant() else {
            if !matches!(reference.kind, ExpressionKind::Error) {
                self.remarks.error(
                    reference.span,
                    "BCP092",
                    "String interpolation is not supported in file paths.",
                );
            }
            return None;
        };
        match self.workspace.load(&self.model.path, path) {
            Ok(unit) if unit.failed() => {
                let code = if unit.model.is_some() { "BCP104" } else { "BCP188" };
                let message = match code {
                    "BCP104" => "The referenced module has errors.",
                    _ => {
                        "The referenced ARM template has errors. Please see https://aka.ms/arm-template for information on how to diagnose and fix the template."
                    }
                };
                self.remarks.error(reference.span, code, message);
                // Its parameters and outputs are still good for judging this file.
                module.then_some(unit)
            }
            Ok(unit) => Some(unit),
            Err((code, message)) => {
                self.remarks.error(reference.span, code, message);
                None
            }
        }
    }

    fn import(&mut self, what: &Imported, from: &Expression) {
        let unit = self.load(from, false);
        if unit.as_ref().is_some_and(|unit| unit.model.is_none()) {
            self.remarks.error(
                from.span,
                limit::FEATURE,
                "Importing from an ARM template is not supported. Import from a Bicep file.",
            );
        }
        let unit = unit.filter(|unit| unit.model.is_some());
        match what {
            Imported::Everything(name) => {
                let index = self.model.imports.len();
                self.model.imports.push(Import {
                    name: name.clone(),
                    original: String::new(),
                    unit,
                });
                self.declare(name, Symbol::Namespace(index));
            }
            Imported::Some(names) => {
                for (original, alias) in names {
                    let exported = unit
                        .as_ref()
                        .and_then(|unit| unit.model.as_ref())
                        .is_none_or(|model| model.exports(&original.text));
                    if !exported {
                        let message = format!(
                            "The '{}' symbol was not found in (or was not exported by) the imported template.",
                            original.text
                        );
                        self.remarks.error(original.span, "BCP360", message);
                    }
                    let name = alias.clone().unwrap_or_else(|| original.clone());
                    let index = self.model.imports.len();
                    let unit = unit.clone().filter(|_| exported);
                    self.model.imports.push(Import {
                        name: name.clone(),
                        original: original.text.clone(),
                        unit,
                    });
                    self.declare(&name, Symbol::Imported(index));
                }
            }
        }
    }

    fn foreign(&mut self, keyword: &Name, subject: &Expression) {
        match keyword.text.as_str() {
            "extension" | "provider" | "import" => {
                let name = match &subject.kind {
                    ExpressionKind::Name(name) => name.clone(),
                    _ => subject.constant().unwrap_or_default().to_owned(),
                };
                let message = format!("Extension \"{name}\" is not recognized.");
                self.remarks.error(subject.span, "BCP204", message);
            }
            "test" => self.remarks.error(keyword.span, "BCP348", "Using a test declaration statement requires enabling EXPERIMENTAL feature \"TestFramework\"."),
            "assert" => self.remarks.error(keyword.span, "BCP349", "Using an assert declaration requires enabling EXPERIMENTAL feature \"Assertions\"."),
            other => {
                let message = format!("The declaration \"{other}\" is not supported.");
                self.remarks.error(keyword.span, limit::FEATURE, message);
            }
        }
    }
}

fn is_type(name: &str, least: usize) -> bool {
    let segments: Vec<&str> = name.split('/').collect();
    let valid = |segment: &&str| {
        !segment.is_empty()
            && segment
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '-' | '_'))
    };
    segments.len() >= least && segments.iter().all(valid)
}

// `2024-04-01`, `2024-04-01-preview`
fn is_version(version: &str) -> bool {
    let bytes = version.as_bytes();
    let date = bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let suffix = version.get(10..).unwrap_or_default();
    date && (suffix.is_empty()
        || suffix.strip_prefix('-').is_some_and(|suffix| {
            !suffix.is_empty()
                && suffix
                    .chars()
                    .all(|next| next.is_ascii_alphanumeric() || next == '-')
        }))
}
