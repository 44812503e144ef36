//! The steps of the gate, cheapest first.

use crate::gate::Step;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn all() -> Vec<Step> {
    let nextest = has_nextest();
    let mut doc = cargo("doc --workspace --no-deps --document-private-items");
    // Warnings of rustdoc itself, such as a link that leads nowhere.
    doc.env("RUSTDOCFLAGS", "-D warnings");
    vec![
        step("fmt", vec![cargo("fmt --all --check")], nothing),
        // Also part of the workspace's tests; by itself it answers in seconds, before anything long is built.
        step("tidy", vec![cargo("test --quiet --package xtask")], nothing),
        // Before anything is built that it is embedded in.
        step(
            "portal",
            vec![
                npm(&["run", "lint"]),
                npm(&["test"]),
                npm(&["run", "build"]),
                npm(&["run", "size"]),
            ],
            is_vitest_summary,
        ),
        step(
            "clippy",
            vec![cargo("clippy --workspace --all-targets -- -D warnings")],
            nothing,
        ),
        if nextest {
            step(
                "tests",
                vec![cargo("nextest run --workspace --no-fail-fast")],
                is_nextest_summary,
            )
        } else {
            step(
                "tests",
                vec![cargo("test --workspace --lib --bins --tests --no-fail-fast")],
                is_test_result,
            )
        },
        step("doctests", vec![cargo("test --workspace --doc")], is_test_result),
        step("docs", vec![doc], nothing),
        step(
            "clients",
            // The whole workspace, as the steps before it: a package alone has other features, and llama.cpp anew.
            vec![
                cargo("build --workspace"),
                pytest(".venv", "clients/python"),
                pytest(".venv-az", "clients/az"),
                pytest(".venv-older", "clients/older"),
                pytest(".venv-frameworks", "clients/frameworks"),
                within(".venv/bin/python", &["clients/dns/run.py"]),
                within(".venv/bin/node", &["clients/node/run.mjs"]),
            ],
            is_client_summary,
        ),
        step(
            "browser",
            vec![cargo("build --workspace"), npm(&["run", "browser"])],
            is_client_summary,
        ),
    ]
}

fn step(name: &'static str, commands: Vec<Command>, closing: fn(&str) -> bool) -> Step {
    let what = commands
        .iter()
        .map(|command| {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join(" && ");
    Step {
        name,
        what,
        commands,
        closing,
    }
}

fn cargo(arguments: &str) -> Command {
    // By name, so that the toolchain of rust-toolchain.toml is used wherever the gate itself was built.
    let mut command = Command::new("cargo");
    command.args(arguments.split(' ')).current_dir(root());
    // What cargo set for us must not leak into what we start: it would be rebuilt each time it differs.
    for inherited in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
    ] {
        command.env_remove(inherited);
    }
    command
}

// Each suite has a Python environment of its own: the clients pin packages that others cannot live with.
fn pytest(environment: &str, suite: &str) -> Command {
    within(&format!("{environment}/bin/python"), &["-m", "pytest", suite])
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = if root().join("portal/node_modules").exists() {
        let mut command = Command::new("npm");
        // Its closing lines are recognised as plain text.
        command
            .args(arguments)
            .env("NO_COLOR", "1")
            .env_remove("FORCE_COLOR");
        // The Node of the client tests where this machine has none, or an old one.
        let own = root().join(".venv/bin");
        let known = std::env::var_os("PATH").unwrap_or_default();
        let places = [own].into_iter().chain(std::env::split_paths(&known));
        if let Ok(path) = std::env::join_paths(places) {
            command.env("PATH", path);
        }
        command
    } else {
        missing("The portal needs portal/node_modules")
    };
    command.current_dir(root().join("portal"));
    command
}

fn missing(what: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("echo '{what}: script/test makes it.'; exit 1")]);
    command
}

fn within(program: &str, arguments: &[&str]) -> Command {
    if !root().join(program).exists() {
        return missing(&format!("The client tests need {program}"));
    }
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

fn has_nextest() -> bool {
    Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

fn nothing(_line: &str) -> bool {
    false
}

fn is_nextest_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
}

fn is_test_result(line: &str) -> bool {
    line.starts_with("test result:")
}

fn is_vitest_summary(line: &str) -> bool {
    line.contains("Tests  ") && line.contains(" passed")
}

/// `===== 12 passed in 3.45s =====` of pytest, `ℹ pass 12` and `ℹ fail 0` of Node, or with `#` where it writes to a file.
fn is_client_summary(line: &str) -> bool {
    let pytest = line.starts_with("==") && line.ends_with("==") && line.contains(" in ");
    let node = ["ℹ pass ", "ℹ fail ", "# pass ", "# fail "];
    pytest || node.iter().any(|start| line.starts_with(start))
}
