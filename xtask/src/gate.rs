//! Running steps: one line each, everything on failure.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::process::Command;
use std::time::Duration;

/// One step of the gate.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// For `--list`.
    pub(crate) what: String,
    /// Run in this order; the first that fails ends the step.
    pub(crate) commands: Vec<Command>,
    /// Whether a line is one of the closing lines that are repeated at the end.
    pub(crate) closing: fn(&str) -> bool,
}

/// Runs the steps and says whether all passed.
pub(crate) fn run(steps: &[Step]) -> Result<bool> {
    let mut failed: Vec<&str> = Vec::new();
    let mut closing: Vec<String> = Vec::new();
    for step in steps {
        // Said before it is known how it ends: a build of minutes must not look like a hang.
        say(&format!("{:<9} ", step.name));
        let outcome = run_step(step)?;
        if terminal() {
            say(&format!("\r\x1b[K{:<9} ", step.name));
        }
        closing.extend(outcome.lines.iter().filter(|line| (step.closing)(line)).cloned());
        if outcome.passed {
            say(&format!("ok      {}\n", shown(outcome.took)));
        } else {
            failed.push(step.name);
            say(&format!("FAILED  {}   {}\n", shown(outcome.took), step.what));
            say(&format!("{}\n\n", outcome.lines.join("\n")));
        }
    }
    if !closing.is_empty() {
        say(&format!("\n{}\n", closing.join("\n")));
    }
    if !failed.is_empty() {
        eprintln!(
            "\nThe gate is closed: {} failed. One step again: cargo xtask ci --only NAME",
            failed.join(", ")
        );
    }
    Ok(failed.is_empty())
}

struct Outcome {
    passed: bool,
    took: Duration,
    lines: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "the gate measures how long people wait")]
fn run_step(step: &Step) -> Result<Outcome> {
    let began = std::time::Instant::now();
    let mut lines = Vec::new();
    for command in &step.commands {
        if !run_command(step.name, command, began, &mut lines)? {
            return Ok(Outcome {
                passed: false,
                took: began.elapsed(),
                lines,
            });
        }
    }
    Ok(Outcome {
        passed: true,
        took: began.elapsed(),
        lines,
    })
}

fn run_command(
    name: &str,
    command: &Command,
    began: std::time::Instant,
    lines: &mut Vec<String>,
) -> Result<bool> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = {
        // A copy, because the pipe ends only when the last holder of its writing end is gone.
        let mut copy = Command::new(command.get_program());
        copy.args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => copy.env(key, value),
                None => copy.env_remove(key),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            copy.current_dir(dir);
        }
        copy.stdin(std::process::Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        copy.spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?
    };
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
        if terminal() {
            let short: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
            say(&format!("\r\x1b[K{name:<9} {}   {short}", shown(began.elapsed())));
        }
        lines.push(line);
    }
    Ok(child.wait()?.success())
}

// Whoever pipes the gate into `head` has seen enough; the gate goes on.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn terminal() -> bool {
    std::io::stdout().is_terminal()
}

fn shown(took: Duration) -> String {
    format!("{:>6.1} s", took.as_secs_f64())
}
