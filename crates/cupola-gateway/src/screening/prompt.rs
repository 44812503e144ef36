//! The texts of a prompt, each looked at by itself.

use super::found_something;
use super::summary::Summary;
use cupola_safety::{Direction, Origin, Screen, Verdict};
use cupola_wire::openai::prompt_texts;
use cupola_wire::openai::safety::prompt_filter_results;

// Verdicts with hits that are kept for the record.
const VERDICTS_MAX: usize = 16;

/// What was found in a prompt.
pub(super) struct Looked {
    pub(super) is_blocked: bool,
    pub(super) summary: Summary,
    /// Those of texts in which something was found, with the number of the text.
    pub(super) verdicts: Vec<(usize, Verdict)>,
}

/// Looks at every text of a request in OpenAI's shape. The request's own bound is the bound of the work.
pub(super) fn look(screen: &Screen, body: &[u8]) -> Looked {
    let mut looked = Looked {
        is_blocked: false,
        summary: Summary::default(),
        verdicts: Vec::new(),
    };
    // A prompt without a text, such as one of token numbers, is annotated too.
    looked.summary.add(&screen.text(Direction::Prompt, ""));
    let mut number = 0;
    prompt_texts(body, |is_document, text| {
        let origin = if is_document {
            Origin::Document
        } else {
            Origin::Author
        };
        let verdict = screen.text_of(Direction::Prompt, origin, text);
        looked.summary.add(&verdict);
        looked.is_blocked |= verdict.is_blocked();
        // What blocks must be in the record, however much was found before it.
        if found_something(&verdict) && (looked.verdicts.len() < VERDICTS_MAX || verdict.is_blocked()) {
            looked.verdicts.truncate(VERDICTS_MAX - 1);
            looked.verdicts.push((number, verdict));
        }
        number += 1;
    });
    looked
}

impl Looked {
    /// `prompt_filter_results`
    pub(super) fn results(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.summary
            .annotate(|annotation| prompt_filter_results(&[*annotation], &mut out));
        out
    }
}
