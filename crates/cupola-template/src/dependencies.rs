//! Dependencies: which resource waits for which, and that none waits for itself.

use crate::complaint::Complaints;
use crate::expression::Need;
use crate::known::Scope;
use crate::plan::Planned;
use crate::references::Index;
use crate::resources::{self, Draft};
use crate::scope::{Frame, stands_alone};
use crate::source::Span;
use crate::tree::Trouble;
use crate::walk::walk;
use cupola_core::name::fold;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Joins the drafts into planned resources.
pub(crate) fn wire(drafts: Vec<Draft>, frame: &Frame<'_>, complaints: &mut Complaints) -> Vec<Planned> {
    let context = frame.context;
    duplicates(&drafts, complaints);
    let referred = probe(&drafts, frame, complaints);
    let batches = batches(&drafts);
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(drafts.len());
    let mut shown: Vec<Vec<usize>> = Vec::with_capacity(drafts.len());
    let mut locations: Vec<Option<String>> = Vec::with_capacity(drafts.len());
    for (at, (draft, probed)) in drafts.iter().zip(referred).enumerate() {
        locations.push(probed.location);
        if draft.planned.skipped || draft.planned.existing {
            edges.push(Vec::new());
            shown.push(Vec::new());
            continue;
        }
        let mut own = Edges::to(&drafts);
        told(draft, at, &context.index, &mut own, complaints);
        for target in probed.referred {
            own.add(target);
        }
        shown.push(own.list.clone());
        for target in implied(&draft.planned, &context.index) {
            if target != at {
                own.add(target);
            }
        }
        if let Some(earlier) = batches.get(&at) {
            earlier.iter().for_each(|target| own.add(*target));
        }
        edges.push(own.list);
    }
    for circle in walk(&edges).circles {
        tell_circle(&drafts, &circle, complaints);
    }
    drafts
        .into_iter()
        .zip(edges)
        .zip(shown.into_iter().zip(locations))
        .map(|((draft, depends_on), (shown_depends_on, location))| Planned {
            depends_on,
            shown_depends_on,
            location,
            ..draft.planned
        })
        .collect()
}

/// The edges of one resource, each once, none to resources that are not deployed.
struct Edges<'d> {
    drafts: &'d [Draft],
    seen: HashSet<usize>,
    list: Vec<usize>,
}

impl<'d> Edges<'d> {
    fn to(drafts: &'d [Draft]) -> Self {
        Self {
            drafts,
            seen: HashSet::new(),
            list: Vec::new(),
        }
    }

    fn add(&mut self, target: usize) {
        let planned = &self.drafts[target].planned;
        if !planned.skipped && !planned.existing && self.seen.insert(target) {
            self.list.push(target);
        }
    }
}

fn duplicates(drafts: &[Draft], complaints: &mut Complaints) {
    let mut seen: HashSet<String> = HashSet::new();
    for draft in drafts {
        let planned = &draft.planned;
        if planned.skipped || planned.existing || seen.insert(fold(&planned.id)) {
            continue;
        }
        let (namespace, kinds) = planned.kind.split_once('/').unwrap_or((&planned.kind, ""));
        complaints.placed(
            &planned.path,
            planned.span,
            format!("The resource '{namespace}/{kinds}/{}'", planned.name),
            "is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage \
             details.",
        );
    }
}

/// What evaluating a body without facts tells.
#[derive(Default)]
struct Probed {
    referred: Vec<usize>,
    location: Option<String>,
}

/// Evaluates each body without facts: what it needs of resources in the template is what it waits for.
fn probe(drafts: &[Draft], frame: &Frame<'_>, complaints: &mut Complaints) -> Vec<Probed> {
    let context = frame.context;
    let mut broken: HashSet<usize> = HashSet::new();
    let mut checked: HashSet<usize> = HashSet::new();
    drafts
        .iter()
        .map(|draft| {
            let planned = &draft.planned;
            if planned.skipped || planned.existing {
                return Probed::default();
            }
            let frame = frame.looping(&planned.body.rounds);
            let mut trouble = Trouble::default();
            let body = resources::body(planned, &frame, &mut trouble);
            if trouble.faults.is_empty() && checked.insert(draft.declared) {
                planned.body.tree().check(context, &mut trouble.faults);
            }
            // All rounds of a loop are broken in the same way; one of them tells.
            if !trouble.faults.is_empty() && broken.insert(draft.declared) {
                tell(planned, trouble.faults, complaints);
            }
            Probed {
                referred: trouble
                    .needs
                    .iter()
                    .flat_map(|need| context.index.with_id(id_of(need)))
                    .copied()
                    .collect(),
                location: body.get("location").and_then(Value::as_str).map(str::to_owned),
            }
        })
        .collect()
}

