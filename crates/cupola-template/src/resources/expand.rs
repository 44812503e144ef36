//! Expanding: one declared resource becomes one planned resource for each round of its loop.

use super::body::Body;
use super::declared::{Declared, Loop};
use super::identity;
use crate::complaint::Complaints;
use crate::copy;
use crate::expression::type_name;
use crate::known::Scope;
use crate::plan::{CopyRound, Planned};
use crate::scope::{Frame, Round, stands_alone};
use crate::source::Span;
use crate::tree::{Tree, Trouble};
use serde_json::Value;

/// How many resources one template may have, as the service has it.
pub(crate) const RESOURCES_MAX: usize = 800;

/// A planned resource before its dependencies are known.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) planned: Planned,
    /// What `dependsOn` says.
    pub(crate) told: Vec<(Span, String)>,
    /// Which resource of the template declares it, so that rounds of one loop are told once.
    pub(crate) declared: usize,
    /// Whether batches of its loop wait for each other.
    pub(crate) serial: bool,
}

/// Expands all declared resources.
pub(crate) fn expand(declared: &[Declared], frame: &Frame<'_>, complaints: &mut Complaints) -> Vec<Draft> {
    let mut expansion = Expansion {
        complaints,
        drafts: Vec::new(),
        serial_number: 0,
        over: false,
    };
    for resource in declared {
        expansion.resource(resource, frame, None);
    }
    if expansion.over {
        expansion.complaints.template(
            "resources",
            Span::default(),
            format!(
                "The number of template resources limit exceeded. Limit: {RESOURCES_MAX} and actual: more than \
                 {RESOURCES_MAX}. Please see https://aka.ms/arm-resources-limits for usage details."
            ),
        );
    }
    expansion.drafts
}

struct Expansion<'c> {
    complaints: &'c mut Complaints,
    drafts: Vec<Draft>,
    serial_number: usize,
    over: bool,
}

/// What a child takes from the resource that it is nested in.
#[derive(Clone)]
struct Parent {
    kind: String,
    name: String,
    scope: Scope,
}

