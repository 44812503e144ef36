//! What was found in a text, and whether it may go on.

use crate::policy::{Category, Detection, DirectionPolicy, Severity};
use crate::screen::HITS_MAX;
use std::ops::Range;
use std::sync::Arc;

/// What a hit is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Harm, and how strong.
    Category(Category, Severity),
    /// Something that is there.
    Detection(Detection),
    /// An entry of the blocklist of that name.
    Blocklist(Arc<str>),
    /// Something that an external analyzer names and that has no category here. It never blocks.
    Hazard(Arc<str>),
}

/// One place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule that was met, or the id of the blocklist's item; stable from version to version.
    pub rule: Arc<str>,
    /// What it is about.
    pub subject: Subject,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Whether the policy keeps it from going on.
    pub blocking: bool,
    /// The external analyzer that found it; `None` for the built-in one.
    pub analyzer: Option<Arc<str>>,
}

impl Hit {
    /// First by place.
    fn order(&self) -> (usize, usize, &str, &Subject) {
        (self.span.start, self.span.end, &self.rule, &self.subject)
    }
}

/// What is said of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grade {
    /// The strongest finding.
    pub severity: Severity,
    /// Whether it was kept from going on.
    pub filtered: bool,
}

/// What is said of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Whether it is there.
    pub detected: bool,
    /// Whether it was kept from going on.
    pub filtered: bool,
}

/// A blocklist with an entry that was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListHit {
    /// The list's name.
    pub name: Arc<str>,
    /// Whether it kept the text from going on.
    pub filtered: bool,
}

/// Something that an external analyzer found in a text; [`Screen::reported`](crate::Screen::reported) says what the policy
/// makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Its own name for what was met: a hazard code, a category, an item of a list.
    pub rule: Arc<str>,
    /// What that is here.
    pub subject: Subject,
}

/// What was found in a text under a policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    categories: [Option<Grade>; 4],
    detections: [Option<Found>; 6],
    lists: Vec<ListHit>,
    hits: Vec<Hit>,
    blocked_by: Option<Hit>,
    blocked: bool,
}

impl Verdict {
    /// Nothing was found of what the policy looks for.
    pub(crate) fn clean(policy: &DirectionPolicy) -> Self {
        Self {
            categories: policy.categories.map(|rule| rule.enabled.then(Grade::default)),
            detections: policy.detections.map(|rule| rule.enabled.then(Found::default)),
            ..Self::default()
        }
    }

    /// Whether the text may not go on.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// The first place that keeps it from going on.
    pub fn blocked_by(&self) -> Option<&Hit> {
        self.blocked_by.as_ref()
    }

    /// Categories that were looked for, in the order of the wire.
    pub fn categories(&self) -> impl Iterator<Item = (Category, Grade)> {
        Category::ALL
            .into_iter()
            .zip(self.categories)
            .filter_map(|(category, grade)| Some((category, grade?)))
    }

    /// Detections that were looked for, in the order of the wire.
    pub fn detections(&self) -> impl Iterator<Item = (Detection, Found)> {
        Detection::ALL
            .into_iter()
            .zip(self.detections)
            .filter_map(|(detection, found)| Some((detection, found?)))
    }

    /// How strong a category was found; safe when it was not looked for.
    pub fn severity(&self, category: Category) -> Severity {
        self.categories[category as usize].unwrap_or_default().severity
    }

    /// Whether a detection was found.
    pub fn detected(&self, detection: Detection) -> bool {
        self.detections[detection as usize].unwrap_or_default().detected
    }

    /// Blocklists with a hit, by name.
    pub fn lists(&self) -> &[ListHit] {
        &self.lists
    }

    /// The places, from the first on; of each kind of rule no more than 64.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Takes in what external analyzers found: the stronger finding counts. Of hits that do not block no more than 64 are
    /// kept.
    pub fn take_in(&mut self, hits: &[Hit]) {
        for hit in hits {
            match &hit.subject {
                Subject::Category(category, severity) => {
                    if let Some(grade) = &mut self.categories[*category as usize] {
                        grade.severity = grade.severity.max(*severity);
                        grade.filtered |= hit.blocking;
                    }
                }
                Subject::Detection(detection) => {
                    if let Some(found) = &mut self.detections[*detection as usize] {
                        found.detected = true;
                        found.filtered |= hit.blocking;
                    }
                }
                Subject::Blocklist(name) => self.list(name, hit.blocking),
                Subject::Hazard(_) => {}
            }
            self.blocked |= hit.blocking;
            self.note_blocking(hit);
            if hit.blocking || self.hits.len() < HITS_MAX {
                self.hits.push(hit.clone());
            }
        }
        self.settle();
    }

    /// Takes in a place.
    pub(crate) fn add(&mut self, hit: Hit, policy: &DirectionPolicy, keep: bool) {
        match &hit.subject {
            Subject::Category(category, severity) => self.grade(*category, *severity, policy),
            Subject::Detection(detection) => self.found(*detection, policy),
            Subject::Blocklist(name) => self.list(name, hit.blocking),
            // None of the built-in analyzer's rules is about one.
            Subject::Hazard(_) => {}
        }
        self.note_blocking(&hit);
        if keep {
            self.hits.push(hit);
        }
    }

