//! Runs a template deployment: a batch of what can be put now, then whatever else is due, until nothing is left.
//!
//! What a step does and that it did so become durable together: the requests of a batch and the rows that tell of them
//! are one group of the store. So a kill at any instant loses at most a batch that nobody saw, and no resource is put
//! twice. What is kept in memory (the plan, the facts) only saves work.

use super::deploy_complete as complete;
use super::deploy_facts::{self as facts, Learnt, Resolution};
use super::{Attempt, Step};
use crate::control::Control;
use crate::deployments::request::{self, Judged};
use crate::deployments::{self, Document, ended};
use crate::dispatch::inward::{Errand, Told};
use crate::json;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, ResourceId, Timestamp, chance};
use cupola_store::deployments::{Awaited, Deployment, DeploymentOperation};
use cupola_store::jobs::Job;
use cupola_store::operations::Status;
use cupola_store::{StoreError, UnitOfWork};
use cupola_template::Mode;
use cupola_wire::arm::error_object;
use http::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) const KIND: &str = "deploy";

/// The version that requests of our own ask for; every version gets the same answer.
pub(crate) const API_VERSION: &str = "2024-10-01";

/// How many requests become durable together, and how long others wait for the writer at most.
const BATCH: usize = 32;
const ROUNDS_MAX: usize = 4;
const ATTEMPTS_MAX: u32 = 6;
const ROWS_MAX: u32 = 1000;

// Where the kinds of steps begin; a template has at most 800 resources.
const READS_FROM: i64 = 1_000_000;
const DELETIONS_FROM: i64 = 2_000_000;
const OUTPUTS_AT: i64 = 3_000_000;

/// What the job is about.
pub(crate) fn payload(deployment: &Deployment) -> Value {
    json!({"deployment": deployment.id.to_string(), "run": deployment.run})
}

/// The name of a step, the same every time: 16 hexadecimal digits from the run and the place in it.
pub(crate) fn operation_id(run: &str, position: i64) -> String {
    format!("{}{position:08X}", prefix(run))
}

/// The place of a step of this name in this run.
pub(crate) fn position_of(run: &str, operation: &str) -> Option<i64> {
    let (head, tail) = operation.split_at_checked(8)?;
    (head.eq_ignore_ascii_case(&prefix(run)) && tail.len() == 8).then_some(())?;
    i64::from_str_radix(tail, 16).ok()
}

fn prefix(run: &str) -> String {
    run.chars()
        .filter(char::is_ascii_hexdigit)
        .take(8)
        .collect::<String>()
        .to_uppercase()
}

/// A run that goes on.
pub(crate) struct Live {
    pub(super) judged: Judged,
    pub(super) learnt: Learnt,
    pub(super) works: Vec<Work>,
    // What was read for the outputs and bodies, by folded id, so that a step is told once.
    reads: Vec<String>,
    swept: bool,
}

/// One thing to do.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) what: What,
    pub(super) state: State,
    position: i64,
    attempts: u32,
    not_before: Option<Timestamp>,
    // The row as it was written last.
    document: Value,
    error: Option<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Put the resource of the plan with this index.
    Put(usize),
    /// Delete this resource, which the template does not name.
    Delete(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    /// Nothing to do: its condition is false, or it is only read.
    Skipped,
    Running,
    Succeeded,
    Failed,
}

impl Live {
    /// A run with the steps that it has taken.
    pub(crate) fn new(deployment: &Deployment, judged: Judged, rows: Vec<DeploymentOperation>) -> Self {
        let works = judged
            .plan
            .resources
            .iter()
            .enumerate()
            .map(|(index, planned)| {
                let idle = planned.existing || planned.skipped;
                Work::new(
                    What::Put(index),
                    index as i64,
                    if idle { State::Skipped } else { State::Pending },
                )
            })
            .collect();
        let mut live = Self {
            learnt: Learnt::new(judged.secrets.clone()),
            judged,
            works,
            reads: Vec::new(),
            swept: false,
        };
        for row in rows {
            live.remember(row);
        }
        tracing::debug!(deployment.id = %deployment.id, resources = live.works.len(), "a deployment is in memory");
        live
    }

