//! The plan: what a template comes to, before anything is done.

use crate::complaint::{Complaint, Complaints};
use crate::expression::Need;
use crate::facts::Facts;
use crate::known::{Known, Scope};
use crate::outputs::Outputs;
use crate::parameters::{self, Parameter};
use crate::resources::{self, Body};
use crate::scope::{Context, Frame, Phase, Run};
use crate::source::{Node, Span};
use crate::tree::Trouble;
use serde_json::Value;
use std::fmt;

/// What a template comes to. Secrets are in it, so it prints as its resources.
pub struct Plan {
    /// The parameters with their values.
    pub parameters: Vec<Parameter>,
    /// The resources: parents before children where the template nests them, rounds of a loop in turn.
    pub resources: Vec<Planned>,
    /// A decimal number that changes when the template does.
    pub template_hash: String,
    /// The template's `contentVersion`.
    pub content_version: String,
    pub(crate) outputs: Outputs,
    pub(crate) context: Context,
}

/// One resource of a plan.
#[derive(Debug)]
pub struct Planned {
    /// Its symbolic name, in templates of language version 2.0; rounds of a loop share theirs.
    pub symbol: Option<String>,
    /// Its id.
    pub id: String,
    /// Its full type, such as `Microsoft.MachineLearningServices/workspaces`.
    pub kind: String,
    /// Its full name, such as `workspace/endpoint`.
    pub name: String,
    /// The version of its provider's interface.
    pub api_version: String,
    /// Its location, where it has one that is known before anything is deployed.
    pub location: Option<String>,
    /// It is only read, never deployed.
    pub existing: bool,
    /// Its condition is false.
    pub skipped: bool,
    /// Where it is deployed. For a nested deployment: where its template is deployed.
    pub scope: Scope,
    /// The resources, by index, that must be there before it: told, referred to, parents, and earlier batches of its loop.
    pub depends_on: Vec<usize>,
    /// The loop that it is a round of.
    pub round: Option<CopyRound>,
    /// Where it stands in the template, such as `resources[2]`.
    pub path: String,
    /// The line in the template, from 1.
    pub line: Option<u32>,
    /// The column in that line, from 1.
    pub column: Option<u32>,
    /// The part of `depends_on` that a deployment shows: told and referred to.
    pub(crate) shown_depends_on: Vec<usize>,
    pub(crate) span: Span,
    pub(crate) body: Body,
}

/// One round of a loop of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRound {
    /// The name of the loop.
    pub name: String,
    /// The round, from 0.
    pub index: usize,
    /// The batch of a serial loop, from 0; batches run one after the other. 0 for all rounds of a parallel loop.
    pub batch: usize,
}

/// What came of resolving. Values may hold secrets, so they are not printed.
#[derive(Clone, PartialEq)]
pub enum Resolved {
    /// The value, whole.
    Ready(Value),
    /// It takes these facts first. Learn them and ask again; further needs may show then.
    Needs(Vec<Need>),
    /// There is something wrong with it.
    Failed(Complaint),
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field(
                "resources",
                &self
                    .resources
                    .iter()
                    .map(|planned| &planned.id)
                    .collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(_) => f.write_str("Ready"),
            Self::Needs(needs) => f.debug_tuple("Needs").field(needs).finish(),
            Self::Failed(complaint) => f.debug_tuple("Failed").field(complaint).finish(),
        }
    }
}

impl Plan {
    /// The body of a resource as it is put to its provider: everything but the properties that are the template's own
    /// (type, name, apiVersion, condition, copy, dependsOn, scope, child resources).
    pub fn resolve(&self, index: usize, facts: &Facts) -> Resolved {
        self.body(index, facts, false)
    }

    fn body(&self, index: usize, facts: &Facts, preview: bool) -> Resolved {
        let Some(planned) = self.resources.get(index) else {
            return Resolved::Failed(Complaint::internal(format!(
                "The plan has {} resources; there is none with the index {index}.",
                self.resources.len()
            )));
        };
        let run = Run::default();
        let frame = Frame {
            facts: Some(facts),
            preview,
            rounds: &planned.body.rounds,
            ..Frame::new(&self.context, &run, Phase::Resource)
        };
        let mut trouble = Trouble::default();
        let body = resources::body(planned, &frame, &mut trouble);
        if let Some((span, message)) = trouble.faults.into_iter().next() {
            return Resolved::Failed(self.unprocessable(planned, span, &message));
        }
        if trouble.echoed {
            let message = "It is built from a parameter or variable that is not valid.";
            return Resolved::Failed(self.unprocessable(planned, planned.span, message));
        }
        if !trouble.needs.is_empty() {
            return Resolved::Needs(trouble.needs);
        }
        Resolved::Ready(body)
    }

    /// The body as far as it is known: expressions that need facts stay as they are written. For what-if, where nothing
    /// will be deployed that could be asked.
    pub fn preview(&self, index: usize, facts: &Facts) -> Resolved {
        self.body(index, facts, true)
    }

    /// The template of a nested deployment with inner scope, with the places of its values.
    pub fn inner_template(&self, index: usize) -> Option<&Node> {
        self.resources.get(index)?.body.inner_template()
    }

    /// The outputs as a deployment shows them: `{"name": {"type": "String", "value": …}}`, secure ones without value.
    pub fn outputs(&self, facts: &Facts) -> Resolved {
        self.outputs.resolve(&self.context, facts)
    }

    /// The parameters as a deployment shows them.
    pub fn shown_parameters(&self) -> Value {
        parameters::shown(&self.parameters)
    }

    /// What is known of the surroundings.
    pub fn known(&self) -> &Known {
        &self.context.known
    }

    /// The providers that the template uses, as a deployment shows them.
    pub fn providers(&self) -> Value {
        crate::shown::providers(self)
    }

    /// The dependencies that the template tells, as a deployment shows them.
    pub fn dependencies(&self) -> Value {
        crate::shown::dependencies(self)
    }

    fn unprocessable(&self, planned: &Planned, span: Span, message: &str) -> Complaint {
        let mut complaints = Complaints::about(self.context.whole);
        let place = complaints.place(span);
        complaints.add(
            &planned.id,
            span,
            format!(
                "Unable to process template language expressions for resource '{}'{place}. '{message}'",
                planned.id
            ),
        );
        complaints.into_only("InvalidTemplate")
    }
}
