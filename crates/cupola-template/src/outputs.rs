//! Outputs: what a deployment tells when it is done.

use crate::complaint::{Complaint, Complaints};
use crate::copy::Copy;
use crate::expression::type_name;
use crate::facts::Facts;
use crate::functions::misfit_sentence;
use crate::plan::Resolved;
use crate::scope::{Context, Frame, Phase, Run, stands_alone};
use crate::source::{Node, Span};
use crate::tree::{Tree, Trouble};
use crate::types::{Definitions, Type};
use serde_json::{Map, Value, json};

/// The outputs of a template.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    all: Vec<Output>,
    definitions: Definitions,
}

#[derive(Debug)]
struct Output {
    name: String,
    span: Span,
    schema: Node,
    kind: Type,
    condition: Option<Tree>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Tree(Tree),
    Copy(Copy),
}

impl Outputs {
    /// Reads the section.
    pub(crate) fn declare(template: &Node, definitions: &Definitions, complaints: &mut Complaints) -> Self {
        let mut all = Vec::new();
        for member in template
            .property("outputs")
            .map(Node::members)
            .unwrap_or_default()
        {
            let schema = &member.node;
            let target = format!("outputs.{}", member.key);
            let what = || format!("The template output '{}'", member.key);
            let source = match (schema.property("value"), schema.property("copy")) {
                (Some(value), _) => Some(Source::Tree(Tree::grow(value))),
                (None, Some(copy)) => Some(Source::Copy(Copy::grow(copy))),
                (None, None) => None,
            };
            let Some(source) = source else {
                complaints.placed(
                    &target,
                    schema.span,
                    what(),
                    "is not valid: it has neither a 'value' nor a 'copy'. Please see \
                     https://aka.ms/arm-syntax-outputs for usage details.",
                );
                continue;
            };
            let Some(kind) = definitions.type_of(schema) else {
                let named = schema
                    .property("type")
                    .or_else(|| schema.property("$ref"))
                    .and_then(Node::text);
                complaints.placed(
                    &target,
                    schema.span,
                    what(),
                    format!(
                        "is not valid: its type '{}' is not one of string, securestring, int, bool, object, \
                         secureobject and array. Please see https://aka.ms/arm-syntax-outputs for usage details.",
                        named.unwrap_or_default()
                    ),
                );
                continue;
            };
            all.push(Output {
                name: member.key.clone(),
                span: schema.span,
                schema: schema.clone(),
                kind,
                condition: schema.property("condition").map(Tree::grow),
                source,
            });
        }
        Self {
            all,
            definitions: definitions.clone(),
        }
    }

    /// Evaluates what can be evaluated before anything is deployed, and complains.
    pub(crate) fn judge(&self, frame: &Frame<'_>, complaints: &mut Complaints) {
        for output in &self.all {
            let mut trouble = Trouble::default();
            let value = output.evaluate(frame, &mut trouble);
            if trouble.none()
                && let Some(value) = value
                && let Some(sentence) = self.misfit(output, &value)
            {
                trouble.fault(output.span, sentence);
            }
            if trouble.faults.is_empty() && !trouble.needs.is_empty() {
                output.check(frame.context, &mut trouble.faults);
            }
            for (span, message) in trouble.faults {
                let target = format!("outputs.{}", output.name);
                if stands_alone(&message) {
                    complaints.template(&target, span, message);
                } else {
                    complaints.placed(
                        &target,
                        span,
                        format!("The template output '{}'", output.name),
                        format!("is not valid: {message}"),
                    );
                }
            }
        }
    }

    pub(crate) fn resolve(&self, context: &Context, facts: &Facts) -> Resolved {
        let run = Run::default();
        let frame = Frame {
            facts: Some(facts),
            ..Frame::new(context, &run, Phase::Resource)
        };
        let mut shown = Map::new();
        let mut needs = Trouble::default();
        for output in &self.all {
            let mut trouble = Trouble::default();
            let value = output.evaluate(&frame, &mut trouble);
            if let Some((span, message)) = trouble.faults.first() {
                return Resolved::Failed(output.failed(context, *span, message));
            }
            if trouble.echoed {
                let message = "It is built from a parameter or variable that is not valid.";
                return Resolved::Failed(output.failed(context, output.span, message));
            }
            if !trouble.needs.is_empty() {
                needs.join(trouble);
                continue;
            }
            let Some(value) = value else { continue };
            if let Some(sentence) = self.misfit(output, &value) {
                return Resolved::Failed(output.failed(context, output.span, &sentence));
            }
            let mut entry = json!({"type": output.kind.shown()});
            if !output.kind.secure() {
                entry["value"] = value;
            }
            shown.insert(output.name.clone(), entry);
        }
        if needs.needs.is_empty() {
            Resolved::Ready(Value::Object(shown))
        } else {
            Resolved::Needs(needs.needs)
        }
    }

    fn misfit(&self, output: &Output, value: &Value) -> Option<String> {
        let misfits = self.definitions.misfits(value, &output.schema);
        misfits.first().map(misfit_sentence)
    }
}

impl Output {
    /// The value; none where the condition is false.
    fn evaluate(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Option<Value> {
        if let Some(condition) = &self.condition {
            match condition.evaluate(frame, trouble) {
                Value::Bool(false) => return None,
                Value::Bool(true) => {}
                _ if !trouble.none() => return None,
                other => {
                    trouble.fault(
                        condition.span,
                        format!(
                            "The condition must be a boolean; it is of type '{}'.",
                            type_name(&other)
                        ),
                    );
                    return None;
                }
            }
        }
        match &self.source {
            Source::Tree(tree) => Some(tree.evaluate(frame, trouble)),
            Source::Copy(copied) => copied.items(&self.name, frame, trouble),
        }
    }

    fn check(&self, context: &Context, found: &mut Vec<(Span, String)>) {
        match &self.source {
            Source::Tree(tree) => tree.check(context, found),
            Source::Copy(copied) => copied.check(context, found),
        }
    }

    fn failed(&self, context: &Context, span: Span, message: &str) -> Complaint {
        let mut complaints = Complaints::about(context.whole);
        let place = complaints.place(span);
        complaints.add(
            &format!("outputs.{}", self.name),
            span,
            format!(
                "Unable to evaluate template outputs: '{}'. Please see error details and deployment operations. Please \
                 see https://aka.ms/arm-common-errors for usage details. Output '{}'{place}: {message}",
                self.name, self.name
            ),
        );
        complaints.into_only("DeploymentOutputEvaluationFailed")
    }
}
