//! Parameters: what the template declares against what the deployment supplies.

use crate::complaint::Complaints;
use crate::expression::{self, Stop};
use crate::functions::misfit_sentence;
use crate::scope::{Flaw, Frame, Phase, Slot, not_found, stands_alone};
use crate::source::{Node, Shape, Span};
use crate::tree::{Tree, Trouble};

use crate::types::{Definitions, Misfit, Type, plain};
use crate::walk::walk;
use cupola_core::name::fold;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A parameter of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name as declared.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Its value; none for secure ones, and where it is not valid.
    pub value: Option<Value>,
}

/// The parameters of a template.
#[derive(Default)]
pub(crate) struct Parameters {
    all: Vec<Declared>,
    by_name: HashMap<String, usize>,
    definitions: Definitions,
}

struct Declared {
    name: String,
    span: Span,
    schema: Node,
    kind: Type,
    default: Option<Tree>,
    nullable: bool,
    /// Whether the value came with the deployment rather than from the template.
    supplied: bool,
    slot: Slot,
}

impl Parameters {
    /// Reads the section and what is supplied for it: `{"name": {"value": …}}`.
    pub(crate) fn declare(
        template: &Node,
        supplied: &Value,
        definitions: &Definitions,
        complaints: &mut Complaints,
    ) -> Self {
        let mut parameters = Self {
            definitions: definitions.clone(),
            ..Self::default()
        };
        for member in template
            .property("parameters")
            .map(Node::members)
            .unwrap_or_default()
        {
            let target = format!("parameters.{}", member.key);
            let schema = &member.node;
            let kind = definitions.type_of(schema);
            if kind.is_none() {
                complaints.placed(
                    &target,
                    schema.span,
                    format!("The template parameter '{}'", member.key),
                    type_fault(schema),
                );
            }
            parameters.by_name.insert(fold(&member.key), parameters.all.len());
            parameters.all.push(Declared {
                name: member.key.clone(),
                span: schema.span,
                schema: schema.clone(),
                kind: kind.unwrap_or(Type::Object),
                default: schema.property("defaultValue").map(Tree::grow),
                nullable: definitions.nullable(schema),
                supplied: false,
                slot: if kind.is_some() {
                    Slot::default()
                } else {
                    Slot::failed()
                },
            });
        }
        match supplied {
            Value::Null => {}
            Value::Object(supplied) => parameters.supply(supplied, complaints),
            _ => complaints.template(
                "parameters",
                Span::default(),
                "The deployment parameters must be an object of {\"name\": {\"value\": …}}.",
            ),
        }
        parameters
    }

    fn supply(&mut self, supplied: &Map<String, Value>, complaints: &mut Complaints) {
        let mut strangers = Vec::new();
        for (name, given) in supplied {
            let declared = self.by_name.get(&fold(name)).and_then(|at| self.all.get_mut(*at));
            let Some(declared) = declared else {
                strangers.push(name.as_str());
                continue;
            };
            declared.supply(given, complaints);
        }
        if strangers.is_empty() {
            return;
        }
        let declared: Vec<&str> = self.all.iter().map(|declared| declared.name.as_str()).collect();
        complaints.template(
            "parameters",
            Span::default(),
            format!(
                "The following parameters were supplied, but do not correspond to any parameters defined in the \
                 template: '{}'. The parameters defined in the template are: '{}'. Please see \
                 https://aka.ms/arm-pass-parameter-values for usage details.",
                strangers.join(", "),
                declared.join(", ")
            ),
        );
    }

    pub(crate) fn declares(&self, name: &str) -> bool {
        self.by_name.contains_key(&fold(name))
    }

    /// The value of a parameter.
    pub(crate) fn value(&self, name: &str, frame: &Frame<'_>) -> Result<Value, Stop> {
        let declared = self
            .by_name
            .get(&fold(name))
            .and_then(|at| self.all.get(*at))
            .ok_or_else(|| not_found("parameter", name))?;
        declared.slot.value(
            frame.run,
            || declared.circle(&[&declared.name, &declared.name]),
            || declared.default(&Frame::new(frame.context, frame.run, Phase::Default)),
        )
    }

    /// The parameters that a default value asks for; a supplied one asks for none.
    fn asked_by(&self, declared: &Declared) -> Vec<usize> {
        let mut asked = Vec::new();
        if let Some(tree) = declared.default.as_ref().filter(|_| !declared.supplied) {
            tree.names_asked("parameters", &mut |name| {
                asked.extend(self.by_name.get(&fold(name)).copied())
            });
        }
        asked
    }

    /// Evaluates all, checks all, and complains.
    pub(crate) fn judge(&self, frame: &Frame<'_>, complaints: &mut Complaints) -> Vec<Parameter> {
        let edges: Vec<Vec<usize>> = self.all.iter().map(|declared| self.asked_by(declared)).collect();
        let walk = walk(&edges);
        for circle in &walk.circles {
            let names: Vec<&str> = circle
                .iter()
                .chain(circle.first())
                .map(|at| self.all[*at].name.as_str())
                .collect();
            if let Some(first) = circle.first().map(|at| &self.all[*at]) {
                first.slot.fail((first.span, first.circle(&names)));
            }
        }
        let mut values: Vec<Option<Value>> = vec![None; self.all.len()];
        for at in walk.order {
            values[at] = self.value(&self.all[at].name, frame).ok();
            frame.take_echo();
        }
        self.all
            .iter()
            .zip(values)
            .map(|(declared, value)| {
                declared.judge(value.as_ref(), &self.definitions, complaints);
                Parameter {
                    name: declared.name.clone(),
                    kind: declared.kind,
                    value: value.filter(|_| !declared.kind.secure()),
                }
            })
            .collect()
    }
}

