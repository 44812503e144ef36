//! A whole answer: what each choice says is looked at, and what is blocked is taken out.

use super::external::{Heard, all};
use super::summary::Summary;
use super::{Active, found_something};
use cupola_safety::{Direction, Verdict};
use cupola_wire::openai::{Broken, Edit, Said, Voice, Whole, edited, said};

/// What became of an answer.
#[derive(Debug, Default)]
pub(crate) struct Completion<'a> {
    /// The answer, where it is another one now.
    pub(crate) body: Option<Vec<u8>>,
    /// The answer as it came, where it was read.
    pub(crate) read: Option<Whole<'a>>,
    /// Was something taken out?
    pub(crate) is_filtered: bool,
}

/// Why a whole answer cannot go out.
#[derive(Debug)]
pub(crate) enum Unwhole {
    /// It is no answer.
    Broken(Broken),
    /// An external analyzer did not look at it.
    Unscreened,
}

impl From<Broken> for Unwhole {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

pub(super) async fn look<'a>(active: &Active, answer: &'a [u8]) -> Result<Completion<'a>, Unwhole> {
    let mut edits = Vec::new();
    let mut read = None;
    let mut is_filtered = false;
    if active.needs_completion() {
        let choices = said(read.insert(Whole::read(answer)?))?;
        let mut heard = ask(active, &choices).await;
        note_unseen(active, &heard);
        if heard.stopped.is_some() {
            return Err(Unwhole::Unscreened);
        }
        let mut hits = std::mem::take(&mut heard.hits).into_iter();
        for said in choices {
            let mut summary = Summary::default();
            summary.add(&active.screen.clean(Direction::Completion));
            let verdicts: Vec<Verdict> = said
                .texts
                .iter()
                .map(|(_, text)| {
                    let mut verdict = active.screen.text(Direction::Completion, text);
                    verdict.take_in(&hits.next().unwrap_or_default());
                    verdict
                })
                .collect();
            for verdict in &verdicts {
                summary.add(verdict);
            }
            if heard.passed.is_some() {
                summary.note_unseen();
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
        read,
        is_filtered,
    })
}

/// What external analyzers say of all that is said.
async fn ask(active: &Active, choices: &[Said]) -> Heard {
    let Some(asker) = active.asks_of_completion() else {
        return Heard::default();
    };
    let texts: Vec<(bool, String)> = choices
        .iter()
        .flat_map(|said| said.texts.iter().map(|(_, text)| (false, text.clone())))
        .collect();
    all(asker, Direction::Completion, &texts).await
}

fn note_unseen(active: &Active, heard: &Heard) {
    let unseen = heard.stopped.as_ref().or(heard.passed.as_ref());
    active
        .source
        .unseen(Direction::Completion, None, unseen, heard.stopped.is_some());
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
