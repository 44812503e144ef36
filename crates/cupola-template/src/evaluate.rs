//! Evaluating: a template and its parameters in; a plan and every complaint out.

use crate::complaint::{Complaint, Complaints};
use crate::dependencies;
use crate::functions::Functions;
use crate::hash::template_hash;
use crate::known::{Known, Mode};
use crate::outputs::Outputs;
use crate::parameters::Parameters;
use crate::plan::Plan;
use crate::references::{Entry, Index};
use crate::resources::{self, Declared, Draft};
use crate::scope::{Context, Frame, Phase, Run, stands_alone};
use crate::source::{Node, Shape};
use crate::types::Definitions;
use crate::variables::Variables;
use serde_json::{Value, json};

/// Evaluates a template. Total: broken input yields all that could be understood, and each fault once.
///
/// `parameters` is `{"name": {"value": …}}`, as in the body of a deployment.
pub fn evaluate(template: &Node, parameters: &Value, known: &Known) -> (Plan, Vec<Complaint>) {
    evaluate_nested(template, template, parameters, known)
}

/// Evaluates a template that stands in another, such as [`Plan::inner_template`]: lines and columns are told as seen from
/// the beginning of the one `around` it.
pub fn evaluate_nested(
    template: &Node,
    around: &Node,
    parameters: &Value,
    known: &Known,
) -> (Plan, Vec<Complaint>) {
    let mut complaints = Complaints::about(around.span);
    frame_of(template, &mut complaints);
    let definitions = Definitions::of(template);
    let value = template.to_value();
    let hash = template_hash(&value);
    let mut context = Context {
        parameters: Parameters::declare(template, parameters, &definitions, &mut complaints),
        variables: Variables::declare(template),
        functions: Functions::declare(template, &definitions, &mut complaints),
        deployment: deployment(known, value, parameters, &hash),
        index: Index::default(),
        whole: around.span,
        known: known.clone(),
    };
    let run = Run::default();
    let shown_parameters = {
        let frame = Frame::new(&context, &run, Phase::Default);
        context.parameters.judge(&frame, &mut complaints)
    };
    let drafts = {
        let frame = Frame::new(&context, &run, Phase::Plan);
        judge_variables(&frame, &mut complaints);
        let section = template.property("resources");
        let declared = section.map(|section| Declared::section(section, "resources", &mut complaints));
        resources::expand(&declared.unwrap_or_default(), &frame, &mut complaints)
    };
    for draft in &drafts {
        context.index.add(entry(draft));
    }
    let outputs = Outputs::declare(template, &definitions, &mut complaints);
    let planned = {
        let frame = Frame::new(&context, &run, Phase::Resource);
        let planned = dependencies::wire(drafts, &frame, &mut complaints);
        outputs.judge(&frame, &mut complaints);
        planned
    };
    let plan = Plan {
        parameters: shown_parameters,
        resources: planned,
        template_hash: hash,
        content_version: text_of(template, "contentVersion").unwrap_or_default(),
        outputs,
        context,
    };
    (plan, complaints.into_found())
}

/// What every template has.
fn frame_of(template: &Node, complaints: &mut Complaints) {
    if !template.is_object() {
        complaints.template(
            "",
            template.span,
            format!(
                "The template must be an object; it is {}. Please see https://aka.ms/arm-syntax for usage details.",
                template.kind()
            ),
        );
        return;
    }
    for key in ["$schema", "contentVersion"] {
        if text_of(template, key).is_none_or(|text| text.is_empty()) {
            complaints.template(
                key,
                template.span,
                format!(
                    "The template property '{key}' is required and not there. Please see https://aka.ms/arm-syntax for \
                     usage details."
                ),
            );
        }
    }
    if template.property("resources").is_none() {
        complaints.template(
            "resources",
            template.span,
            "The template property 'resources' is required and not there; an empty array will do. Please see \
             https://aka.ms/arm-syntax-resources for usage details.",
        );
    }
    if let Some(section) = template
        .property("resources")
        .filter(|section| section.is_object())
        && !text_of(template, "languageVersion").is_some_and(|version| version.starts_with("2."))
    {
        complaints.placed(
            "resources",
            section.span,
            "The template section 'resources'",
            "is an object of symbolic names, which takes \"languageVersion\": \"2.0\" at the top of the template. Please \
             see https://aka.ms/arm-syntax-resources for usage details.",
        );
    }
    for (key, wants_list) in [
        ("parameters", false),
        ("variables", false),
        ("outputs", false),
        ("functions", true),
    ] {
        let Some(section) = template.property(key).filter(|section| !section.is_null()) else {
            continue;
        };
        if matches!(section.shape, Shape::List(_)) != wants_list || (!wants_list && !section.is_object()) {
            let wanted = if wants_list { "an array" } else { "an object" };
            complaints.placed(
                key,
                section.span,
                format!("The template section '{key}'"),
                format!(
                    "must be {wanted}; it is {}. Please see https://aka.ms/arm-syntax for usage details.",
                    section.kind()
                ),
            );
        }
    }
}

fn judge_variables(frame: &Frame<'_>, complaints: &mut Complaints) {
    for (name, (span, message)) in frame.context.variables.judge(frame) {
        let target = format!("variables.{name}");
        if stands_alone(&message) {
            complaints.template(&target, span, message);
        } else {
            complaints.placed(
                &target,
                span,
                format!("The template variable '{name}'"),
                format!("is not valid: {message}"),
            );
        }
    }
}

fn entry(draft: &Draft) -> Entry {
    let planned = &draft.planned;
    Entry {
        symbol: planned.symbol.clone(),
        round: planned
            .round
            .as_ref()
            .map(|round| (round.name.clone(), round.index)),
        id: planned.id.clone(),
        kind: planned.kind.clone(),
        name: planned.name.clone(),
        api_version: planned.api_version.clone(),
    }
}

/// What `deployment()` returns.
fn deployment(known: &Known, template: Value, parameters: &Value, hash: &str) -> Value {
    let mode = match known.mode {
        Mode::Incremental => "Incremental",
        Mode::Complete => "Complete",
    };
    let mut deployment = json!({
        "name": known.deployment,
        "properties": {
            "template": template,
            "templateHash": hash,
            "parameters": parameters,
            "mode": mode,
            "provisioningState": "Accepted",
        },
    });
    if let (Some(location), Some(deployment)) = (&known.location, deployment.as_object_mut()) {
        deployment.insert("location".to_owned(), Value::from(location.as_str()));
    }
    deployment
}

fn text_of(node: &Node, key: &str) -> Option<String> {
    node.property(key).and_then(Node::text).map(str::to_owned)
}
