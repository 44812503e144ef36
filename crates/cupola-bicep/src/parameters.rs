//! Parameters files: `.bicepparam` to the JSON that a deployment takes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cupola_template::expression;
use serde_json::{Map, Value, json};

use crate::all_diagnostics;
use crate::arm::{Arm, Entry};
use crate::check::{Checker, Facts, Fit, Loops, Site};
use crate::diagnostic::{Diagnostic, Remarks, limit, place};
use crate::files::Files;
use crate::lower::{Lower, Shared};
use crate::model::Model;
use crate::parser::{self, Dialect};
use crate::syntax::{Expression, ExpressionKind, Name, Span, StatementKind};
use crate::types::Ty;
use crate::unreadable;
use crate::workspace::{Unit, Workspace};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

// A loop may be the value of a parameter.
const TOP: Loops = Loops::Here {
    around: 0,
    property: false,
};

/// What came of a parameters file.
#[derive(Clone, Debug)]
pub struct CompiledParameters {
    /// `{"$schema": …, "contentVersion": …, "parameters": {"name": {"value": …}}}`; `None` when there are errors.
    pub parameters: Option<Value>,
    /// The template that it is for; `None` when there are errors, or behind `using none`.
    pub template: Option<Value>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a `.bicepparam` file and the template that it names.
pub fn compile_parameters(path: &str, files: &dyn Files) -> CompiledParameters {
    let text = match files.read(path) {
        Ok(text) => text,
        Err(error) => {
            let diagnostics = vec![unreadable(path, &error)];
            return CompiledParameters {
                parameters: None,
                template: None,
                diagnostics,
            };
        }
    };
    let mut workspace = Workspace::new(files);
    let mut remarks = Remarks::default();
    let tree = parser::parse(&text, Dialect::Parameters, &mut remarks);
    let model = Model::collect(path, tree, &mut workspace, &mut remarks);
    let template = using(&model, &mut workspace, &mut remarks);
    let mut checker = Checker {
        model: &model,
        files,
        facts: Facts::default(),
        remarks,
        locals: Vec::new(),
        within: None,
        site: Site::ParametersFile,
        aliases: 0,
    };
    checker.file();
    assignments(&mut checker, template.as_deref());
    let (facts, mut remarks) = (checker.facts, checker.remarks);
    let parameters = match remarks.has_errors() {
        true => None,
        false => Some(values(&model, &facts, files, &mut remarks)),
    };
    let parameters = parameters.filter(|_| !remarks.has_errors());
    let mut diagnostics = place(path, &text, &model.tree.directives, remarks.0);
    diagnostics.extend(all_diagnostics(&workspace));
    CompiledParameters {
        parameters,
        template: template.and_then(|unit| unit.template.clone()),
        diagnostics,
    }
}

fn using(model: &Model, workspace: &mut Workspace<'_>, remarks: &mut Remarks) -> Option<Arc<Unit>> {
    let mut found = None;
    for statement in &model.tree.statements {
        let StatementKind::Using(target) = &statement.kind else {
            continue;
        };
        if found.is_some() {
            remarks.error(
                statement.span,
                "BCP262",
                "More than one using declaration are present",
            );
            continue;
        }
        found = Some(target);
    }
    let Some(target) = found else {
        remarks.error(
            Span::default(),
            "BCP261",
            "A using declaration must be present in this parameters file.",
        );
        return None;
    };
    let target = target.as_ref()?;
    let Some(reference) = target.constant() else {
        remarks.error(
            target.span,
            "BCP092",
            "String interpolation is not supported in file paths.",
        );
        return None;
    };
    match workspace.load(&model.path, reference) {
        Ok(unit) => {
            if unit.failed() {
                remarks.error(target.span, "BCP104", "The referenced module has errors.");
            }
            Some(unit)
        }
        Err(("BCP094", _)) => {
            remarks.error(
                target.span,
                "BCP278",
                "This parameters file references itself, which is not allowed.",
            );
            None
        }
        Err((code, message)) => {
            remarks.error(target.span, code, message);
            None
        }
    }
}

fn assigned(model: &Model) -> impl Iterator<Item = (&Name, &Expression)> {
    model
        .tree
        .statements
        .iter()
        .filter_map(|statement| match &statement.kind {
            StatementKind::Assignment { name, value } => Some((name, value)),
            _ => None,
        })
}

fn assignments(checker: &mut Checker<'_>, template: Option<&Unit>) {
    let model = checker.model;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (name, _) in assigned(model) {
        *counts.entry(&name.text).or_default() += 1;
    }
    for (name, value) in assigned(model) {
        if counts[name.text.as_str()] > 1 {
            let message = format!(
                "Parameter \"{}\" is assigned multiple times. Remove or rename the duplicates.",
                name.text
            );
            checker.remarks.error(name.span, "BCP250", message);
        }
        let known = template.map(|unit| unit.interface.parameters.iter().find(|it| it.name == name.text));
        match known {
            Some(None) => {
                checker.infer(value, Loops::No);
                let message = format!(
                    "The parameter \"{}\" is assigned in the params file without being declared in the Bicep file.",
                    name.text
                );
                checker.remarks.error(name.span, "BCP259", message);
            }
            Some(Some(parameter)) => checker.assign(value, &parameter.ty, Fit::Value, TOP),
            None => checker.assign(value, &Ty::Any, Fit::Value, TOP),
        }
    }
    let missing: Vec<&str> = template
        .map_or(&[][..], |unit| &unit.interface.parameters)
        .iter()
        .filter(|parameter| parameter.required && !counts.contains_key(parameter.name.as_str()))
        .map(|parameter| parameter.name.as_str())
        .collect();
    if !missing.is_empty() {
        let using = model
            .tree
            .statements
            .iter()
            .find(|it| matches!(it.kind, StatementKind::Using(_)));
        let message = format!(
            "The following parameters are declared in the Bicep file but are missing an assignment in the params file: \"{}\".",
            missing.join("\", \"")
        );
        checker
            .remarks
            .error(using.map_or(Span::default(), |it| it.span), "BCP258", message);
    }
}

fn values(model: &Model, facts: &Facts, files: &dyn Files, remarks: &mut Remarks) -> Value {
    let shared = Shared::default();
    let mut lower = Lower {
        model,
        facts,
        shared: &shared,
        foreign: None,
        symbolic: true,
        locals: Vec::new(),
        within: None,
        depth: 0,
    };
    let mut values = Values {
        files,
        lower: &mut lower,
        done: HashMap::new(),
        open: HashSet::new(),
    };
    let mut parameters = Map::new();
    for (name, value) in assigned(model) {
        match values.parameter(value) {
            Ok(value) => {
                parameters.insert(name.text.clone(), value);
            }
            Err(fault) => {
                let message = format!("Failed to evaluate parameter \"{}\": {fault}", name.text);
                remarks.error(value.span, "BCP338", message);
            }
        }
    }
    if shared.too_large() || shared.too_deep.get() {
        remarks.error(
            Span::default(),
            limit::SIZE,
            "The values of this file are too large.",
        );
    }
    json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters })
}

