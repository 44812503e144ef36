//! What can be known of a deployment before anything is changed: whether its caller may do what it asks for, whether the
//! places exist, and whether the resources would be taken.

use crate::control::Control;
use crate::dispatch::inward::{self, Errand};
use crate::jobs::deploy_facts::{self as facts, Learnt, Resolution};
use crate::kinds;
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId, chance};
use cupola_template::Plan;
use http::Method;
use serde_json::Value;
use std::collections::HashSet;

/// How many resources are tried in one go, and how long others wait for the writer at most.
const BATCH: usize = 32;

/// May the caller put every resource, and is there a place for each?
pub(super) async fn rights(
    control: &Control,
    errand: &Errand,
    name: &str,
    plan: &Plan,
) -> Result<(), Problem> {
    let caller = errand.caller(control).await?;
    let mut details = Vec::new();
    let mut groups: HashSet<String> = HashSet::new();
    for planned in super::document::deployed(plan) {
        let id = facts::target(planned);
        if let Err(problem) = inward::authorize(&caller, &Method::PUT, &id) {
            details.push(problem.target(id));
            continue;
        }
        if let Some(parsed) = ResourceId::parse(&id).filter(|id| id.provider.is_some()) {
            groups.insert(crate::owned::group_of(&parsed).to_string());
        }
    }
    // What the template makes is there in time.
    let made: HashSet<String> = super::document::deployed(plan)
        .map(|planned| facts::target(planned).to_ascii_lowercase())
        .collect();
    let mut groups: Vec<String> = groups.into_iter().collect();
    groups.sort_unstable();
    let mut reader = control.store().reader().await?;
    for group in groups {
        let Some(id) =
            ResourceId::parse(&group).filter(|id| id.group.as_deref().is_some_and(|name| !name.is_empty()))
        else {
            continue;
        };
        // Somebody who holds nothing there learns nothing of what exists.
        if made.contains(&id.folded()) || !caller.touches(&group) {
            continue;
        }
        if let Err(problem) = kinds::require_scope(reader.resources(), &id).await {
            details.push(problem.target(group));
        }
    }
    refuse(control, name, details)
}

fn refuse(control: &Control, name: &str, details: Vec<Problem>) -> Result<(), Problem> {
    if details.is_empty() {
        return Ok(());
    }
    let mut problem = Problem::new(
        Code::InvalidTemplateDeployment,
        format!(
            "The template deployment '{}' is not valid according to the validation procedure. The tracking id is '{}'. \
             See inner errors for details.",
            printable(name),
            chance::uuid(control.entropy())
        ),
    );
    problem.details = details;
    Err(problem)
}

/// Would the resources be taken? Each whose body is known now is put and undone.
///
/// What comes after something that is not there yet cannot be judged, so only the refusals of the others count.
pub(super) async fn dry_run(
    control: &Control,
    errand: &Errand,
    name: &str,
    plan: &Plan,
    learnt: &mut Learnt,
) -> Result<(), Problem> {
    let mut details = Vec::new();
    let deployed = in_order(plan);
    for batch in deployed.chunks(BATCH) {
        let mut bodies = Vec::with_capacity(batch.len());
        for index in batch {
            // A body that asks about what is not there yet is judged when it is.
            if let Resolution::Ready(body) = facts::body_of(control, errand, plan, learnt, *index).await {
                bodies.push((*index, body));
            }
        }
        details.extend(try_out(control, errand, plan, batch, &bodies).await?);
    }
    let details = details
        .into_iter()
        .map(|(target, error)| {
            let error = learnt.secrets.hide(error);
            let message = error["message"]
                .as_str()
                .unwrap_or("The resource would be refused.");
            let code = error["code"].as_str().unwrap_or_default();
            let code = Code::ALL.iter().find(|known| known.as_str() == code);
            let mut detail = Problem::new(
                Code::PreflightValidationCheckFailed,
                "Preflight validation failed. Please refer to the details for the specific errors.",
            )
            .target(target.clone());
            let mut inner = Problem::new(code.copied().unwrap_or(Code::UserError), message).target(target);
            inner.details = nested(&error);
            detail.details = vec![inner];
            detail
        })
        .collect();
    refuse(control, name, details)
}

// The resources that the plan deploys, each behind those that it hangs on.
fn in_order(plan: &Plan) -> Vec<usize> {
    let mut left: Vec<usize> = plan
        .resources
        .iter()
        .map(|planned| planned.depends_on.len())
        .collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); plan.resources.len()];
    for (index, planned) in plan.resources.iter().enumerate() {
        for on in &planned.depends_on {
            if let Some(after) = after.get_mut(*on) {
                after.push(index);
            }
        }
    }
    let mut order: Vec<usize> = (0..left.len()).filter(|index| left[*index] == 0).collect();
    let mut at = 0;
    while let Some(index) = order.get(at).copied() {
        at += 1;
        for next in &after[index] {
            left[*next] -= 1;
            if left[*next] == 0 {
                order.push(*next);
            }
        }
    }
    order.retain(|index| !plan.resources[*index].existing && !plan.resources[*index].skipped);
    order
}

fn nested(error: &Value) -> Vec<Problem> {
    let details = error["details"].as_array().into_iter().flatten();
    details
        .map(|detail| {
            let code = detail["code"].as_str().unwrap_or_default();
            let code = Code::ALL.iter().find(|known| known.as_str() == code);
            let message = detail["message"].as_str().unwrap_or_default();
            let mut problem = Problem::new(code.copied().unwrap_or(Code::UserError), message);
            problem.target = detail["target"].as_str().map(str::to_owned);
            problem.details = nested(detail);
            problem
        })
        .collect()
}

async fn try_out(
    control: &Control,
    errand: &Errand,
    plan: &Plan,
    batch: &[usize],
    bodies: &[(usize, Value)],
) -> Result<Vec<(String, Value)>, Problem> {
    let group = control.store().group().await?;
    let inside = control.within(&group);
    let mut refused = Vec::new();
    for (index, body) in bodies {
        let planned = &plan.resources[*index];
        let id = facts::target(planned);
        let told = errand
            .send(&inside, Method::PUT, &id, &planned.api_version, Some(body))
            .await;
        // A nested deployment reads what is committed: a group that was put a moment ago is not there for it.
        let sees_batch = !planned.kind.eq_ignore_ascii_case(super::TYPE);
        // A nested deployment that was put and undone never runs.
        if let Some(run) = told.operation() {
            control.runs().forget(&run);
        }
        let judgeable = planned
            .depends_on
            .iter()
            .all(|on| (sees_batch && batch.contains(on)) || plan.resources[*on].existing);
        if !told.status.is_success() && judgeable && !told.status.is_server_error() {
            refused.push((id, told.error().cloned().unwrap_or(Value::Null)));
        }
    }
    group.undo().await?;
    Ok(refused)
}
