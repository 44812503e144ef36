//! The texts of a prompt, each looked at by itself.

use super::external::{Asker, Unseen, all};
use super::found_something;
use super::summary::Summary;
use cupola_safety::{Direction, Origin, Screen, Verdict};
use cupola_wire::openai::prompt_texts;
use cupola_wire::openai::safety::prompt_filter_results;
use std::sync::Arc;

// Verdicts with hits that are kept for the record.
const VERDICTS_MAX: usize = 16;

/// What was found in a prompt.
pub(super) struct Looked {
    pub(super) is_blocked: bool,
    pub(super) summary: Summary,
    /// Those of texts in which something was found, with the number of the text.
    pub(super) verdicts: Vec<(usize, Verdict)>,
    /// An external analyzer that did not look.
    pub(super) unseen: Option<Unseen>,
    /// May the prompt not go on because of that?
    pub(super) is_stopped: bool,
}

/// Looks at every text of a request in OpenAI's shape. The request's own bound is the bound of the work.
pub(super) fn look(screen: &Screen, body: &[u8]) -> Looked {
    let mut looked = Looked {
        is_blocked: false,
        summary: Summary::default(),
        verdicts: Vec::new(),
        unseen: None,
        is_stopped: false,
    };
    // A prompt without a text, such as one of token numbers, is annotated too.
    looked.summary.add(&screen.clean(Direction::Prompt));
    let mut number = 0;
    prompt_texts(body, |is_document, text| {
        let origin = if is_document {
            Origin::Document
        } else {
            Origin::Author
        };
        let verdict = screen.text_of(Direction::Prompt, origin, text);
        looked.take(number, verdict);
        number += 1;
    });
    looked
}

impl Looked {
    /// Takes in what was found in a text.
    fn take(&mut self, number: usize, verdict: Verdict) {
        self.summary.add(&verdict);
        self.is_blocked |= verdict.is_blocked();
        // What blocks must be in the record, however much was found before it.
        if found_something(&verdict) && (self.verdicts.len() < VERDICTS_MAX || verdict.is_blocked()) {
            self.verdicts.truncate(VERDICTS_MAX - 1);
            self.verdicts.push((number, verdict));
        }
    }

    /// Asks external analyzers about every text too.
    pub(super) async fn ask(&mut self, asker: &Arc<Asker>, screen: &Screen, body: &[u8]) {
        let mut texts: Vec<(bool, String)> = Vec::new();
        prompt_texts(body, |is_document, text| {
            texts.push((is_document, text.to_owned()))
        });
        let heard = all(asker, Direction::Prompt, &texts).await;
        for (number, hits) in heard.hits.iter().enumerate() {
            if !hits.is_empty() {
                let known = self.verdicts.iter().position(|(known, _)| *known == number);
                let mut verdict = match known {
                    Some(known) => self.verdicts.remove(known).1,
                    None => screen.clean(Direction::Prompt),
                };
                verdict.take_in(hits);
                self.take(number, verdict);
            }
        }
        self.verdicts.sort_by_key(|(number, _)| *number);
        self.is_stopped = heard.stopped.is_some();
        self.unseen = heard.stopped.or(heard.passed);
        if self.unseen.is_some() {
            self.summary.note_unseen();
        }
    }

    /// `prompt_filter_results`
    pub(super) fn results(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.summary
            .annotate(|annotation| prompt_filter_results(&[*annotation], &mut out));
        out
    }
}
