//! The files of one compilation: each is read, judged and written once, however many others use it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::check::{Checker, Facts, Site};
use crate::declared::primitive;
use crate::diagnostic::{Diagnostic, Level, Remarks, limit, place};
use crate::emit;
use crate::files::{self, Files};
use crate::lint;
use crate::model::{Model, Scope, has_decorator};
use crate::parser::{self, Dialect};
use crate::syntax::StatementKind;
use crate::types::{Property, Ty};

const MODULE_DEPTH_MAX: usize = 12;
const FILES_MAX: usize = 400;

/// A file that was compiled.
pub(crate) struct Unit {
    pub(crate) path: String,
    /// `None` when it is a template in JSON.
    pub(crate) model: Option<Model>,
    pub(crate) facts: Option<Facts>,
    pub(crate) interface: Interface,
    /// `None` when it has errors.
    pub(crate) template: Option<Value>,
    /// Bytes of the template.
    pub(crate) size: usize,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Unit {
    pub(crate) fn failed(&self) -> bool {
        self.template.is_none()
    }
}

/// What others see of a file.
pub(crate) struct Interface {
    pub(crate) scope: Scope,
    pub(crate) parameters: Vec<Property>,
    pub(crate) outputs: Vec<(String, Ty)>,
}

pub(crate) struct Workspace<'f> {
    pub(crate) files: &'f dyn Files,
    units: HashMap<String, Arc<Unit>>,
    /// Files that are being compiled, the outermost first.
    open: Vec<String>,
    /// Finished files, in the order in which they were met.
    pub(crate) order: Vec<Arc<Unit>>,
}

type Refused = (&'static str, String);

impl<'f> Workspace<'f> {
    pub(crate) fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            units: HashMap::new(),
            open: Vec::new(),
            order: Vec::new(),
        }
    }

    /// The file that `reference` in the file `from` names.
    pub(crate) fn load(&mut self, from: &str, reference: &str) -> Result<Arc<Unit>, Refused> {
        if let Some((scheme, _)) = reference.split_once(':') {
            return Err(match scheme {
                "br" | "ts" | "br/public" => (
                    "BCP190",
                    format!("The artifact with reference \"{reference}\" has not been restored."),
                ),
                _ if scheme.starts_with("br/") || scheme.starts_with("ts/") => (
                    "BCP190",
                    format!("The artifact with reference \"{reference}\" has not been restored."),
                ),
                scheme => (
                    "BCP189",
                    format!(
                        "The specified module reference scheme \"{scheme}\" is not recognized. Specify a path to a local module file."
                    ),
                ),
            });
        }
        let path = files::resolve(from, reference).map_err(|(code, message)| (code, message.to_owned()))?;
        if self.open.last() == Some(&path) {
            return Err((
                "BCP094",
                "This module references itself, which is not allowed.".into(),
            ));
        }
        if let Some(start) = self.open.iter().position(|open| *open == path) {
            let mut cycle: Vec<&str> = self.open[start..].iter().map(String::as_str).collect();
            cycle.push(&path);
            let message = format!(
                "The file is involved in a cycle (\"{}\").",
                cycle.join("\" -> \"")
            );
            return Err(("BCP095", message));
        }
        if let Some(unit) = self.units.get(&path) {
            return Ok(unit.clone());
        }
        if self.open.len() >= MODULE_DEPTH_MAX {
            let message = format!("Files refer to one another over more than {MODULE_DEPTH_MAX} levels.");
            return Err((limit::DEPTH, message));
        }
        if self.units.len() >= FILES_MAX {
            return Err((
                limit::SIZE,
                format!("More than {FILES_MAX} files belong to this template."),
            ));
        }
        let text = self
            .files
            .read(&path)
            .map_err(|error| ("BCP091", format!("An error occurred reading file. {error}")))?;
        Ok(self.add(&path, &text))
    }

    /// Compiles a file, unless it was already.
    pub(crate) fn add(&mut self, path: &str, text: &str) -> Arc<Unit> {
        self.open.push(path.to_owned());
        let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let unit = match extension.as_str() {
            "json" | "jsonc" => json_template(path, text),
            _ => self.compile(path, text),
        };
        self.open.pop();
        let unit = Arc::new(unit);
        self.units.insert(path.to_owned(), unit.clone());
        self.order.push(unit.clone());
        unit
    }

    fn compile(&mut self, path: &str, text: &str) -> Unit {
        let mut remarks = Remarks::default();
        let tree = parser::parse(text, Dialect::Template, &mut remarks);
        let model = Model::collect(path, tree, self, &mut remarks);
        let mut checker = Checker {
            model: &model,
            files: self.files,
            facts: Facts::default(),
            remarks,
            locals: Vec::new(),
            within: None,
            site: Site::Anywhere,
            aliases: 0,
        };
        checker.file();
        let interface = interface(&mut checker);
        let (facts, mut remarks) = (checker.facts, checker.remarks);
        lint::lint(&model, &facts, &mut remarks);
        let written = match remarks.has_errors() {
            true => None,
            false => emit::template(&model, &facts, &mut remarks),
        };
        let (template, size) = written.map_or((None, 0), |(template, size)| (Some(template), size));
        let diagnostics = place(path, text, &model.tree.directives, remarks.0);
        Unit {
            path: path.to_owned(),
            model: Some(model),
            facts: Some(facts),
            interface,
            template,
            size,
            diagnostics,
        }
    }
}

