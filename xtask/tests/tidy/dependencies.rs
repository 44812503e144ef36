//! Dependencies: each has a reason, and a licence that we can pass on.

use crate::support::{crates, none, read, root};
use serde_json::Value;
use std::process::Command;

const LICENCES: [&str; 17] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_has_a_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let (_, table) = manifest
        .split_once("[workspace.dependencies]\n")
        .expect("a table of dependencies");
    let table = table.split("\n[").next().unwrap_or_default();
    let mut wrong = Vec::new();
    let mut above = "";
    for line in table.lines() {
        let is_dependency = line.contains('=') && !line.starts_with('#');
        let ours = line.starts_with("cupola-");
        if is_dependency && !ours && !above.starts_with('#') && !line.contains(" # ") {
            wrong.push(line.to_owned());
        }
        above = line;
    }
    none(&wrong, "Cargo.toml: say in a comment above why we have it:");
}

#[test]
fn versions_are_chosen_once() {
    let mut wrong = Vec::new();
    for one in crates() {
        for table in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let Some(toml::Value::Table(entries)) = one.manifest.get(table) else {
                continue;
            };
            for (name, value) in entries {
                let inherits = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                if !inherits {
                    wrong.push(format!("{}: {name}", one.name));
                }
            }
        }
        if one
            .manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .is_none()
        {
            wrong.push(format!("{}: [lints] workspace = true", one.name));
        }
    }
    none(&wrong, "Versions and lints come from the workspace:");
}

#[test]
fn licences_are_ones_we_can_pass_on() {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or_default();
        if !permitted(licence) {
            wrong.push(format!("{} {}: '{licence}'", package["name"], package["version"]));
        }
    }
    none(&wrong, "A licence that is not in the list needs a decision:");
    for (expression, good) in [
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("MIT AND (GPL-3.0 OR AGPL-3.0)", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("", false),
    ] {
        assert_eq!(permitted(expression), good, "{expression}");
    }
}

/// An SPDX expression: one side of an OR, both sides of an AND. AND binds tighter.
fn permitted(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let good = either(&words, &mut at);
    good && at == words.len()
}

fn either(words: &[&str], at: &mut usize) -> bool {
    let mut good = both(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        // No short cut: the other side has to be read in any case.
        good |= both(words, at);
    }
    good
}

fn both(words: &[&str], at: &mut usize) -> bool {
    let mut good = licence(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= licence(words, at);
    }
    good
}

fn licence(words: &[&str], at: &mut usize) -> bool {
    if words.get(*at) == Some(&"(") {
        *at += 1;
        let good = either(words, at);
        *at += 1;
        return good;
    }
    let Some(name) = words.get(*at) else { return false };
    *at += 1;
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return LICENCES.contains(&format!("{name} WITH {exception}").as_str());
    }
    LICENCES.contains(name)
}
