//! A conversation: a line from the keyboard, an answer, and again.

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::conversation::{Conversation, Said};
use super::screen::Screen;
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::paint::Style;
use crate::session::Session;

/// Talks until Ctrl-D.
pub(super) async fn run(
    session: &Session,
    arm: &Arm,
    conversation: &mut Conversation,
    name: &str,
) -> Result<Answer, Failure> {
    let broken = |error: ReadlineError| Failure::new(format!("The terminal cannot be read: {error}"));
    let mut editor = DefaultEditor::new().map_err(broken)?;
    let paint = session.stderr_paint();
    let welcome = format!("Talking to {name}. Ctrl-C stops an answer, Ctrl-D leaves.");
    eprintln!("{}", paint.text(Style::Dim, &welcome));
    loop {
        // Nothing runs beside the keyboard, so the thread may wait for it.
        let line = match editor.readline("> ") {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                eprintln!("{}", paint.text(Style::Dim, "Ctrl-D leaves."));
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(Answer::Nothing),
            Err(error) => return Err(broken(error)),
        };
        if line.trim().is_empty() {
            continue;
        }
        // Remembered for this conversation only: questions do not belong on the disk.
        let _ = editor.add_history_entry(line.as_str());
        let screen = Screen::new(session);
        conversation.tell("user", &line);
        let outcome = tokio::select! {
            outcome = conversation.answer(session, arm, &screen) => outcome,
            _ = tokio::signal::ctrl_c() => Ok(Said { finish_reason: Some("stopped".into()), ..Said::default() }),
        };
        match outcome {
            Ok(said) => {
                screen.end(&said);
                let text = screen.text();
                // What was said before Ctrl-C was said: the model should know it.
                if text.is_empty() {
                    conversation.take_back()
                } else {
                    conversation.tell("assistant", &text)
                }
            }
            Err(failure) => {
                screen.end_line();
                conversation.take_back();
                eprint!("{}", failure.render(paint));
            }
        }
    }
}