fn interface(checker: &mut Checker<'_>) -> Interface {
    let model = checker.model;
    let mut interface = Interface {
        scope: model.scope,
        parameters: Vec::new(),
        outputs: Vec::new(),
    };
    for statement in &model.tree.statements {
        match &statement.kind {
            StatementKind::Parameter {
                name,
                declared,
                default,
            } => {
                let ty = checker.declared_type(declared, &statement.decorators);
                let required = default.is_none() && !ty.may_be_null();
                // Null is how a template says that the default value is meant.
                let ty = if default.is_some() { ty.nullable() } else { ty };
                interface.parameters.push(Property {
                    name: name.text.clone(),
                    ty,
                    required,
                });
            }
            StatementKind::Output { name, declared, .. } => {
                let ty = checker.declared_type(declared, &statement.decorators);
                // A secure output gives nothing to those who ask for it.
                let ty = if has_decorator(&statement.decorators, "secure") {
                    Ty::Any
                } else {
                    ty
                };
                interface.outputs.push((name.text.clone(), ty));
            }
            _ => {}
        }
    }
    interface
}

fn json_template(path: &str, text: &str) -> Unit {
    let template: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_object);
    let mut interface = Interface {
        scope: Scope::ResourceGroup,
        parameters: Vec::new(),
        outputs: Vec::new(),
    };
    let mut diagnostics = Vec::new();
    match &template {
        Some(template) => {
            let schema = template
                .get("$schema")
                .and_then(Value::as_str)
                .unwrap_or_default();
            interface.scope = Scope::of_schema(schema);
            for (name, parameter) in entries(template, "parameters") {
                interface.parameters.push(Property {
                    name: name.clone(),
                    ty: type_in(parameter),
                    required: parameter.get("defaultValue").is_none()
                        && parameter.get("nullable").and_then(Value::as_bool) != Some(true),
                });
            }
            for (name, output) in entries(template, "outputs") {
                interface.outputs.push((name.clone(), type_in(output)));
            }
        }
        None => diagnostics.push(Diagnostic {
            level: Level::Error,
            code: "BCP186",
            message: "Unable to parse literal JSON value. Please ensure that it is well-formed.".into(),
            path: path.to_owned(),
            line: 1,
            column: 1,
        }),
    }
    Unit {
        path: path.to_owned(),
        model: None,
        facts: None,
        interface,
        size: text.len(),
        template,
        diagnostics,
    }
}

fn entries<'t>(template: &'t Value, section: &str) -> impl Iterator<Item = (&'t String, &'t Value)> {
    template
        .get(section)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn type_in(declaration: &Value) -> Ty {
    let name = declaration
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let name = match name.as_str() {
        "securestring" => "string",
        "secureobject" => "object",
        name => name,
    };
    primitive(name).unwrap_or(Ty::Any)
}