    fn remember(&mut self, row: DeploymentOperation) {
        if (READS_FROM..DELETIONS_FROM).contains(&row.position) {
            self.reads.push(row.resource);
            return;
        }
        if (DELETIONS_FROM..OUTPUTS_AT).contains(&row.position) {
            // What is not deleted yet is found anew.
            self.works.push(Work::new(
                What::Delete(row.resource.clone()),
                row.position,
                State::Pending,
            ));
        }
        let state = match row.state.as_str() {
            "Succeeded" => State::Succeeded,
            "Failed" => State::Failed,
            _ => State::Running,
        };
        if let Some(work) = self.works.iter_mut().find(|work| work.position == row.position) {
            work.state = state;
            work.error = (state == State::Failed).then(|| row.document["statusMessage"]["error"].clone());
            work.document = row.document;
        }
    }

    fn is_ready(&self, work: &Work, now: Timestamp) -> bool {
        let due = work.not_before.is_none_or(|at| at <= now);
        let settled = |index: &usize| {
            self.works
                .get(*index)
                .is_some_and(|other| matches!(other.state, State::Skipped | State::Succeeded))
        };
        work.state == State::Pending
            && due
            && match &work.what {
                What::Put(index) => self.judged.plan.resources[*index].depends_on.iter().all(settled),
                What::Delete(_) => true,
            }
    }

    // Pending and not ready, for want of time alone.
    fn is_put_off(&self, work: &Work) -> bool {
        self.is_ready(work, Timestamp::MAX)
    }

    pub(super) fn target(&self, what: &What) -> String {
        match what {
            What::Put(index) => facts::target(&self.judged.plan.resources[*index]),
            What::Delete(id) => id.clone(),
        }
    }
}

impl Work {
    fn new(what: What, position: i64, state: State) -> Self {
        Self {
            what,
            state,
            position,
            attempts: 0,
            not_before: None,
            document: Value::Null,
            error: None,
        }
    }
}

pub(super) async fn step(control: &Control, attempt: &Attempt) -> Result<Step, StoreError> {
    let Some(deployment) = asked(control, &attempt.job.payload).await? else {
        return give_up(control, &attempt.job).await;
    };
    let document = Document::of(&deployment)?;
    let errand = Errand {
        principal: deployment.principal.clone(),
        origin: document.origin.clone(),
        correlation: document.correlation.clone(),
        source: document.source.clone(),
    };
    let driver = Driver {
        control,
        errand,
        job: &attempt.job,
        run: deployment.run.clone(),
        id: deployment.id.clone(),
    };
    let live = match control.runs().find(&driver.run) {
        Some(live) => live,
        None => match rebuild(control, &deployment).await? {
            Ok(live) => control.runs().remember(&driver.run, live),
            Err(problem) => {
                let error = failed(&deployment.id, vec![error_object(&problem)]);
                return driver.finish("Failed", document, Some(error)).await;
            }
        },
    };
    let mut live = live.lock().await;
    let outcome = driver.go(&mut live, document).await;
    if !matches!(outcome, Ok(Step::Waiting)) {
        // Done, or memory and store may tell different stories: the store is right.
        control.runs().forget(&driver.run);
    }
    outcome
}

async fn asked(control: &Control, payload: &Value) -> Result<Option<Deployment>, StoreError> {
    let Some(id) = payload["deployment"].as_str().and_then(ResourceId::parse) else {
        return Ok(None);
    };
    let found = control.store().reader().await?.deployments().find(&id).await?;
    Ok(found.filter(|found| payload["run"] == found.run.as_str() && found.is_active()))
}

// Cancelled, deleted with its group, or replaced: somebody else has said how it ended.
async fn give_up(control: &Control, job: &Job) -> Result<Step, StoreError> {
    let mut work = control.store().begin().await?;
    // Where it is gone with its group, nobody has told those who poll.
    if let Some(run) = job.payload["run"].as_str() {
        let error = error_object(&Problem::new(
            Code::DeploymentCanceled,
            "The deployment was deleted while it ran, with what it was deployed into.",
        ));
        let at = control.now();
        work.operations()
            .finish(run, &Status::Failed { at, error })
            .await?;
    }
    work.jobs().done(job.id).await?;
    work.save().await?;
    Ok(Step::Done)
}

