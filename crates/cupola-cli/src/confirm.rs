//! "Are you sure?", before something cannot be undone.

use std::io::{BufRead as _, Write as _};

use crate::failure::Failure;
use crate::session::Session;

/// Asks on a terminal; elsewhere only `--yes` is an answer.
pub(crate) fn confirm(session: &Session, yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !session.surroundings.stdin_is_terminal {
        return Err(Failure::new(
            "Unable to prompt for confirmation as no tty available. Use --yes.",
        ));
    }
    let mut line = String::new();
    loop {
        eprint!("{question} (y/n): ");
        let _ = std::io::stderr().flush();
        line.clear();
        let read = std::io::stdin().lock().read_line(&mut line);
        match understood(&line) {
            Some(true) => return Ok(()),
            None if matches!(read, Ok(1..)) => {}
            _ => return Err(Failure::new("Operation cancelled.")),
        }
    }
}

fn understood(line: &str) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_answers_count() {
        let answers = ["y\n", "YES\n", "n\n", "no", "", "maybe\n"].map(understood);
        assert_eq!(
            answers,
            [Some(true), Some(true), Some(false), Some(false), None, None]
        );
    }
}
