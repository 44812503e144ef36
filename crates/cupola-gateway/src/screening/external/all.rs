//! Whole texts: every part of every text is asked about at once.

use super::{Asker, Unseen};
use cupola_safety::{Direction, Excerpt, Hit};
use std::sync::Arc;
use tokio::task::JoinSet;

// Parts of one request. A longer one is not looked at, because somebody would pay for it.
const PARTS_MAX: usize = 128;

/// What was said of a request's texts.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// By number of the text.
    pub(crate) hits: Vec<Vec<Hit>>,
    /// Somebody did not look, and the policy does not let that pass.
    pub(crate) stopped: Option<Unseen>,
    /// Somebody did not look, and the policy lets it pass.
    pub(crate) passed: Option<Unseen>,
}

/// Asks about whole texts: whether each is a document, and the text.
pub(crate) async fn all(asker: &Arc<Asker>, direction: Direction, texts: &[(bool, String)]) -> Heard {
    let mut heard = Heard {
        hits: vec![Vec::new(); texts.len()],
        ..Heard::default()
    };
    let parts = asker.parts(direction);
    let mut asks = JoinSet::new();
    for (number, (is_document, text)) in texts.iter().enumerate() {
        for span in parts.of(text) {
            if asks.len() == PARTS_MAX {
                let unseen = asker.unseen(
                    direction,
                    &format!("the texts have more than {PARTS_MAX} parts, the most that are asked about"),
                );
                return Heard {
                    stopped: unseen.stopped,
                    passed: unseen.passed,
                    ..heard
                };
            }
            let excerpt = Excerpt {
                text: text[span.clone()].to_owned(),
                span,
            };
            let asked = Arc::clone(asker).judge(direction, *is_document, excerpt);
            asks.spawn(async move { (number, asked.await) });
        }
    }
    while let Some(answer) = asks.join_next().await {
        let (number, judged) =
            answer.unwrap_or_else(|error| (0, asker.unseen(direction, &error.to_string())));
        if let Some(hits) = heard.hits.get_mut(number) {
            hits.extend(judged.hits);
        }
        heard.stopped = heard.stopped.or(judged.stopped);
        heard.passed = heard.passed.or(judged.passed);
    }
    heard
}
