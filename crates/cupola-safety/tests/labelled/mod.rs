//! The labelled sets, and how the analyzer does on them; for the test that holds the figures and the example that prints them.

use cupola_safety::{
    Category, Detection, DetectionRule, Direction, Origin, Policy, Screen, Severity, Threshold, Verdict,
};
use std::collections::BTreeMap;

/// What the rules were tuned on.
pub(crate) const TUNED: &str = include_str!("../../labelled/tuned.tsv");
/// What they were not.
pub(crate) const HELD_OUT: &str = include_str!("../../labelled/held-out.tsv");

/// How one label is met.
#[derive(Debug, Default)]
pub(crate) struct Figure {
    /// Lines with the label, from medium on for harm.
    pub(crate) labelled: usize,
    /// Lines where the analyzer says so.
    pub(crate) found: usize,
    /// Lines where both do.
    pub(crate) both: usize,
}

impl Figure {
    /// Of what was found, how much is right.
    pub(crate) fn precision(&self) -> f64 {
        share(self.both, self.found)
    }

    /// Of what is there, how much was found.
    pub(crate) fn recall(&self) -> f64 {
        share(self.both, self.labelled)
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 1.0 } else { part as f64 / of as f64 }
}

/// A set, measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// By category or detection.
    pub(crate) by_label: BTreeMap<&'static str, Figure>,
    /// Lines that are safe.
    pub(crate) safe: usize,
    /// Of those, lines that the default policy blocks.
    pub(crate) safe_blocked: usize,
    /// Lines that came out wrong.
    pub(crate) misses: Vec<String>,
}

/// Harm counts from medium on, which is what the default policy blocks.
pub(crate) fn measure(set: &str) -> Figures {
    let screen = Screen::new(everything(), &[]).expect("a screen");
    let default = Screen::new(Policy::default_v2(), &[]).expect("a screen");
    let mut figures = Figures::default();
    for line in set
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (label, text) = line.split_once('\t').expect("a label, a tab, a text");
        let origin = if label == "indirect_attack" {
            Origin::Document
        } else {
            Origin::Author
        };
        let verdict = screen.text_of(Direction::Prompt, origin, text);
        let mut wrong = false;
        for (name, found) in findings(&verdict) {
            let expected = expects(label, name);
            let figure = figures.by_label.entry(name).or_default();
            figure.labelled += usize::from(expected);
            figure.found += usize::from(found);
            figure.both += usize::from(expected && found);
            // Foul words in hateful lines are no mistake, and no subject of their labels.
            wrong |= expected != found && !(name == "profanity" && found);
        }
        if label == "safe" {
            figures.safe += 1;
            figures.safe_blocked += usize::from(default.text(Direction::Prompt, text).is_blocked());
        }
        if wrong {
            let hits: Vec<String> = verdict
                .hits()
                .iter()
                .map(|hit| format!("{} {:?} {}", hit.rule, hit.subject, &text[hit.span.clone()]))
                .collect();
            figures.misses.push(format!("{label}: {text} {hits:?}"));
        }
    }
    figures
}

/// The policy that looks for all there is.
fn everything() -> Policy {
    let mut policy = Policy::default_v2();
    for detection in Detection::ALL {
        policy.prompt = policy.prompt.with_detection(detection, DetectionRule::ANNOTATED);
    }
    policy
}

fn findings(verdict: &Verdict) -> Vec<(&'static str, bool)> {
    let harm = Category::ALL.map(|one| (one.name(), Threshold::Medium.reached_by(verdict.severity(one))));
    let others = [
        Detection::Jailbreak,
        Detection::IndirectAttack,
        Detection::Profanity,
        Detection::Pii,
    ]
    .map(|one| (one.name(), verdict.detected(one)));
    harm.into_iter().chain(others).collect()
}

fn expects(label: &str, name: &str) -> bool {
    label.split(',').any(|one| {
        let (what, severity) = one.split_once(':').unwrap_or((one, Severity::High.name()));
        what == name && severity != Severity::Low.name()
    })
}