struct Values<'v, 'a> {
    files: &'v dyn Files,
    lower: &'v mut Lower<'a>,
    /// Variables, by the name that the expression has for them.
    done: HashMap<String, Value>,
    open: HashSet<String>,
}

impl Values<'_, '_> {
    fn parameter(&mut self, value: &Expression) -> Result<Value, String> {
        if let Some(reference) = self.secret(value)? {
            return Ok(json!({ "reference": reference }));
        }
        Ok(json!({ "value": self.value(value)? }))
    }

    /// A value, or a list that a loop makes.
    fn value(&mut self, value: &Expression) -> Result<Value, String> {
        let ExpressionKind::For(looped) = &value.bare().kind else {
            let arm = self.lower.expression(value);
            return self.evaluate(arm);
        };
        let source = self.lower.expression(&looped.source);
        let Value::Array(items) = self.evaluate(source)? else {
            return Err("A loop needs an array.".into());
        };
        let mut results = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let before = self.lower.locals.len();
            self.lower
                .locals
                .push((looped.item.text.clone(), Arm::from_json(item)));
            if let Some(index) = &looped.index {
                self.lower.locals.push((index.text.clone(), Arm::Int(at as i64)));
            }
            let arm = self.lower.expression(&looped.body);
            self.lower.locals.truncate(before);
            results.push(self.evaluate(arm)?);
        }
        Ok(Value::Array(results))
    }

    // `getSecret('subscription', 'group', 'vault', 'secret')`, which the deployment fetches.
    fn secret(&mut self, value: &Expression) -> Result<Option<Value>, String> {
        let (name, arguments) = match &value.bare().kind {
            ExpressionKind::Call { name, arguments } => (name, arguments),
            ExpressionKind::Method {
                base,
                name,
                arguments,
            } if matches!(&base.kind, ExpressionKind::Name(base) if base == "az") => (name, arguments),
            _ => return Ok(None),
        };
        if name.text != "getSecret" {
            return Ok(None);
        }
        let mut parts = Vec::new();
        for argument in arguments {
            let arm = self.lower.expression(argument);
            parts.push(self.evaluate(arm)?.as_str().unwrap_or_default().to_owned());
        }
        let [subscription, group, vault, secret, version @ ..] = &parts[..] else {
            return Ok(None);
        };
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{vault}"
        );
        let mut reference = json!({ "keyVault": { "id": id }, "secretName": secret });
        if let [version] = version {
            reference["secretVersion"] = version.as_str().into();
        }
        Ok(Some(reference))
    }

    fn evaluate(&mut self, arm: Arm) -> Result<Value, String> {
        match arm {
            Arm::Null => Ok(Value::Null),
            Arm::Bool(_) | Arm::Int(_) | Arm::Float(_) => Ok(arm.to_json()),
            Arm::Text(text) => Ok(Value::String(text)),
            Arm::Array(items) => items.into_iter().map(|item| self.evaluate(item)).collect(),
            Arm::Object(entries) => {
                let mut object = Map::new();
                for entry in entries {
                    match entry {
                        Entry::Property(key, value) => {
                            let Value::String(key) = self.evaluate(key)? else {
                                continue;
                            };
                            object.insert(key, self.evaluate(value)?);
                        }
                        Entry::Copy { name, .. } => {
                            return Err(format!(
                                "The property \"{name}\" is a loop, which a parameters file can only have as the value of a parameter or a variable."
                            ));
                        }
                    }
                }
                Ok(Value::Object(object))
            }
            arm => {
                let arm = self.filled(arm)?;
                let nothing = Nothing;
                let text = format!("[{}]", arm.to_expression());
                let parsed = expression::parse(&text).map_err(|fault| fault.message)?;
                expression::evaluate(&parsed, &nothing).map_err(|stop| said(&stop))
            }
        }
    }

    /// Puts values where variables and the environment are asked for.
    fn filled(&mut self, arm: Arm) -> Result<Arm, String> {
        Ok(match arm {
            Arm::Call(name, arguments) if name == "variables" => match &arguments[..] {
                [Arm::Text(name)] => Arm::from_json(&self.variable(name)?),
                _ => Arm::Null,
            },
            Arm::Call(name, arguments) if name == "readEnvironmentVariable" => {
                let mut given = Vec::new();
                for argument in arguments {
                    given.push(self.evaluate(argument)?.as_str().unwrap_or_default().to_owned());
                }
                let wanted = given.first().cloned().unwrap_or_default();
                match self
                    .files
                    .environment_variable(&wanted)
                    .or_else(|| given.get(1).cloned())
                {
                    Some(value) => Arm::Text(value),
                    None => {
                        return Err(format!(
                            "Environment variable \"{wanted}\" does not exist, and no default value set."
                        ));
                    }
                }
            }
            Arm::Call(name, arguments) => {
                let arguments: Result<_, _> = arguments.into_iter().map(|it| self.filled(it)).collect();
                Arm::Call(name, arguments?)
            }
            Arm::Access(base, key) => {
                Arm::Access(Box::new(self.filled(*base)?), Box::new(self.filled(*key)?))
            }
            Arm::Array(items) => Arm::Array(
                items
                    .into_iter()
                    .map(|it| self.filled(it))
                    .collect::<Result<_, _>>()?,
            ),
            Arm::Object(entries) => {
                let mut filled = Vec::new();
                for entry in entries {
                    if let Entry::Property(key, value) = entry {
                        filled.push(Entry::Property(self.filled(key)?, self.filled(value)?));
                    }
                }
                Arm::Object(filled)
            }
            arm => arm,
        })
    }

    fn variable(&mut self, name: &str) -> Result<Value, String> {
        if let Some(known) = self.done.get(name) {
            return Ok(known.clone());
        }
        // The checker refuses circles; this bounds the chain.
        if self.open.len() > 50 || !self.open.insert(name.to_owned()) {
            return Err(format!("The variable \"{name}\" refers to too many others."));
        }
        let model = self.lower.model;
        let value = match model.variable(name) {
            Some((_, _, value)) => {
                let locals = std::mem::take(&mut self.lower.locals);
                let value = self.value(value);
                self.lower.locals = locals;
                value?
            }
            None => return Err(format!("The variable \"{name}\" is not of this file.")),
        };
        self.open.remove(name);
        self.done.insert(name.to_owned(), value.clone());
        Ok(value)
    }
}

/// A parameters file knows nothing of where it will be deployed.
struct Nothing;

impl expression::Scope for Nothing {
    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value, expression::Stop>> {
        None
    }

    fn place(&self) -> expression::Place<'_> {
        expression::Place::default()
    }
}

fn said(stop: &expression::Stop) -> String {
    match stop {
        expression::Stop::Fault(fault) => fault.message.clone(),
        expression::Stop::Needs(_) => "The value is only known in a deployment.".into(),
    }
}