async fn rebuild(control: &Control, deployment: &Deployment) -> Result<Result<Live, Problem>, StoreError> {
    let mut reader = control.store().reader().await?;
    let Some(sealed) = reader.deployments().request(&deployment.id).await? else {
        return Err(StoreError::Corrupt(format!("'{}' has no request", deployment.id)));
    };
    let mut rows = Vec::new();
    loop {
        let after = rows.last().map(|row: &DeploymentOperation| row.position);
        let page = reader
            .deployments()
            .operations(&deployment.id, after, ROWS_MAX)
            .await?;
        let last = page.len() < ROWS_MAX as usize;
        rows.extend(page);
        if last {
            break;
        }
    }
    Ok(request::unseal(control, &sealed).map(|judged| Live::new(deployment, judged, rows)))
}

struct Driver<'a> {
    control: &'a Control,
    errand: Errand,
    job: &'a Job,
    run: String,
    id: ResourceId,
}

/// A request that can be made now, or why it cannot be.
struct Prepared {
    work: usize,
    request: Result<(Method, String, String, Option<Value>), Value>,
}

impl Driver<'_> {
    async fn go(&self, live: &mut Live, document: Document) -> Result<Step, StoreError> {
        for _ in 0..ROUNDS_MAX {
            self.collect(live).await?;
            let now = self.control.now();
            let ready: Vec<usize> = (0..live.works.len())
                .filter(|index| live.is_ready(&live.works[*index], now))
                .take(BATCH)
                .collect();
            if ready.is_empty() {
                let waits = live
                    .works
                    .iter()
                    .any(|work| work.state == State::Running || live.is_put_off(work));
                if waits {
                    return Ok(Step::Waiting);
                }
                if self.sweeps(live, &document).await? {
                    continue;
                }
                return self.conclude(live, document).await;
            }
            if !self.work(live, &ready).await? {
                return give_up(self.control, self.job).await;
            }
        }
        Ok(Step::Waiting)
    }

    // What has ended since the last time.
    async fn collect(&self, live: &mut Live) -> Result<(), StoreError> {
        let ended = self
            .control
            .store()
            .reader()
            .await?
            .deployments()
            .awaited(&self.id)
            .await?;
        if ended.is_empty() {
            return Ok(());
        }
        let mut work = self.control.store().begin().await?;
        for one in ended {
            let Some(index) = live.works.iter().position(|work| work.position == one.position) else {
                continue;
            };
            self.end(live, index, &one);
            self.write(&mut work, live, index, None).await?;
        }
        work.save().await
    }

    fn end(&self, live: &mut Live, index: usize, ended: &Awaited) {
        let target = live.target(&live.works[index].what);
        let nested = is_nested(&target);
        let secrets = &live.learnt.secrets;
        let error = ended.error.as_ref().map(|error| {
            let error = secrets.hide(error.clone());
            if nested {
                with_target(error, &target)
            } else {
                reached_a_bad_end(&target, error)
            }
        });
        let work = &mut live.works[index];
        work.state = if error.is_some() {
            State::Failed
        } else {
            State::Succeeded
        };
        describe(
            &mut work.document,
            self.control.now(),
            (error.is_some(), None),
            error.as_ref(),
        );
        work.error = error;
    }

    // Makes the requests of a batch. False where the run has ended meanwhile.
    async fn work(&self, live: &mut Live, ready: &[usize]) -> Result<bool, StoreError> {
        let mut prepared = Vec::with_capacity(ready.len());
        for index in ready {
            prepared.push(self.prepare(live, *index).await);
        }
        let group = self.control.store().group().await?;
        let inside = self.control.within(&group);
        if !self.still_runs(&inside).await? {
            group.undo().await?;
            return Ok(false);
        }
        for one in prepared {
            let waits_for = match one.request {
                Ok((method, id, version, body)) => {
                    let told = self
                        .errand
                        .send(&inside, method, &id, &version, body.as_ref())
                        .await;
                    self.take(&inside, live, one.work, told).await?
                }
                Err(error) => {
                    self.refuse(live, one.work, StatusCode::BAD_REQUEST, error);
                    None
                }
            };
            if live.works[one.work].state == State::Pending {
                continue;
            }
            let mut work = inside.store().begin().await?;
            self.write(&mut work, live, one.work, waits_for).await?;
            work.save().await?;
        }
        self.write_reads(&inside, live).await?;
        group.save().await?;
        Ok(true)
    }

    // Reads once more, where nobody can change it before the batch is durable; the first batch tells that it runs.
    async fn still_runs(&self, inside: &Control) -> Result<bool, StoreError> {
        let mut work = inside.store().begin().await?;
        let found = work.deployments().find(&self.id).await?;
        let Some(mut found) = found.filter(|found| found.run == self.run && found.is_active()) else {
            return Ok(false);
        };
        if found.state == "Accepted" {
            "Running".clone_into(&mut found.state);
            found.changed_at = self.control.now();
            work.deployments()
                .put(&Granted::to_platform(KIND), &found)
                .await?;
            work.save().await?;
        }
        Ok(true)
    }

    async fn prepare(&self, live: &mut Live, index: usize) -> Prepared {
        let request = match live.works[index].what.clone() {
            What::Delete(id) => Ok((Method::DELETE, id, API_VERSION.to_owned(), None)),
            What::Put(planned) => match facts::body(self.control, &self.errand, live, planned).await {
                Resolution::Ready(body) => {
                    let planned = &live.judged.plan.resources[planned];
                    Ok((
                        Method::PUT,
                        facts::target(planned),
                        planned.api_version.clone(),
                        Some(body),
                    ))
                }
                Resolution::Failed(error) => Err(error),
            },
        };
        Prepared { work: index, request }
    }

    // Judges an answer; gives the operation to wait for.
    async fn take(
        &self,
        inside: &Control,
        live: &mut Live,
        index: usize,
        told: Told,
    ) -> Result<Option<String>, StoreError> {
        let now = self.control.now();
        if !told.status.is_success() {
            let work = &mut live.works[index];
            if may_try_again(&work.what, &told) && work.attempts < ATTEMPTS_MAX {
                let seconds = 1i64 << work.attempts;
                work.attempts += 1;
                work.not_before = Timestamp::from_second(now.as_second() + seconds).ok();
                return Ok(None);
            }
            let target = live.target(&live.works[index].what);
            let error = told.error().cloned().unwrap_or_else(|| {
                json!({"code": status_code(told.status), "message": format!("The request was answered with {}.", told.status)})
            });
            self.refuse(live, index, told.status, with_target(error, &target));
            return Ok(None);
        }
        let operation = told.operation().filter(|_| told.status != StatusCode::NO_CONTENT);
        let mut error = None;
        let mut waits_for = None;
        if let Some(operation) = operation {
            let found = inside
                .store()
                .begin()
                .await?
                .operations()
                .find(&operation)
                .await?;
            match found.map(|found| found.status) {
                Some(Status::InProgress) => waits_for = Some(operation),
                Some(Status::Failed { error: why, .. }) => error = Some(why),
                Some(Status::Succeeded { .. }) | None => {}
            }
        } else if told.body["properties"]["provisioningState"] == "Failed" {
            error = Some(
                json!({"code": "ProvisioningFailed", "message": "The resource is in the state Failed."}),
            );
        }
        let target = live.target(&live.works[index].what);
        let error = error.map(|error| reached_a_bad_end(&target, live.learnt.secrets.hide(error)));
        let work = &mut live.works[index];
        work.state = match (&error, &waits_for) {
            (Some(_), _) => State::Failed,
            (None, Some(_)) => State::Running,
            (None, None) => State::Succeeded,
        };
        work.document = self.introduce(&work.what, &target, now);
        describe(
            &mut work.document,
            now,
            (error.is_some(), Some(told.status)),
            error.as_ref(),
        );
        work.error = error;
        Ok(waits_for)
    }

    fn refuse(&self, live: &mut Live, index: usize, status: StatusCode, error: Value) {
        let now = self.control.now();
        let target = live.target(&live.works[index].what);
        let error = live.learnt.secrets.hide(error);
        let work = &mut live.works[index];
        work.state = State::Failed;
        work.document = self.introduce(&work.what, &target, now);
        describe(&mut work.document, now, (true, Some(status)), Some(&error));
        work.error = Some(error);
    }

    fn introduce(&self, what: &What, target: &str, now: Timestamp) -> Value {
        let verb = match what {
            What::Put(_) => "Create",
            What::Delete(_) => "Delete",
        };
        introduce(self.control, verb, Some(target), now)
    }

    async fn write(
        &self,
        work: &mut UnitOfWork,
        live: &Live,
        index: usize,
        waits_for: Option<String>,
    ) -> Result<(), StoreError> {
        let one = &live.works[index];
        let row = DeploymentOperation {
            position: one.position,
            state: match one.state {
                State::Succeeded => "Succeeded",
                State::Failed => "Failed",
                State::Pending | State::Skipped | State::Running => "Running",
            }
            .to_owned(),
            resource: live.target(&one.what).to_ascii_lowercase(),
            waits_for,
            document: one.document.clone(),
        };
        work.deployments().put_operation(&self.id, &row).await
    }

    // Resources that the run has read are steps too, each told once.
    async fn write_reads(&self, inside: &Control, live: &mut Live) -> Result<(), StoreError> {
        if live.learnt.fresh.is_empty() {
            return Ok(());
        }
        let own: Vec<String> = live
            .works
            .iter()
            .filter(|work| work.state != State::Skipped)
            .map(|work| live.target(&work.what).to_ascii_lowercase())
            .collect();
        for id in std::mem::take(&mut live.learnt.fresh) {
            let folded = id.to_ascii_lowercase();
            if live.reads.contains(&folded) || own.contains(&folded) {
                continue;
            }
            let now = self.control.now();
            let mut document = introduce(self.control, "Read", Some(&id), now);
            describe(&mut document, now, (false, Some(StatusCode::OK)), None);
            let row = DeploymentOperation {
                position: READS_FROM + live.reads.len() as i64,
                state: "Succeeded".to_owned(),
                resource: folded.clone(),
                waits_for: None,
                document,
            };
            let mut work = inside.store().begin().await?;
            work.deployments().put_operation(&self.id, &row).await?;
            work.save().await?;
            live.reads.push(folded);
        }
        Ok(())
    }

    // In complete mode, once all else has succeeded: is there something to delete?
    async fn sweeps(&self, live: &mut Live, document: &Document) -> Result<bool, StoreError> {
        let succeeded = live
            .works
            .iter()
            .all(|work| matches!(work.state, State::Skipped | State::Succeeded));
        if live.swept || !succeeded || live.judged.request.mode != Mode::Complete {
            return Ok(false);
        }
        live.swept = true;
        let unnamed = complete::unnamed(self.control, &self.id, live, &document.validated).await?;
        let known = live
            .works
            .iter()
            .filter(|work| matches!(work.what, What::Delete(_)))
            .count();
        for (at, id) in unnamed.iter().enumerate() {
            let position = DELETIONS_FROM + (known + at) as i64;
            live.works
                .push(Work::new(What::Delete(id.to_string()), position, State::Pending));
        }
        Ok(!unnamed.is_empty())
    }

    async fn conclude(&self, live: &mut Live, mut document: Document) -> Result<Step, StoreError> {
        let errors: Vec<Value> = live.works.iter().filter_map(|work| work.error.clone()).collect();
        document.output_resources = live
            .works
            .iter()
            .filter(|work| work.state == State::Succeeded && matches!(work.what, What::Put(_)))
            .map(|work| live.target(&work.what))
            .filter(|id| !is_nested(id))
            .collect();
        let error = if errors.is_empty() {
            match facts::outputs(self.control, &self.errand, live).await {
                Resolution::Ready(outputs) if !json::is_shallow(&outputs, json::DEPTH_MAX) => {
                    Some(failed(&self.id, vec![error_object(&too_deep())]))
                }
                Resolution::Ready(outputs) => {
                    let any = outputs.as_object().is_some_and(|outputs| !outputs.is_empty());
                    document.outputs = Some(outputs);
                    self.tell_outputs(live, any).await?;
                    None
                }
                Resolution::Failed(error) => Some(failed(&self.id, vec![live.learnt.secrets.hide(error)])),
            }
        } else {
            Some(failed(&self.id, errors))
        };
        let Some(error) = error else {
            return self.finish("Succeeded", document, None).await;
        };
        if document.on_error.is_some() {
            return self.fall_back(document, error).await;
        }
        self.finish("Failed", document, Some(error)).await
    }

    async fn tell_outputs(&self, live: &mut Live, any: bool) -> Result<(), StoreError> {
        let group = self.control.store().group().await?;
        let inside = self.control.within(&group);
        self.write_reads(&inside, live).await?;
        if any {
            let now = self.control.now();
            let mut document = introduce(self.control, "EvaluateDeploymentOutput", None, now);
            describe(&mut document, now, (false, Some(StatusCode::OK)), None);
            let row = DeploymentOperation {
                position: OUTPUTS_AT,
                state: "Succeeded".to_owned(),
                resource: String::new(),
                waits_for: None,
                document,
            };
            let mut work = inside.store().begin().await?;
            work.deployments().put_operation(&self.id, &row).await?;
            work.save().await?;
        }
        group.save().await
    }

    // Puts an earlier run anew and waits for it. Its end is told beside the failure, which stays a failure.
    async fn fall_back(&self, mut document: Document, error: Value) -> Result<Step, StoreError> {
        let Some(mut fallback) = document.on_error.clone() else {
            return self.finish("Failed", document, Some(error)).await;
        };
        if let Some(run) = &fallback.run {
            let found = self
                .control
                .store()
                .reader()
                .await?
                .operations()
                .find(run)
                .await?;
            let state = match found.map(|found| found.status) {
                Some(Status::InProgress) => return Ok(Step::Waiting),
                Some(Status::Succeeded { .. }) => "Succeeded",
                Some(Status::Failed { .. }) | None => "Failed",
            };
            fallback.state = Some(state.to_owned());
            document.on_error = Some(fallback);
            return self.finish("Failed", document, Some(error)).await;
        }
        let Some((earlier, body)) = self.earlier(&fallback).await? else {
            fallback.state = Some("NotSpecified".to_owned());
            document.on_error = Some(fallback);
            return self.finish("Failed", document, Some(error)).await;
        };
        let group = self.control.store().group().await?;
        let inside = self.control.within(&group);
        let told = self
            .errand
            .send(
                &inside,
                Method::PUT,
                &earlier.to_string(),
                API_VERSION,
                Some(&body),
            )
            .await;
        fallback.name = Some(earlier.name().to_owned());
        fallback.run = told.operation().filter(|_| told.status.is_success());
        fallback.state = Some(
            if fallback.run.is_some() {
                "Running"
            } else {
                "Failed"
            }
            .to_owned(),
        );
        let begun = fallback.run.is_some();
        document.on_error = Some(fallback);
        if !begun {
            group.save().await?;
            return self.finish("Failed", document, Some(error)).await;
        }
        let mut work = inside.store().begin().await?;
        if let Some(mut found) = work
            .deployments()
            .find(&self.id)
            .await?
            .filter(|found| found.run == self.run)
        {
            found.document = json!(document);
            work.deployments()
                .put(&Granted::to_platform(KIND), &found)
                .await?;
            work.save().await?;
        }
        group.save().await?;
        Ok(Step::Waiting)
    }

    async fn earlier(
        &self,
        fallback: &deployments::document::OnError,
    ) -> Result<Option<(ResourceId, Value)>, StoreError> {
        let Some(scope) = self.id.parent() else {
            return Ok(None);
        };
        let mut reader = self.control.store().reader().await?;
        let earlier = match &fallback.name {
            Some(name) => Some(scope.resource("Microsoft.Resources", "deployments", name)),
            None => reader
                .deployments()
                .last_successful(&scope, &self.id)
                .await?
                .map(|found| found.id),
        };
        let Some(earlier) = earlier else { return Ok(None) };
        let Some(sealed) = reader.deployments().request(&earlier).await? else {
            return Ok(None);
        };
        let request = request::unseal_request(self.control, &sealed).ok();
        Ok(request.map(|request| (earlier, deployments::again(&request))))
    }

    async fn finish(
        &self,
        state: &str,
        mut document: Document,
        error: Option<Value>,
    ) -> Result<Step, StoreError> {
        let now = self.control.now();
        let mut work = self.control.store().begin().await?;
        let found = work.deployments().find(&self.id).await?;
        if let Some(mut found) = found.filter(|found| found.run == self.run && found.is_active()) {
            document.error = error.clone();
            found.document = json!(document);
            state.clone_into(&mut found.state);
            found.changed_at = now;
            work.deployments()
                .put(&Granted::to_platform(KIND), &found)
                .await?;
            ended::record(&mut work, &found, &document, now).await?;
            let status = match error {
                None => Status::Succeeded { at: now },
                Some(error) => Status::Failed { at: now, error },
            };
            work.operations().finish(&self.run, &status).await?;
        }
        work.jobs().done(self.job.id).await?;
        work.save().await?;
        Ok(Step::Done)
    }
}