impl Expansion<'_> {
    fn resource(&mut self, declared: &Declared, frame: &Frame<'_>, parent: Option<&Parent>) {
        self.serial_number += 1;
        let number = self.serial_number;
        let Some(looped) = &declared.looped else {
            self.round(declared, number, frame, parent, None);
            return;
        };
        let Some((name, count, batch_size)) = self.shape_of(looped, declared, frame) else {
            return;
        };
        for index in 0..count {
            let rounds = frame.rounds_with(Round {
                name: name.clone(),
                index,
                of_resource: true,
            });
            let round = CopyRound {
                name: name.clone(),
                index,
                batch: batch_size.map_or(0, |size| index / size),
            };
            let before = self.drafts.len();
            let frame = frame.looping(&rounds);
            self.round(
                declared,
                number,
                &frame,
                parent,
                Some((round, batch_size.is_some())),
            );
            // A round that failed would fail the same way in all others.
            if self.over || self.drafts.len() == before {
                return;
            }
        }
    }

    /// Name, number of rounds, and size of batches of a serial loop.
    fn shape_of(
        &mut self,
        looped: &Loop,
        declared: &Declared,
        frame: &Frame<'_>,
    ) -> Option<(String, usize, Option<usize>)> {
        let mut trouble = Trouble::default();
        let name = looped
            .name
            .as_ref()
            .map(|tree| tree.evaluate(frame, &mut trouble));
        let mode = looped
            .mode
            .as_ref()
            .map(|tree| tree.evaluate(frame, &mut trouble));
        let size = looped
            .batch_size
            .as_ref()
            .map(|tree| tree.evaluate(frame, &mut trouble));
        let count = copy::count(looped.count.as_ref(), looped.span, frame, &mut trouble);
        let name = match name {
            Some(Value::String(name)) if !name.is_empty() => name,
            // In symbolic templates the loop may go by the symbol.
            None if declared.symbol.is_some() => declared.symbol.clone().unwrap_or_default(),
            _ => {
                trouble.fault(looped.span, "The name of a copy cannot be null or empty.");
                String::new()
            }
        };
        let serial = match mode.as_ref().map(Value::as_str) {
            None => false,
            Some(Some(mode)) if mode.eq_ignore_ascii_case("parallel") => false,
            Some(Some(mode)) if mode.eq_ignore_ascii_case("serial") => true,
            Some(_) => {
                trouble.fault(looped.span, "The mode of a copy is 'serial' or 'parallel'.");
                false
            }
        };
        let size = match size.as_ref().map(Value::as_u64) {
            None => 1,
            Some(Some(size)) if size > 0 => usize::try_from(size).unwrap_or(copy::COUNT_MAX),
            Some(_) => {
                trouble.fault(
                    looped.span,
                    "The batchSize of a copy is an integer of at least 1.",
                );
                1
            }
        };
        self.tell(trouble, &declared.path, declared.span, &name);
        count.map(|count| (name, count, serial.then_some(size)))
    }

    fn round(
        &mut self,
        declared: &Declared,
        number: usize,
        frame: &Frame<'_>,
        parent: Option<&Parent>,
        round: Option<(CopyRound, bool)>,
    ) {
        if self.drafts.len() >= RESOURCES_MAX {
            self.over = true;
            return;
        }
        let mut trouble = Trouble::default();
        let skipped = !condition(declared.condition.as_ref(), frame, &mut trouble);
        let name = text(declared.name.as_ref(), "name", declared.span, frame, &mut trouble);
        let kind = text(declared.kind.as_ref(), "type", declared.span, frame, &mut trouble);
        let api_version = text(
            declared.api_version.as_ref(),
            "apiVersion",
            declared.span,
            frame,
            &mut trouble,
        );
        let scope = self.scope(declared, frame, parent, &mut trouble);
        let told = if skipped || declared.existing {
            Vec::new()
        } else {
            depends_on(declared.depends_on.as_ref(), frame, &mut trouble)
        };
        let own_name = name.clone().unwrap_or_default();
        if !skipped {
            self.tell(trouble, &declared.path, declared.span, &own_name);
        }
        let (Some(name), Some(kind), Some(scope)) = (name, kind, scope) else {
            return;
        };
        let (kind, name) = match parent {
            Some(parent) => (
                format!("{}/{kind}", parent.kind),
                format!("{}/{name}", parent.name),
            ),
            None => (kind, name),
        };
        if !identity::segments_fit(&kind, &name) || !kind.contains('/') {
            if !skipped {
                let at = declared.kind.as_ref().map_or(declared.span, |tree| tree.span);
                self.complaints.placed(
                    &format!("{}.type", declared.path),
                    at,
                    format!("The template resource '{name}' for type '{kind}'"),
                    "has incorrect segment lengths. A nested resource type must have identical number of segments as \
                     its resource name. A root resource type must have segment length one greater than its resource \
                     name. Please see https://aka.ms/arm-syntax-resources for usage details.",
                );
            }
            return;
        }
        let place = self.complaints.line_and_column(declared.span);
        let (round, serial) = round.map_or((None, false), |(round, serial)| (Some(round), serial));
        let next = Parent {
            kind: kind.clone(),
            name: name.clone(),
            scope: scope.clone(),
        };
        self.drafts.push(Draft {
            planned: Planned {
                symbol: declared.symbol.clone(),
                id: identity::id(&scope, &kind, &name),
                kind,
                name,
                api_version: api_version.unwrap_or_default(),
                location: None,
                existing: declared.existing,
                skipped,
                scope,
                depends_on: Vec::new(),
                round,
                path: declared.path.clone(),
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                shown_depends_on: Vec::new(),
                span: declared.span,
                body: Body::new(frame.rounds.to_vec(), declared.source.clone()),
            },
            told,
            declared: number,
            serial,
        });
        for child in &declared.children {
            self.resource(child, frame, Some(&next));
        }
    }

    fn scope(
        &mut self,
        declared: &Declared,
        frame: &Frame<'_>,
        parent: Option<&Parent>,
        trouble: &mut Trouble,
    ) -> Option<Scope> {
        let known = &frame.context.known;
        let mut given = |tree: &Option<Tree>, key: &str| match tree {
            None => Some(None),
            Some(tree) => text(Some(tree), key, tree.span, frame, trouble).map(Some),
        };
        let subscription = given(&declared.subscription, "subscriptionId")?;
        let group = given(&declared.group, "resourceGroup")?;
        let scope = given(&declared.scope, "scope")?;
        if let Some(text) = scope {
            let found = identity::scope(&text, known);
            if found.is_none() {
                let span = declared.scope.as_ref().map_or(declared.span, |tree| tree.span);
                trouble.fault(
                    span,
                    format!(
                        "The scope '{text}' is neither the id of a scope or resource nor 'Namespace/type/name'."
                    ),
                );
            }
            return found;
        }
        let subscription_id = || {
            subscription
                .clone()
                .unwrap_or_else(|| known.subscription.id.clone())
        };
        if let Some(group) = group {
            return Some(Scope::Group {
                subscription: subscription_id(),
                group,
            });
        }
        if subscription.is_some() {
            return Some(Scope::Subscription {
                subscription: subscription_id(),
            });
        }
        Some(parent.map_or_else(|| known.scope(), |parent| parent.scope.clone()))
    }

    fn tell(&mut self, mut trouble: Trouble, path: &str, span: Span, name: &str) {
        if !trouble.needs.is_empty() {
            trouble.fault(
                span,
                "It must be known before anything is deployed, and asks for the state of a resource.",
            );
        }
        for (span, message) in trouble.faults {
            if stands_alone(&message) {
                self.complaints.template(path, span, message);
                continue;
            }
            self.complaints.placed(
                path,
                span,
                format!("The template resource '{name}'"),
                format!("is not valid: {message}"),
            );
        }
    }
}

