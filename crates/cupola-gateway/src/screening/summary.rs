//! What was found in several texts together, as clients are told.

use cupola_safety::{Category, Detection, Found, Grade, ListHit, Verdict};
use cupola_wire::openai::safety::{Annotation, Detected, Graded, Listed};

/// The strongest findings of all texts of a prompt, or of all fields of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Summary {
    /// By `Category as usize`.
    categories: [Option<Grade>; 4],
    /// By `Detection as usize`.
    detections: [Option<Found>; 6],
    /// By name.
    lists: Vec<ListHit>,
    /// Did somebody not look who should have?
    is_unseen: bool,
}

impl Summary {
    /// Takes in what was found in one more text.
    pub(super) fn add(&mut self, verdict: &Verdict) {
        for (category, found) in verdict.categories() {
            let grade = self.categories[category as usize].get_or_insert_default();
            grade.severity = grade.severity.max(found.severity);
            grade.filtered |= found.filtered;
        }
        for (detection, found) in verdict.detections() {
            let known = self.detections[detection as usize].get_or_insert_default();
            known.detected |= found.detected;
            known.filtered |= found.filtered;
        }
        for list in verdict.lists() {
            match self.lists.iter_mut().find(|known| known.name == list.name) {
                Some(known) => known.filtered |= list.filtered,
                None => self.lists.push(list.clone()),
            }
        }
    }

    /// Somebody did not look who should have. What is filtered none the less is told before that.
    pub(super) fn note_unseen(&mut self) {
        self.is_unseen = true;
    }

    fn filters(&self) -> bool {
        self.categories.iter().flatten().any(|grade| grade.filtered)
            || self.detections.iter().flatten().any(|found| found.filtered)
            || self.lists.iter().any(|list| list.filtered)
    }

    /// Gives the annotation to `write`.
    pub(super) fn annotate<T>(&self, write: impl FnOnce(&Annotation<'_>) -> T) -> T {
        if self.is_unseen && !self.filters() {
            return write(&Annotation::Unavailable);
        }
        let categories: Vec<Graded<'_>> = Category::ALL
            .into_iter()
            .zip(self.categories)
            .filter_map(|(category, grade)| {
                let grade = grade?;
                Some(Graded {
                    name: category.name(),
                    severity: grade.severity.name(),
                    filtered: grade.filtered,
                })
            })
            .collect();
        let detections: Vec<Detected<'_>> = Detection::ALL
            .into_iter()
            .zip(self.detections)
            .filter_map(|(detection, found)| {
                let found = found?;
                Some(Detected {
                    name: detection.name(),
                    detected: found.detected,
                    filtered: found.filtered,
                    citation: None,
                })
            })
            .collect();
        let lists: Vec<Listed<'_>> = self
            .lists
            .iter()
            .map(|list| Listed {
                id: &list.name,
                filtered: list.filtered,
            })
            .collect();
        write(&Annotation::Filtered {
            categories: &categories,
            detections: &detections,
            lists: &lists,
        })
    }

    /// The object of `content_filter_results`.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.annotate(|annotation| annotation.write(&mut out));
        out
    }
}