impl Declared {
    fn circle(&self, names: &[&str]) -> String {
        format!(
            "The template parameter '{}' takes its default value from itself: {}. Please see \
             https://aka.ms/arm-syntax-parameters for usage details.",
            self.name,
            names.join(" -> ")
        )
    }

    fn target(&self) -> String {
        format!("parameters.{}", self.name)
    }

    fn supply(&mut self, given: &Value, complaints: &mut Complaints) {
        let Value::Object(entry) = given else {
            complaints.template(
                &self.target(),
                Span::default(),
                format!(
                    "The deployment parameter '{0}' is not an object; write {{\"{0}\": {{\"value\": …}}}}. Please see \
                     https://aka.ms/arm-create-parameter-file for usage details.",
                    self.name
                ),
            );
            self.slot = Slot::failed();
            return;
        };
        match expression::property(entry, "value") {
            Some(Value::Null) | None => {}
            Some(value) => {
                self.slot = Slot::made(value.clone());
                self.supplied = true;
                return;
            }
        }
        if let Some(reference) =
            expression::property(entry, "reference").filter(|reference| !reference.is_null())
        {
            let secret = reference
                .get("secretName")
                .and_then(Value::as_str)
                .unwrap_or_default();
            complaints.template(
                &self.target(),
                Span::default(),
                format!(
                    "The parameter '{0}' takes the secret '{secret}' from a key vault. Key vaults are not read here; \
                     give the value itself: {{\"{0}\": {{\"value\": …}}}}.",
                    self.name
                ),
            );
            self.slot = Slot::failed();
        }
    }

    /// The value of a parameter that is not supplied.
    fn default(&self, frame: &Frame<'_>) -> Result<Value, Vec<Flaw>> {
        let Some(tree) = &self.default else {
            if self.nullable {
                return Ok(Value::Null);
            }
            return Err(vec![(self.span, MISSING.to_owned())]);
        };
        let mut trouble = Trouble::default();
        let value = tree.evaluate(frame, &mut trouble);
        if trouble.none() {
            return Ok(value);
        }
        Err(trouble.faults)
    }

    fn judge(&self, value: Option<&Value>, definitions: &Definitions, complaints: &mut Complaints) {
        let target = self.target();
        for (span, flaw) in self.slot.take_flaws() {
            if flaw == MISSING {
                complaints.placed(
                    &target,
                    span,
                    format!("The value for the template parameter '{}'", self.name),
                    "is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.",
                );
            } else if stands_alone(&flaw) {
                complaints.template(&target, span, flaw);
            } else {
                complaints.placed(
                    &target,
                    span,
                    format!("The template parameter '{}'", self.name),
                    format!("is not valid: {flaw}"),
                );
            }
        }
        let Some(value) = value else { return };
        for misfit in definitions.misfits(value, &self.schema) {
            self.misfit(value, &misfit, complaints);
        }
    }

    fn misfit(&self, value: &Value, misfit: &Misfit, complaints: &mut Complaints) {
        let target = self.target();
        let name = &self.name;
        // What a secret is stays out of messages.
        let shown = if self.kind.secure() || value.is_object() || value.is_array() {
            String::new()
        } else {
            format!(" '{}'", plain(value))
        };
        match misfit {
            Misfit::Type { path, wanted, found } if path.is_empty() => complaints.template(
                &target,
                self.span,
                format!(
                    "The provided value for the template parameter '{name}' is not valid. Expected a value of type \
                     '{wanted}', but received a value of type '{found}'. Please see \
                     https://aka.ms/arm-create-parameter-file for usage details."
                ),
            ),
            Misfit::NotAllowed { path, allowed } if path.is_empty() => complaints.placed(
                &target,
                self.span,
                format!("The provided value{shown} for the template parameter '{name}'"),
                format!("is not valid. The parameter value is not part of the allowed value(s): '{allowed}'."),
            ),
            other => complaints.placed(
                &target,
                self.span,
                format!("The provided value for the template parameter '{name}'"),
                format!(
                    "is not valid. {} Please see https://aka.ms/arm-create-parameter-file for usage details.",
                    misfit_sentence(other)
                ),
            ),
        }
    }
}

// A sentence that cannot come from an expression marks the parameters that nobody gave.
const MISSING: &str = "\u{0}missing";

fn type_fault(schema: &Node) -> String {
    match schema.property("type").map(|node| &node.shape) {
        Some(Shape::Text(name)) => format!(
            "has the type '{name}', which there is not; it is one of string, securestring, int, bool, object, \
             secureobject and array."
        ),
        _ => match schema.property("$ref").and_then(Node::text) {
            Some(name) => {
                format!("refers to the type definition '{name}', which is not found in 'definitions'.")
            }
            None => {
                "has no 'type'; it is one of string, securestring, int, bool, object, secureobject and array."
                    .to_owned()
            }
        },
    }
}

/// The parameters as a deployment shows them; secure ones without their value.
pub(crate) fn shown(parameters: &[Parameter]) -> Value {
    let entries = parameters.iter().map(|parameter| {
        let mut entry = json!({"type": parameter.kind.shown()});
        if let Some(value) = &parameter.value {
            entry["value"] = value.clone();
        }
        (parameter.name.clone(), entry)
    });
    Value::Object(entries.collect())
}