fn is_nested(id: &str) -> bool {
    ResourceId::parse(id).is_some_and(|id| id.resource_type().eq_ignore_ascii_case(deployments::TYPE))
}

/// The error of a run of which a part failed.
fn failed(id: &ResourceId, details: Vec<Value>) -> Value {
    json!({
        "code": Code::DeploymentFailed.as_str(),
        "target": id.to_string(),
        "message": "At least one resource deployment operation failed. Please list deployment operations for details. \
                    Please see https://aka.ms/arm-deployment-operations for usage details.",
        "details": details,
    })
}

// What cannot be read again must not be kept.
fn too_deep() -> Problem {
    Problem::new(
        Code::DeploymentOutputEvaluationFailed,
        format!(
            "Arrays and objects of the outputs stand more than {} deep in each other.",
            json::DEPTH_MAX
        ),
    )
    .target("outputs")
}

fn reached_a_bad_end(target: &str, why: Value) -> Value {
    json!({
        "code": Code::ResourceDeploymentFailure.as_str(),
        "target": target,
        "message": "The resource write operation failed to complete successfully, because it reached terminal \
                    provisioning state 'Failed'.",
        "details": [why],
    })
}

// Within a deployment the target of an error is the resource; which field of it is at fault stands in the message.
fn with_target(mut error: Value, target: &str) -> Value {
    error["target"] = target.into();
    error
}

