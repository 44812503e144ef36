//! What was found in a text, and whether it may go on.

use crate::policy::{Category, Detection, DirectionPolicy, Severity};
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

/// What somebody else's analyzer found; see [`Verdict::merge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings {
    /// By `Category as usize`.
    pub categories: [Severity; 4],
    /// By `Detection as usize`.
    pub detections: [bool; 6],
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

    /// The first place that keeps it from going on; `None` also when only an external analyzer does.
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

    /// Takes in what somebody else's analyzer found: the stronger finding counts, and what the policy does not look for
    /// stays away.
    pub fn merge(&mut self, findings: &Findings, policy: &DirectionPolicy) {
        for category in Category::ALL {
            self.grade(category, findings.categories[category as usize], policy);
        }
        for detection in Detection::ALL {
            if findings.detections[detection as usize] {
                self.found(detection, policy);
            }
        }
    }

    /// Takes in a place.
    pub(crate) fn add(&mut self, hit: Hit, policy: &DirectionPolicy, keep: bool) {
        match &hit.subject {
            Subject::Category(category, severity) => self.grade(*category, *severity, policy),
            Subject::Detection(detection) => self.found(*detection, policy),
            Subject::Blocklist(name) => self.list(name, hit.blocking),
        }
        let is_first = |other: &Hit| hit.order() < other.order();
        if hit.blocking && self.blocked_by.as_ref().is_none_or(is_first) {
            self.blocked_by = Some(hit.clone());
        }
        if keep {
            self.hits.push(hit);
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
    use crate::policy::Policy;

    #[test]
    fn what_others_find_is_merged_under_the_policy() {
        let policy = Policy::default_v2().prompt;
        let mut verdict = Verdict::clean(&policy);
        let mut findings = Findings::default();
        findings.detections[Detection::Profanity as usize] = true;
        findings.categories[Category::Hate as usize] = Severity::Low;
        verdict.merge(&findings, &policy);
        assert!(!verdict.is_blocked());
        assert!(!verdict.detected(Detection::Profanity), "not looked for");
        assert_eq!(verdict.severity(Category::Hate), Severity::Low);

        findings.categories[Category::Hate as usize] = Severity::High;
        verdict.merge(&findings, &policy);
        assert!(verdict.is_blocked());
        findings.categories[Category::Hate as usize] = Severity::Safe;
        verdict.merge(&findings, &policy);
        assert_eq!(
            verdict.severity(Category::Hate),
            Severity::High,
            "the stronger finding stays"
        );
        assert_eq!(verdict.categories().count(), 4);
        assert_eq!(verdict.detections().count(), 1);
    }
}
