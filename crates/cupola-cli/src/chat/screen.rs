//! What people see of an answer while it comes.

use std::cell::RefCell;
use std::io::Write as _;

use super::conversation::Said;
use super::stream::Piece;
use crate::output::paint::{Paint, Style};
use crate::session::Session;

/// Where an answer goes, and what has gone there.
pub(super) struct Screen {
    text: RefCell<String>,
    shown: bool,
    /// Somebody looks: what could move the cursor is kept away from them.
    terminal: bool,
    /// Where thoughts and counts go: a pipe gets the answer and nothing else.
    asides: bool,
    paint: Paint,
}

impl Screen {
    pub(super) fn new(session: &Session) -> Self {
        Self {
            text: RefCell::default(),
            shown: true,
            terminal: session.surroundings.stdout_is_terminal,
            asides: session.surroundings.stderr_is_terminal && !session.globals.only_show_errors,
            paint: session.stderr_paint(),
        }
    }

    /// Collects and shows nothing.
    pub(super) fn silent(session: &Session) -> Self {
        Self {
            shown: false,
            asides: false,
            ..Self::new(session)
        }
    }

    /// Shows a piece at once.
    pub(super) fn show(&self, piece: &Piece) {
        match piece {
            Piece::Text(text) => {
                self.text.borrow_mut().push_str(text);
                if self.shown {
                    write(&if self.terminal {
                        harmless(text)
                    } else {
                        text.clone()
                    });
                }
            }
            Piece::Thought(text) if self.asides => {
                eprint!("{}", self.paint.text(Style::Dim, &harmless(text)))
            }
            _ => {}
        }
    }

    /// Ends the line that an answer broke off in, so that an error begins on its own.
    pub(super) fn end_line(&self) {
        let text = self.text.borrow();
        if self.shown && !text.is_empty() && !text.ends_with('\n') {
            write("\n");
        }
    }

    /// Ends the answer: its last newline, and what it took.
    pub(super) fn end(&self, said: &Said) {
        self.end_line();
        if self.asides {
            let note = said.note();
            if !note.is_empty() {
                eprintln!("{}", self.paint.text(Style::Dim, &note));
            }
        }
    }

    /// The answer so far.
    pub(super) fn text(&self) -> String {
        self.text.borrow().clone()
    }
}

// A reader that has gone is noticed at the end; half an answer on a screen is no error.
fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// A model must not be able to move the cursor or to retitle the window of its reader.
fn harmless(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(super::harmless("a\u{1b}[2Jb\r\n\tc\u{7}\u{9b}"), "a[2Jb\n\tc");
    }
}
