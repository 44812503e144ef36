//! `POST …/deployments/{name}/whatIf`: what a deployment would change. Nothing is written but the answer, for whoever
//! fetches it.

use super::put::errand;
use super::request::{Judged, Request};
use super::{check_name, id, preflight, scope};
use crate::control::Control;
use crate::dispatch::inward::Errand;
use crate::dispatch::{Call, Reply, encode};
use crate::jobs::deploy_facts::{self as facts, Learnt, Resolution};
use crate::{answer, owned};
use bytes::Bytes;
use cupola_core::rbac::{Granted, Principal};
use cupola_core::{Problem, ResourceId, Secret};
use cupola_store::operations::Status;
use cupola_store::resources::Below;
use cupola_template::what_if::{ChangeType, changes};
use cupola_template::{Mode, Planned, Resolved};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::pin::Pin;

/// Nested deployments within nested deployments are looked into this far.
const DEPTH_MAX: usize = 16;

pub(super) async fn post(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name(&call)?;
    let request = Request::read(&call.body)?;
    let (ids_only, mode) = (request.ids_only, request.mode);
    let at = (call.param("name"), grant.principal(), call.origin.as_str());
    let judged = request.judge(&call.control, &scope(&call), at).await?;
    let mut asker = Asker {
        control: &call.control,
        errand: errand(&call, &grant),
        principal: grant.principal(),
        changes: Vec::new(),
        named: HashSet::new(),
    };
    asker.look(judged, call.param("name"), 0).await?;
    asker.look_at_the_rest(&scope(&call), mode).await?;
    let mut changes = asker.changes;
    if ids_only {
        for change in &mut changes {
            if let Some(fields) = change.as_object_mut() {
                fields.retain(|name, _| {
                    name == "resourceId" || name == "changeType" || name == "unsupportedReason"
                });
            }
        }
    }
    let body =
        json!({"status": "Succeeded", "properties": {"correlationId": call.correlation, "changes": changes}});
    keep(&call, &grant, &body).await
}

async fn keep(call: &Call, grant: &Granted, body: &Value) -> Result<Reply, Problem> {
    let operation = call.new_id();
    let id = id(call);
    let control = &call.control;
    let sealed = control
        .keyring()
        .seal(&Secret::new(body.to_string()), control.entropy());
    let mut work = control.store().begin().await?;
    work.operations()
        .start(&operation, &id.to_string(), &grant.principal().id, call.now)
        .await?;
    work.operations()
        .finish(&operation, &Status::Succeeded { at: call.now })
        .await?;
    work.deployments()
        .keep_result(&operation, &sealed, call.now)
        .await?;
    work.save().await?;
    let mut reply = answer::bare(StatusCode::ACCEPTED);
    let link = format!(
        "{}{id}/operationResults/{operation}?api-version={}",
        call.origin,
        encode(&call.api_version)
    );
    answer::set(&mut reply, "location", &link);
    answer::set(&mut reply, "retry-after", "1");
    Ok(reply)
}

struct Asker<'a> {
    control: &'a Control,
    errand: Errand,
    principal: &'a Principal,
    changes: Vec<Value>,
    // Folded ids of what templates name.
    named: HashSet<String>,
}

impl<'a> Asker<'a> {
    fn look<'b>(
        &'b mut self,
        judged: Judged,
        name: &'b str,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'b>> {
        Box::pin(async move {
            preflight::rights(self.control, &self.errand, name, &judged.plan).await?;
            let mut learnt = Learnt::new(judged.secrets.clone());
            for (index, planned) in judged.plan.resources.iter().enumerate() {
                if planned.skipped {
                    continue;
                }
                let target = facts::target(planned);
                if planned.existing {
                    self.named.insert(target.to_ascii_lowercase());
                    continue;
                }
                let body = facts::body_of(self.control, &self.errand, &judged.plan, &mut learnt, index).await;
                // What asks for things that only the deployment itself will know is shown as it is written.
                let body = match (body, judged.plan.preview(index, &learnt.facts)) {
                    (Resolution::Failed(_), Resolved::Ready(preview)) => Resolution::Ready(preview),
                    (body, _) => body,
                };
                let nested = planned.kind.eq_ignore_ascii_case(super::TYPE) && depth < DEPTH_MAX;
                match body {
                    Resolution::Ready(body) if nested => self.look_into(&target, &body, depth).await?,
                    body => self.compare(planned, &target, body, &learnt).await,
                }
            }
            Ok(())
        })
    }

