//! The help of every command is a contract: a change to it shows in the diff.

use clap::{CommandFactory as _, Parser};

use crate::Command;

#[derive(Debug, Parser)]
#[command(
    name = "cupola",
    version = "0",
    propagate_version = true,
    term_width = 110,
    disable_help_subcommand = true
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[test]
fn every_command_explains_itself() {
    let mut line = Line::command();
    line.build();
    line.clone().debug_assert();
    let mut pages = Vec::new();
    collect(&mut line, &mut pages);
    for (name, page) in pages.iter().filter(|(_, page)| !page.contains("<COMMAND>")) {
        assert!(page.contains("Examples:\n  "), "{name} has no example");
    }
    let text: Vec<String> = pages
        .into_iter()
        .map(|(name, page)| format!("$ {name} --help\n{page}"))
        .collect();
    insta::assert_snapshot!("help", text.join("\n"));
}

fn collect(command: &mut clap::Command, pages: &mut Vec<(String, String)>) {
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let page = command.render_help().to_string();
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    pages.push((name, lines.join("\n") + "\n"));
    for inner in command.get_subcommands_mut() {
        collect(inner, pages);
    }
}
