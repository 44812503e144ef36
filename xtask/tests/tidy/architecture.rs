//! The invariants of docs/architecture.md, one test each; the page names the tests.

use crate::support::{Crate, crates, none, read, root};
use std::process::Command;

/// The floors. An arrow goes down at least one.
const FLOORS: [(&str, u8); 19] = [
    ("cupola-core", 0),
    ("cupola-wire", 1),
    ("cupola-catalog", 1),
    ("cupola-safety", 1),
    ("cupola-template", 1),
    ("cupola-store", 1),
    ("cupola-backend", 2),
    ("cupola-bicep", 2),
    ("cupola-forecast", 2),
    ("cupola-identity", 2),
    ("cupola-edge", 3),
    ("cupola-cli", 3),
    ("cupola-control", 4),
    ("cupola-gateway", 4),
    ("cupola-node", 4),
    ("cupola-engine", 4),
    ("cupola-portal", 4),
    ("cupola", 5),
    ("cupola-testkit", 2),
];

/// For tests and for working on Cupola; nothing that ships is built from them.
const DEVELOPMENT: [&str; 2] = ["cupola-testkit", "xtask"];

const SERVICES: [&str; 4] = ["cupola-control", "cupola-gateway", "cupola-node", "cupola-engine"];

fn floor(name: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, floor)| *floor)
}

fn is_ours(name: &str) -> bool {
    name == "cupola" || name.starts_with("cupola-")
}

fn shipped() -> Vec<Crate> {
    crates()
        .into_iter()
        .filter(|one| !DEVELOPMENT.contains(&one.name.as_str()))
        .collect()
}