    fn note_blocking(&mut self, hit: &Hit) {
        let is_first = |other: &Hit| hit.order() < other.order();
        if hit.blocking && self.blocked_by.as_ref().is_none_or(is_first) {
            self.blocked_by = Some(hit.clone());
        }
    }

    /// Puts the places in order.
    pub(crate) fn settle(&mut self) {
        self.hits.sort_by(|one, other| one.order().cmp(&other.order()));
        self.hits.dedup();
        self.lists.sort_by(|one, other| one.name.cmp(&other.name));
    }

    fn grade(&mut self, category: Category, severity: Severity, policy: &DirectionPolicy) {
        let Some(grade) = &mut self.categories[category as usize] else {
            return;
        };
        grade.severity = grade.severity.max(severity);
        if policy.category(category).blocks(severity) {
            grade.filtered = true;
            self.blocked = true;
        }
    }

    fn found(&mut self, detection: Detection, policy: &DirectionPolicy) {
        let Some(found) = &mut self.detections[detection as usize] else {
            return;
        };
        found.detected = true;
        if policy.detection(detection).blocking {
            found.filtered = true;
            self.blocked = true;
        }
    }

    fn list(&mut self, name: &Arc<str>, blocking: bool) {
        self.blocked |= blocking;
        match self.lists.iter_mut().find(|list| list.name == *name) {
            Some(list) => list.filtered |= blocking,
            None => self.lists.push(ListHit {
                name: Arc::clone(name),
                filtered: blocking,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Direction, ListRule, Policy};
    use crate::screen::Screen;

    fn screen() -> Screen {
        Screen::new(Policy::default_v2(), &[]).expect("a screen")
    }

    /// What becomes of a verdict when this is reported of its text.
    fn with(verdict: &mut Verdict, screen: &Screen, blocking: bool, subject: Subject) {
        let report = Reported {
            rule: "theirs".into(),
            subject,
        };
        let hits = screen.reported(Direction::Prompt, &("guard".into(), blocking), 3..9, &[report]);
        verdict.take_in(&hits);
    }

    #[test]
    fn what_others_find_is_merged_under_the_policy() {
        let screen = screen();
        let mut verdict = screen.clean(Direction::Prompt);
        let mut find = |subject| {
            with(&mut verdict, &screen, true, subject);
            verdict.clone()
        };
        find(Subject::Detection(Detection::Profanity));
        let low = find(Subject::Category(Category::Hate, Severity::Low));
        assert!(!low.is_blocked());
        assert!(!low.detected(Detection::Profanity), "not looked for");
        assert_eq!(low.severity(Category::Hate), Severity::Low);

        let high = find(Subject::Category(Category::Hate, Severity::High));
        assert!(high.is_blocked());
        let safe = find(Subject::Category(Category::Hate, Severity::Safe));
        assert_eq!(
            safe.severity(Category::Hate),
            Severity::High,
            "the stronger finding stays"
        );
        assert_eq!(safe.categories().count(), 4);
        assert_eq!(safe.detections().count(), 1);
        let by = safe.blocked_by().expect("a place");
        assert_eq!((by.analyzer.as_deref(), &by.span), (Some("guard"), &(3..9)));
        assert_eq!(
            safe.hits().len(),
            2,
            "what is safe and what is not looked for is no hit"
        );
    }

    #[test]
    fn an_analyzer_that_only_annotates_blocks_nothing() {
        let screen = screen();
        let mut verdict = screen.clean(Direction::Prompt);
        for subject in [
            Subject::Category(Category::Violence, Severity::High),
            Subject::Detection(Detection::Jailbreak),
            Subject::Blocklist("words".into()),
            Subject::Hazard("S2".into()),
        ] {
            with(&mut verdict, &screen, false, subject);
        }
        assert!(!verdict.is_blocked() && verdict.blocked_by().is_none());
        assert_eq!(verdict.severity(Category::Violence), Severity::High);
        assert!(verdict.detected(Detection::Jailbreak));
        assert_eq!(verdict.hits().len(), 4);
    }

    #[test]
    fn hazards_without_a_category_are_noted_and_lists_of_others_block() {
        let screen = screen();
        let mut verdict = screen.clean(Direction::Prompt);
        with(&mut verdict, &screen, true, Subject::Hazard("S2".into()));
        assert!(!verdict.is_blocked());
        with(&mut verdict, &screen, true, Subject::Blocklist("words".into()));
        assert!(verdict.is_blocked());
        assert_eq!(
            verdict.lists(),
            [ListHit {
                name: "words".into(),
                filtered: true
            }]
        );
        // A list of the policy's own of that name has nothing to do with it.
        assert_eq!(screen.policy().prompt.blocklists, Vec::<ListRule>::new());
    }
}
