//! The repository: what a stranger finds in it, and what must not be in it.

use crate::support::{none, read, relative, root, walk};
use std::fs;

#[test]
fn no_file_names_the_machine_it_was_written_on() {
    // In pieces, so that this file passes its own test.
    let marks: Vec<String> = ["work", "root", "home"]
        .iter()
        .map(|dir| format!("/{dir}/"))
        .chain([["/pyenv", "/shims"].concat()])
        .collect();
    let mut files = Vec::new();
    walk(&root(), &mut files);
    let mut wrong = Vec::new();
    for path in files {
        // Files that are not text have no lines to check.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| names_a_path(line, mark)) {
                wrong.push(format!("{}:{}: {}", relative(&path), number + 1, line.trim()));
            }
        }
    }
    none(&wrong, "Paths of one machine mean nothing on another:");
}

/// Whether the mark stands at the beginning of a path, not in the middle of one or of a URL.
fn names_a_path(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "/_-.{}*$<>".contains(c))
    })
}

#[test]
fn decisions_are_numbered_and_complete() {
    let mut names: Vec<String> = fs::read_dir(root().join("docs/decisions"))
        .expect("docs/decisions")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    let mut wrong = Vec::new();
    for (position, name) in names.iter().enumerate() {
        if !name.starts_with(&format!("{:04}-", position + 1)) || !name.ends_with(".md") {
            wrong.push(format!("{name}: should begin with {:04}-", position + 1));
        }
        let page = read(&root().join("docs/decisions").join(name));
        for heading in [
            "## Context",
            "## Choice",
            "## Consequence",
            "## What would change our mind",
        ] {
            if !page.lines().any(|line| line == heading) {
                wrong.push(format!("{name}: has no '{heading}'"));
            }
        }
    }
    none(&wrong, "A decision is one page, numbered, with four headings:");
}

#[test]
fn a_stranger_finds_the_pages_to_begin_with() {
    let mut wrong = Vec::new();
    for page in [
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "docs/architecture.md",
        "docs/catalog.md",
        "docs/differences.md",
        "docs/glossary.md",
        "docs/settings.md",
    ] {
        if fs::metadata(root().join(page)).map_or(0, |file| file.len()) < 200 {
            wrong.push(format!("{page} is missing or empty"));
        }
    }
    let changes = fs::read_to_string(root().join("CHANGELOG.md")).unwrap_or_default();
    if !changes.contains("## [Unreleased]") {
        wrong.push("CHANGELOG.md has no '## [Unreleased]'".to_owned());
    }
    none(&wrong, "Pages that have to be there:");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut files = Vec::new();
    walk(&root(), &mut files);
    let mut wrong = Vec::new();
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    {
        let text = read(path);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:") || target.contains(' ');
            if !outside && !file.is_empty() && !path.with_file_name("").join(file).exists() {
                wrong.push(format!("{}: {target}", relative(path)));
            }
        }
    }
    none(&wrong, "Links that lead nowhere:");
}

#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let mut wrong = Vec::new();
    for script in ["script/setup", "script/server", "script/test", ".ci/run"] {
        let runs = fs::metadata(root().join(script)).is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
        if !runs {
            wrong.push(script.to_owned());
        }
    }
    none(&wrong, "Missing, or not executable:");
}