// Busy is not no: what is being changed by somebody else will be free again, and so will a server that has too much to do.
fn may_try_again(what: &What, told: &Told) -> bool {
    let code = told
        .error()
        .and_then(|error| error["code"].as_str())
        .unwrap_or_default();
    let busy = [Code::DeploymentActive.as_str(), "AnotherOperationInProgress"].contains(&code);
    // A resource that others hang on can go when they have gone.
    let held = matches!(what, What::Delete(_)) && code == Code::Conflict.as_str();
    let come_back = told.headers.contains_key(http::header::RETRY_AFTER);
    match told.status {
        StatusCode::CONFLICT => busy || held || come_back,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
        _ => false,
    }
}

fn introduce(control: &Control, verb: &str, target: Option<&str>, now: Timestamp) -> Value {
    let mut document = json!({
        "provisioningOperation": verb,
        "startedMs": now.as_millisecond(),
        "trackingId": chance::uuid(control.entropy()),
        "serviceRequestId": chance::uuid(control.entropy()),
    });
    if let Some(id) = target.and_then(ResourceId::parse) {
        let names: Vec<&str> = id.path.iter().map(|(_, name)| name.as_str()).collect();
        let name = if names.is_empty() {
            id.name().to_owned()
        } else {
            names.join("/")
        };
        document["targetResource"] =
            json!({"id": id.to_string(), "resourceType": id.resource_type(), "resourceName": name});
    }
    document
}

