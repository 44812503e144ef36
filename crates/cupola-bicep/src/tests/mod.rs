//! Whole files through the public door: what they compile to, what is said against them, and who else agrees.

mod diagnostics;
mod evaluated;

mod expressions;
mod generated;
mod print;
mod samples;
mod second_opinion;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Compiled, compile};

/// Files in memory, by path.
fn files(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

fn compiled(text: &str) -> Compiled {
    compile("main.bicep", &files(&[("main.bicep", text)]))
}

/// The template of a file that must not have errors.
#[track_caller]
fn template(entries: &[(&str, &str)]) -> Value {
    let compiled = compile(entries[0].0, &files(entries));
    match compiled.template {
        Some(template) => template,
        None => panic!("{}", said(&compiled)),
    }
}

/// Every remark, a line each.
fn said(compiled: &Compiled) -> String {
    let lines: Vec<String> = compiled.diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