    async fn look_into(&mut self, target: &str, body: &Value, depth: usize) -> Result<(), Problem> {
        let Some(id) = ResourceId::parse(target) else {
            return Ok(());
        };
        let Some(scope) = id.parent() else { return Ok(()) };
        let request = Request::read(&Bytes::from(body.to_string()))?;
        let at = (id.name(), self.principal, self.errand.origin.as_str());
        // A group that this template makes is not there to be looked into yet.
        let judged = match request.judge(self.control, &scope, at).await {
            Ok(judged) => judged,
            Err(problem) if problem.http_status() == 404 => {
                self.named.insert(id.folded());
                self.changes.push(unsupported(
                    target,
                    "The scope of the nested deployment does not exist yet.",
                ));
                return Ok(());
            }
            Err(problem) => return Err(problem),
        };
        self.look(judged, id.name(), depth + 1).await
    }

    async fn compare(&mut self, planned: &Planned, target: &str, body: Resolution, learnt: &Learnt) {
        self.named.insert(target.to_ascii_lowercase());
        let told = self
            .errand
            .send(self.control, Method::GET, target, &planned.api_version, None)
            .await;
        let before = told
            .status
            .is_success()
            .then(|| dressed(planned, target, told.body));
        let after = match body {
            Resolution::Ready(body) => dressed(planned, target, learnt.secrets.hide(body)),
            Resolution::Failed(error) if before.is_some() => {
                let why = error["message"].as_str().unwrap_or_default();
                let mut change = unsupported(target, why);
                change["before"] = learnt.secrets.hide(before.unwrap_or_default());
                self.changes.push(learnt.secrets.hide(change));
                return;
            }
            Resolution::Failed(_) => dressed(planned, target, json!({})),
        };
        let (kind, delta) = changes(before.as_ref(), &after);
        let mut change = json!({
            "resourceId": target,
            "changeType": kind.word(),
            "after": after,
            "delta": delta.iter().map(|one| one.to_value()).collect::<Value>(),
        });
        if let Some(before) = before {
            change["before"] = before;
        }
        self.changes.push(learnt.secrets.hide(change));
    }

    // What is in the group and not in the template stays, or goes in complete mode.
    async fn look_at_the_rest(&mut self, scope: &ResourceId, mode: Mode) -> Result<(), Problem> {
        if scope.group.is_none() {
            return Ok(());
        }
        let caller = self.errand.caller(self.control).await?;
        let mut reader = self.control.store().reader().await?;
        let all = owned::all(&mut reader.resources(), Below::All(scope)).await?;
        let rest: HashMap<String, ()> = match mode {
            Mode::Incremental => HashMap::new(),
            Mode::Complete => crate::jobs::deploy_complete::choose(&all, &self.named)
                .into_iter()
                .map(|id| (id.folded(), ()))
                .collect(),
        };
        for resource in &all {
            let id = resource.id.folded();
            if self.named.contains(&id) || resource.id.provider.is_none() || !caller.may_read(&resource.id) {
                continue;
            }
            let above = std::iter::successors(resource.id.parent(), ResourceId::parent);
            let goes = std::iter::once(resource.id.clone())
                .chain(above)
                .any(|above| rest.contains_key(&above.folded()));
            let kind = if goes {
                ChangeType::Delete
            } else {
                ChangeType::Ignore
            };
            let mut before = json!(crate::show::envelope(self.control, resource));
            before["apiVersion"] = crate::jobs::deploy::API_VERSION.into();
            self.changes.push(json!({
                "resourceId": resource.id.to_string(),
                "changeType": kind.word(),
                "before": before,
                "delta": [],
            }));
        }
        Ok(())
    }
}

fn unsupported(target: &str, why: &str) -> Value {
    json!({
        "resourceId": target,
        "changeType": ChangeType::Unsupported.word(),
        "unsupportedReason": why,
        "delta": [],
    })
}

// A resource as both sides of a comparison have it.
fn dressed(planned: &Planned, target: &str, mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.insert("apiVersion".to_owned(), planned.api_version.clone().into());
        fields.insert("id".to_owned(), target.into());
        fields.insert("type".to_owned(), planned.kind.clone().into());
        let name = planned.name.rsplit('/').next().unwrap_or(&planned.name);
        fields.insert("name".to_owned(), name.into());
    }
    body
}