/// Lines of shipped sources that hold one of the texts, outside the crates that may.
fn lines_with(texts: &[String], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for one in shipped()
        .iter()
        .filter(|one| !allowed.contains(&one.name.as_str()))
    {
        for (path, source) in one.sources() {
            for (number, line) in source.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if texts.iter().any(|text| code.contains(text.as_str())) {
                    found.push(format!("{path}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    found
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn every_arrow_goes_down_a_floor() {
    let mut wrong = Vec::new();
    for one in crates() {
        let Some(own) = floor(&one.name) else {
            if one.name != "xtask" {
                wrong.push(format!(
                    "{} has no floor: give it one in this file and in docs/architecture.md",
                    one.name
                ));
            }
            continue;
        };
        for dependency in one.built_from().into_iter().filter(|name| is_ours(name)) {
            if floor(&dependency).is_none_or(|other| other >= own) {
                wrong.push(format!("{} is built from {dependency}", one.name));
            }
        }
    }
    none(&wrong, "A crate is built from crates of lower floors only:");
}

#[test]
fn services_do_not_depend_on_each_other() {
    let mut wrong = Vec::new();
    for one in crates()
        .into_iter()
        .filter(|one| SERVICES.contains(&one.name.as_str()))
    {
        let all = one
            .built_from()
            .into_iter()
            .chain(one.dependencies("dev-dependencies"));
        for dependency in all.filter(|name| SERVICES.contains(&name.as_str())) {
            wrong.push(format!("{} depends on {dependency}", one.name));
        }
    }
    none(&wrong, "Services meet in the store, in tests too:");
}

#[test]
fn what_ships_is_not_built_from_development_crates() {
    let mut wrong = Vec::new();
    for one in shipped() {
        for dependency in one
            .built_from()
            .into_iter()
            .filter(|name| DEVELOPMENT.contains(&name.as_str()))
        {
            wrong.push(format!("{} is built from {dependency}", one.name));
        }
    }
    none(&wrong, "Clocks that stand still stay in tests:");
}

#[test]
fn the_domain_does_no_io_and_knows_no_json() {
    let core = crates()
        .into_iter()
        .find(|one| one.name == "cupola-core")
        .expect("cupola-core");
    let mut wrong: Vec<String> = core
        .built_from()
        .into_iter()
        .filter(|name| !["jiff", "thiserror", "uuid", "zeroize"].contains(&name.as_str()))
        .map(|name| format!("cupola-core depends on {name}"))
        .collect();
    let io = texts(&[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
    ]);
    wrong.extend(
        lines_with(&io, &[])
            .into_iter()
            .filter(|line| line.starts_with("crates/cupola-core/")),
    );
    none(&wrong, "cupola-core is values and pure functions:");
}

#[test]
fn only_the_store_has_sql() {
    let mut wrong = Vec::new();
    for one in crates().into_iter().filter(|one| one.name != "cupola-store") {
        let all = one
            .built_from()
            .into_iter()
            .chain(one.dependencies("dev-dependencies"));
        for dependency in all.filter(|name| name.starts_with("sqlx") || name.contains("sqlite")) {
            wrong.push(format!("{} depends on {dependency}", one.name));
        }
    }
    none(&wrong, "SQL is in cupola-store:");
}

#[test]
fn only_the_node_starts_processes() {
    let ways = texts(&["process::Command", "process::{", "Command::new("]);
    let wrong: Vec<String> = lines_with(&ways, &["cupola-node"])
        .into_iter()
        .filter(|line| line.contains("Command") && !line.contains("clap::"))
        .collect();
    none(&wrong, "A process is started by cupola-node, which also ends it:");
}

#[test]
fn only_the_binary_reads_the_environment() {
    let ways = texts(&[
        "env::var",
        "env::vars",
        "env::temp_dir",
        "env::home_dir",
        "env::current_dir",
    ]);
    let mut wrong = lines_with(&ways, &["cupola"]);
    // clap reads the environment for an argument that says so.
    for line in lines_with(&texts(&["#[arg("]), &["cupola"]) {
        if line.contains("env =") || line.contains("env)") || line.contains("env,") {
            wrong.push(line);
        }
    }
    none(&wrong, "What the environment says comes in as an argument:");
}

#[test]
fn only_the_binary_makes_the_clock() {
    let ways = texts(&["SystemTime::now(", "Timestamp::now(", "SystemClock"]);
    let wrong: Vec<String> = lines_with(&ways, &["cupola"])
        .into_iter()
        // A worker is a process of its own, and this file is its edge.
        .filter(|line| !line.starts_with("crates/cupola-engine/src/ambient.rs:"))
        .collect();
    none(&wrong, "Time is an argument; the binary makes the one clock:");
}

#[test]
fn one_provider_of_cryptography() {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--workspace",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong: Vec<String> = tree
        .lines()
        .filter(|line| line.starts_with("ring v") || line.starts_with("openssl-sys v"))
        .map(str::to_owned)
        .collect();
    none(
        &wrong,
        "Two TLS providers panic at run time; aws-lc-rs is the one (default-features = false):",
    );
}

#[test]
fn every_invariant_names_its_test() {
    let page = read(&root().join("docs/architecture.md"));
    let (_, page) = page
        .split_once("\n## Invariants\n")
        .expect("a section '## Invariants'");
    let page = page.split("\n## ").next().unwrap_or_default();
    let tests: String = ["architecture.rs", "dependencies.rs", "repository.rs"]
        .iter()
        .map(|name| read(&root().join("xtask/tests/tidy").join(name)))
        .collect();
    let mut wrong = Vec::new();
    let mut number = 0;
    for line in page
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
    {
        number += 1;
        if !line.starts_with(&format!("{number}. ")) {
            wrong.push(format!("not number {number}: {line}"));
        }
        let named = line
            .split('`')
            .filter(|word| tests.contains(&format!("fn {word}()")))
            .count();
        if named != 1 {
            wrong.push(format!("names {named} tests that exist: {line}"));
        }
    }
    for name in tests
        .split("#[test]\nfn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
    {
        if !page.contains(&format!("`{name}`")) {
            wrong.push(format!(
                "`{name}` holds something that docs/architecture.md does not say"
            ));
        }
    }
    assert!(number > 0, "docs/architecture.md numbers its invariants");
    none(
        &wrong,
        "docs/architecture.md: an invariant is one line, '1. Sentence (`test_name`)':",
    );
}