fn tell(planned: &Planned, faults: Vec<(Span, String)>, complaints: &mut Complaints) {
    for (span, message) in faults {
        if stands_alone(&message) {
            complaints.template(&planned.path, span, message);
        } else {
            complaints.placed(
                &planned.path,
                span,
                format!("The template resource '{}'", planned.name),
                format!("is not valid: {message}"),
            );
        }
    }
}

fn id_of(need: &Need) -> &str {
    match need {
        Need::Reference { id, .. } | Need::List { id, .. } => id,
    }
}

fn told(draft: &Draft, at: usize, index: &Index, edges: &mut Edges<'_>, complaints: &mut Complaints) {
    for (span, text) in &draft.told {
        let targets = index.named(text);
        if targets.is_empty() {
            complaints.template(
                &format!("{}.dependsOn", draft.planned.path),
                *span,
                format!(
                    "The resource '{}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage \
                     details.",
                    shortened(text)
                ),
            );
            continue;
        }
        // A name may be that of several resources, of the one that tells it as well: that one is not meant then.
        let only_itself = targets == [at];
        for target in targets.iter().filter(|target| only_itself || **target != at) {
            edges.add(*target);
        }
    }
}

// The service names a missing resource by type and name, not by its whole id.
fn shortened(text: &str) -> String {
    let Some((_, tail)) = text.rsplit_once("/providers/") else {
        return text.to_owned();
    };
    let mut segments = tail.split('/');
    let namespace = segments.next().unwrap_or_default();
    let (mut kinds, mut names) = (vec![namespace], Vec::new());
    while let Some(kind) = segments.next() {
        kinds.push(kind);
        names.extend(segments.next());
    }
    format!("{}/{}", kinds.join("/"), names.join("/"))
}

/// What must be there by the nature of things: the parent, the extended resource, the resource group.
fn implied<'i>(planned: &Planned, index: &'i Index) -> impl Iterator<Item = usize> + use<'i> {
    let parent = resources::parent(&planned.id)
        .map(|parent| index.with_id(parent))
        .unwrap_or_default();
    let around = match &planned.scope {
        Scope::Resource { id } => index.with_id(id),
        group @ Scope::Group { .. } => index.with_id(&group.id()),
        Scope::Subscription { .. } | Scope::Tenant => &[],
    };
    parent.iter().chain(around).copied()
}

/// For each round of a serial loop: the rounds of the batch before.
fn batches(drafts: &[Draft]) -> HashMap<usize, Vec<usize>> {
    let mut by_batch: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    let serial = |draft: &Draft| {
        draft
            .planned
            .round
            .clone()
            .filter(|_| draft.serial && !draft.planned.skipped)
    };
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(round) = serial(draft) {
            by_batch
                .entry((draft.declared, round.batch))
                .or_default()
                .push(at);
        }
    }
    let mut earlier = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(before) = serial(draft).and_then(|round| round.batch.checked_sub(1)) else {
            continue;
        };
        if let Some(rounds) = by_batch.get(&(draft.declared, before)) {
            earlier.insert(at, rounds.clone());
        }
    }
    earlier
}

fn tell_circle(drafts: &[Draft], circle: &[usize], complaints: &mut Complaints) {
    let Some(first) = circle.first().map(|at| &drafts[*at].planned) else {
        return;
    };
    let names: Vec<&str> = circle
        .iter()
        .chain(circle.first())
        .map(|at| drafts[*at].planned.name.as_str())
        .collect();
    complaints.template(
        &first.path,
        first.span,
        format!(
            "Circular dependency detected on resource: '{}': {}. Please see https://aka.ms/arm-syntax-resources for \
             usage details.",
            first.id,
            names.join(" -> ")
        ),
    );
}
