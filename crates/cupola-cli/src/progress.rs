//! Something that moves while people wait, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A spinner, or nothing. It disappears when it is dropped, so that answers stand alone.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    text: String,
}

impl Progress {
    pub(crate) fn new(shown: bool, text: &str) -> Self {
        let bar = shown.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
                bar.set_style(style);
            }
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self {
            bar,
            text: text.to_owned(),
        }
    }

    /// Nothing, for waits that are too short to be looked at.
    pub(crate) fn hidden() -> Self {
        Self::new(false, "")
    }

    /// What is known about the wait, behind the text of the spinner.
    pub(crate) fn note(&self, note: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {note}", self.text));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