fn condition(tree: Option<&Tree>, frame: &Frame<'_>, trouble: &mut Trouble) -> bool {
    let Some(tree) = tree else { return true };
    let before = trouble.faults.len();
    match tree.evaluate(frame, trouble) {
        Value::Bool(truth) => truth,
        Value::String(text) if text.eq_ignore_ascii_case("true") => true,
        Value::String(text) if text.eq_ignore_ascii_case("false") => false,
        other => {
            if trouble.faults.len() == before && !trouble.echoed {
                trouble.fault(
                    tree.span,
                    format!(
                        "The condition must be a boolean; it is of type '{}'.",
                        type_name(&other)
                    ),
                );
            }
            true
        }
    }
}

fn text(
    tree: Option<&Tree>,
    key: &str,
    span: Span,
    frame: &Frame<'_>,
    trouble: &mut Trouble,
) -> Option<String> {
    let empty = |key: &str| {
        format!(
            "The {key} property cannot be null or empty. Please see https://aka.ms/arm-syntax-resources for usage \
             details."
        )
    };
    let Some(tree) = tree else {
        trouble.fault(span, empty(key));
        return None;
    };
    let mut own = Trouble::default();
    let value = tree.evaluate(frame, &mut own);
    let fine = own.none();
    trouble.join(own);
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ if !fine => None,
        Value::String(_) | Value::Null => {
            trouble.fault(tree.span, empty(key));
            None
        }
        other => {
            trouble.fault(
                tree.span,
                format!(
                    "The {key} property must be a string; it is of type '{}'.",
                    type_name(&other)
                ),
            );
            None
        }
    }
}

fn depends_on(tree: Option<&Tree>, frame: &Frame<'_>, trouble: &mut Trouble) -> Vec<(Span, String)> {
    let Some(tree) = tree else { return Vec::new() };
    let mut told = Vec::new();
    for (span, value) in tree.evaluate_items(frame, trouble) {
        match value {
            Value::String(text) if !text.is_empty() => told.push((span, text)),
            // The trouble with it is told already.
            Value::Null if !trouble.none() => {}
            other => trouble.fault(
                span,
                format!(
                    "The items of dependsOn are names, ids or symbolic names of resources; one is of type '{}'. \
                     Please see https://aka.ms/arm-syntax-resources for usage details.",
                    type_name(&other)
                ),
            ),
        }
    }
    told
}
