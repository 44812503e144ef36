//! `cli.toml`: what `cupola configure --defaults` remembers.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The file in the data directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    #[serde(default)]
    pub(crate) defaults: Defaults,
}

/// The resource group, the workspace and the subscription of commands that do not name theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Defaults {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<String>,
    /// The id of the subscription that `cupola account set` chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subscription: Option<String>,
}

/// Reads the file; none means no defaults.
pub(crate) fn read(data_dir: &Path) -> Result<Defaults, Failure> {
    let path = data_dir.join("cli.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Defaults::default()),
        Err(error) => {
            return Err(Failure::new(format!(
                "{} cannot be read: {error}",
                path.display()
            )));
        }
    };
    toml::from_str::<Remembered>(&text)
        .map(|remembered| remembered.defaults)
        .map_err(|error| {
            Failure::new(format!("{} is not valid: {}", path.display(), error.message()))
                .hint("cupola configure --defaults group= workspace=, after removing that file")
        })
}

/// Writes the file, and the data directory if this is the first thing in it.
pub(crate) fn write(data_dir: &Path, defaults: Defaults) -> Result<(), Failure> {
    let path = data_dir.join("cli.toml");
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be written: {error}", path.display()))
    };
    let text = toml::to_string(&Remembered { defaults }).map_err(|error| failed(&error))?;
    std::fs::create_dir_all(data_dir).map_err(|error| failed(&error))?;
    // Written beside and renamed, so that a full disk cannot leave half a file.
    let beside = data_dir.join(format!("cli.toml.{}", std::process::id()));
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, &path))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .map_err(|error| failed(&error))
}

impl Defaults {
    /// Applies `group=G` or `workspace=W`; an empty value removes.
    pub(crate) fn apply(&mut self, assignment: &str) -> Result<(), Failure> {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Failure::usage(format!(
                "'{assignment}' is not a default: it needs the form name=value"
            ))
            .hint("cupola configure --defaults group=cupola workspace=hello-project"));
        };
        let value = (!value.is_empty()).then(|| value.to_owned());
        match name {
            "group" => self.group = value,
            "workspace" => self.workspace = value,
            "subscription" => self.subscription = value,
            _ => {
                return Err(Failure::usage(format!(
                    "There is no default '{name}': only group, workspace and subscription"
                ))
                .hint("cupola configure --defaults group=cupola workspace=hello-project"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_remembered_and_removed() {
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("data");
        assert_eq!(read(&data).expect("reads"), Defaults::default());
        let mut defaults = Defaults::default();
        defaults.apply("group=g").expect("applies");
        defaults.apply("workspace=w=1").expect("applies");
        write(&data, defaults.clone()).expect("writes");
        assert_eq!(read(&data).expect("reads"), defaults);
        assert_eq!(defaults.workspace.as_deref(), Some("w=1"));
        defaults.apply("group=").expect("applies");
        assert_eq!(defaults.group, None);
        assert!(defaults.apply("location=x").is_err());
        assert!(defaults.apply("group").is_err());
    }
}
