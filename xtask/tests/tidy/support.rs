//! Reading the repository: manifests and sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository")
}

/// A crate of the workspace.
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) manifest: Table,
}

impl Crate {
    /// The names in a dependency table.
    pub(crate) fn dependencies(&self, table: &str) -> BTreeSet<String> {
        match self.manifest.get(table) {
            Some(Value::Table(entries)) => entries.keys().cloned().collect(),
            _ => BTreeSet::new(),
        }
    }

    /// What the crate itself is built from.
    pub(crate) fn built_from(&self) -> BTreeSet<String> {
        self.dependencies("dependencies")
            .into_iter()
            .chain(self.dependencies("build-dependencies"))
            .collect()
    }

    /// Its sources without its tests: `src/**/*.rs`, each up to its `#[cfg(test)] mod`, by path from the root.
    pub(crate) fn sources(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        walk(&self.dir.join("src"), &mut files);
        files
            .into_iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .filter(|path| {
                !path.ends_with("tests.rs") && !path.components().any(|part| part.as_os_str() == "tests")
            })
            .map(|path| {
                let text = fs::read_to_string(&path).expect("a source file");
                let shipped = text
                    .split("\n#[cfg(test)]\nmod ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                (relative(&path), shipped)
            })
            .collect()
    }
}

/// Every crate under `crates/`, and `xtask`.
pub(crate) fn crates() -> Vec<Crate> {
    let mut dirs: Vec<PathBuf> = fs::read_dir(root().join("crates"))
        .expect("crates/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").exists())
        .collect();
    dirs.push(root().join("xtask"));
    dirs.sort();
    dirs.into_iter()
        .map(|dir| {
            let manifest: Table = read(&dir.join("Cargo.toml")).parse().expect("a manifest");
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            Crate { name, dir, manifest }
        })
        .collect()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Files below a directory, without what is built or fetched.
pub(crate) fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Python has an environment for each suite of clients; corpora of fuzzing are unpacked beside their archives; what
        // is built is not what was written.
        let skipped = name.starts_with(".venv")
            || [
                "target",
                ".git",
                "node_modules",
                "dist",
                "__pycache__",
                ".pytest_cache",
                "corpus",
                "artifacts",
            ]
            .contains(&&*name);
        if skipped || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Fails with all that is wrong, not only the first.
pub(crate) fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}\n  {}", wrong.join("\n  "));
}