// Where a step stands now.
fn describe(
    document: &mut Value,
    now: Timestamp,
    (bad, status): (bool, Option<StatusCode>),
    error: Option<&Value>,
) {
    let started = document["startedMs"].as_i64().unwrap_or(now.as_millisecond());
    document["timestamp"] = iso8601(now).into();
    document["durationMs"] = (now.as_millisecond() - started).into();
    // What ends well later keeps the status with which it was accepted.
    match status {
        Some(status) => document["statusCode"] = status_code(status).into(),
        None if bad => document["statusCode"] = status_code(StatusCode::CONFLICT).into(),
        None => {}
    }
    document["statusMessage"] = match error {
        Some(error) => json!({"status": "Failed", "error": error}),
        None => Value::Null,
    };
}

// `BadRequest`, as the service writes it.
fn status_code(status: StatusCode) -> String {
    status
        .canonical_reason()
        .unwrap_or("Unknown")
        .replace([' ', '-', '\''], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_by_its_name() {
        let run = "0a1b2c3d-4e5f-0000-0000-000000000000";
        for position in [0, 799, READS_FROM + 3, OUTPUTS_AT] {
            let name = operation_id(run, position);
            assert_eq!(name.len(), 16);
            assert_eq!(position_of(run, &name), Some(position));
            assert_eq!(position_of(run, &name.to_lowercase()), Some(position));
        }
        for wrong in [
            "",
            "0A1B2C3D",
            "0A1B2C3D0000000",
            "FFFFFFFF00000000",
            "0A1B2C3Dzzzzzzzz",
            "é234567890123456",
        ] {
            assert_eq!(position_of(run, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_of_the_status_are_one_word() {
        assert_eq!(status_code(StatusCode::BAD_REQUEST), "BadRequest");
        assert_eq!(status_code(StatusCode::OK), "OK");
        assert_eq!(status_code(StatusCode::CREATED), "Created");
    }
}
