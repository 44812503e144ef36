//! A whole answer: what each choice says is looked at, and what is blocked is taken out.

use super::Active;
use super::found_something;
use super::summary::Summary;
use cupola_safety::{Direction, Verdict};
use cupola_wire::openai::{Broken, Edit, Said, Voice, edited, said};

/// What became of an answer.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// The answer, where it is another one now.
    pub(crate) body: Option<Vec<u8>>,
    /// Was something taken out?
    pub(crate) is_filtered: bool,
}

pub(super) fn look(active: &Active, answer: &[u8]) -> Result<Completion, Broken> {
    let mut edits = Vec::new();
    let mut is_filtered = false;
    if active.screen.needs(Direction::Completion) {
        for said in said(answer)? {
            let mut summary = Summary::default();
            summary.add(&active.screen.text(Direction::Completion, ""));
            let verdicts: Vec<Verdict> = said
                .texts
                .iter()
                .map(|(_, text)| active.screen.text(Direction::Completion, text))
                .collect();
            for verdict in &verdicts {
                summary.add(verdict);
            }
            let left = left(&said, &verdicts);
            is_filtered |= left.is_some();
            let annotation = active.annotates.then(|| summary.written());
            if annotation.is_some() || left.is_some() {
                edits.push(Edit {
                    choice: said.choice,
                    annotation,
                    left,
                });
            }
            let found: Vec<(usize, Verdict)> = verdicts
                .into_iter()
                .enumerate()
                .filter(|(_, verdict)| found_something(verdict))
                .collect();
            active
                .source
                .note(Direction::Completion, Some(said.choice), &found);
        }
    }
    let prompt = active.prompt.as_deref();
    let body = (!edits.is_empty() || prompt.is_some()).then(|| edited(answer, &edits, prompt));
    Ok(Completion {
        body: body.transpose()?,
        is_filtered,
    })
}

/// What is left of a choice of which something is blocked: the content up to there. A model reasons before it speaks and
/// calls its tools after it spoke.
fn left(said: &Said, verdicts: &[Verdict]) -> Option<String> {
    if !verdicts.iter().any(Verdict::is_blocked) {
        return None;
    }
    let mut left = String::new();
    for ((voice, text), verdict) in said.texts.iter().zip(verdicts) {
        match voice {
            Voice::Content => {
                let end = match verdict.blocked_by() {
                    Some(hit) => hit.span.start,
                    None if verdict.is_blocked() => 0,
                    None => text.len(),
                };
                left = text.get(..end).unwrap_or_default().to_owned();
            }
            Voice::Reasoning | Voice::Thought if verdict.is_blocked() => return Some(String::new()),
            _ => {}
        }
    }
    Some(left)
}
