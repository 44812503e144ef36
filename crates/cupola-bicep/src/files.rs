//! Files, as the compiler sees them: text by path. Whoever calls decides where they lie and which may be read.

use std::collections::BTreeMap;

/// Gives the compiler its files. Paths are relative and normalized: `modules/a.bicep`, or `../shared/a.bicep`
/// when a file names one above the place where compilation began; an implementation that must not go there
/// refuses paths that begin with `../`.
pub trait Files {
    fn read(&self, path: &str) -> Result<String, FileError>;

    /// For `loadFileAsBase64`.
    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read(path).map(String::into_bytes)
    }

    /// For `readEnvironmentVariable` in a parameters file. The compiler looks at no environment of its own.
    fn environment_variable(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("Could not find file '{0}'.")]
    NotFound(String),
    #[error("{0}")]
    Unreadable(String),
}

/// Files in memory.
impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<String, FileError> {
        self.get(path)
            .cloned()
            .ok_or_else(|| FileError::NotFound(path.to_owned()))
    }
}

/// Why a path was not followed, in Bicep's code and words.
pub(crate) type BadPath = (&'static str, &'static str);

/// The path that `reference`, written in the file `from`, means.
pub(crate) fn resolve(from: &str, reference: &str) -> Result<String, BadPath> {
    if reference.trim().is_empty() {
        return Err(("BCP050", "The specified path is empty."));
    }
    if reference.starts_with('/') {
        return Err((
            "BCP051",
            "The specified path begins with \"/\". Files must be referenced using relative paths.",
        ));
    }
    if reference.contains('\\') {
        return Err((
            "BCP098",
            "The specified file path contains a \"\\\" character. Use \"/\" instead as the directory separator character.",
        ));
    }
    if reference.chars().any(char::is_control) {
        return Err((
            "BCP111",
            "The specified file path contains invalid control code characters.",
        ));
    }
    if reference.contains(['"', '*', ':', '<', '>', '?', '|']) {
        return Err((
            "BCP085",
            "The specified file path contains one ore more invalid path characters. The following are not permitted: \"\"\", \"*\", \":\", \"<\", \">\", \"?\", \"\\\", \"|\".",
        ));
    }
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    Ok(join(directory, reference))
}

fn join(directory: &str, reference: &str) -> String {
    let absolute = directory.starts_with('/') || (directory.is_empty() && reference.starts_with('/'));
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(reference.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // There is nothing above the root.
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if absolute { format!("/{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, reference: &str, expected: &str) {
        assert_eq!(
            resolve(from, reference).as_deref(),
            Ok(expected),
            "{reference} in {from}"
        );
    }

    #[test]
    fn a_path_is_relative_to_the_file_that_names_it() {
        check("main.bicep", "a.bicep", "a.bicep");
        check("main.bicep", "./a/../b.bicep", "b.bicep");
        check("infra/main.bicep", "modules/a.bicep", "infra/modules/a.bicep");
        check("infra/main.bicep", "../a.bicep", "a.bicep");
        check("main.bicep", "../../a.bicep", "../../a.bicep");
        check("../x/main.bicep", "../a.bicep", "../a.bicep");
        check("/w/main.bicep", "../../a.bicep", "/a.bicep");
    }

    #[test]
    fn other_paths_are_refused() {
        for (reference, code) in [
            ("", "BCP050"),
            ("/etc/passwd", "BCP051"),
            ("a\\b.bicep", "BCP098"),
            ("a\u{7}.bicep", "BCP111"),
            ("c:a.bicep", "BCP085"),
        ] {
            assert_eq!(
                resolve("main.bicep", reference).map_err(|(code, _)| code),
                Err(code),
                "{reference}"
            );
        }
    }
}
