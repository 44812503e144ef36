//! What a template asks about resources, learnt as the caller: `reference()` is a GET, `list*()` a POST.

use super::deploy::{API_VERSION, Live};
use crate::control::Control;
use crate::deployments::Secrets;
use crate::deployments::request::told;
use crate::dispatch::inward::Errand;
use cupola_template::{Facts, Need, Plan, Planned, Resolved};
use cupola_wire::arm::error_object;
use http::Method;
use serde_json::{Value, json};

/// How often a part of a template may ask for more; each answer can lead to another question.
const QUESTIONS_MAX: usize = 64;

/// What was learnt so far.
pub(crate) struct Learnt {
    pub(crate) facts: Facts,
    /// What must not be seen: parameters, and what `list*()` answered.
    pub(crate) secrets: Secrets,
    /// Ids of what was read and not told yet.
    pub(super) fresh: Vec<String>,
}

impl Learnt {
    /// Nothing yet.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self {
            facts: Facts::new(),
            secrets,
            fresh: Vec::new(),
        }
    }
}

/// A part of a template with every fact in it.
pub(crate) enum Resolution {
    Ready(Value),
    /// The ARM error object.
    Failed(Value),
}

/// The id that a planned resource is put to. A group is not below a provider.
pub(crate) fn target(planned: &Planned) -> String {
    if planned
        .kind
        .eq_ignore_ascii_case("Microsoft.Resources/resourceGroups")
    {
        let subscription = planned.id.split('/').nth(2).unwrap_or_default();
        return format!("/subscriptions/{subscription}/resourceGroups/{}", planned.name);
    }
    planned.id.clone()
}

/// The body of a resource.
pub(super) async fn body(control: &Control, errand: &Errand, live: &mut Live, index: usize) -> Resolution {
    let target = target(&live.judged.plan.resources[index]);
    let plan = &live.judged.plan;
    resolve(
        control,
        errand,
        &mut live.learnt,
        Some(&target),
        Part::Body(plan, index),
    )
    .await
}

/// The outputs as they are shown.
pub(super) async fn outputs(control: &Control, errand: &Errand, live: &mut Live) -> Resolution {
    let plan = &live.judged.plan;
    resolve(control, errand, &mut live.learnt, None, Part::Outputs(plan)).await
}

/// The body of a resource of a plan that does not run.
pub(crate) async fn body_of(
    control: &Control,
    errand: &Errand,
    plan: &Plan,
    learnt: &mut Learnt,
    index: usize,
) -> Resolution {
    resolve(control, errand, learnt, None, Part::Body(plan, index)).await
}

enum Part<'a> {
    Body(&'a Plan, usize),
    Outputs(&'a Plan),
}

impl Part<'_> {
    fn resolve(&self, facts: &Facts) -> Resolved {
        match self {
            Self::Body(plan, index) => plan.resolve(*index, facts),
            Self::Outputs(plan) => plan.outputs(facts),
        }
    }
}

async fn resolve(
    control: &Control,
    errand: &Errand,
    learnt: &mut Learnt,
    target: Option<&str>,
    part: Part<'_>,
) -> Resolution {
    for _ in 0..QUESTIONS_MAX {
        let needs = match part.resolve(&learnt.facts) {
            Resolved::Ready(value) => return Resolution::Ready(value),
            Resolved::Failed(complaint) => {
                let mut problem = told(&complaint, &learnt.secrets, false);
                problem.target = problem.target.or(target.map(str::to_owned));
                return Resolution::Failed(error_object(&problem));
            }
            Resolved::Needs(needs) => needs,
        };
        for need in needs {
            if let Err(error) = learn(control, errand, learnt, &need).await {
                return Resolution::Failed(error);
            }
        }
    }
    Resolution::Failed(json!({
        "code": "InvalidTemplate",
        "message": format!("The template asks for facts about resources more than {QUESTIONS_MAX} times in a row."),
    }))
}

async fn learn(control: &Control, errand: &Errand, learnt: &mut Learnt, need: &Need) -> Result<(), Value> {
    let (method, path, version, body) = match need {
        Need::Reference { id, api_version, .. } => (Method::GET, id.clone(), api_version, None),
        Need::List {
            function,
            id,
            api_version,
            body,
        } => {
            let body = body.clone().unwrap_or_else(|| json!({}));
            (Method::POST, format!("{id}/{function}"), api_version, Some(body))
        }
    };
    let version = version.as_deref().unwrap_or(API_VERSION);
    let answer = errand.send(control, method, &path, version, body.as_ref()).await;
    if !answer.status.is_success() {
        let mut error = answer.error().cloned().unwrap_or_else(
            || json!({"code": "ResourceNotFound", "message": format!("'{path}' was answered with {}.", answer.status)}),
        );
        error["target"] = path.into();
        return Err(error);
    }
    match need {
        Need::Reference { id, .. } => {
            learnt.fresh.push(id.clone());
            learnt.facts.learn_resource(id, answer.body);
        }
        Need::List { .. } => {
            learnt.secrets.add(&answer.body);
            learnt.facts.learn(need, answer.body);
        }
    }
    Ok(())
}
