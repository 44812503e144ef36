//! The compiler's files, on disk.

use std::path::{Path, PathBuf};

use cupola_bicep::{FileError, Files};

use crate::failure::Failure;
use crate::session::Session;
use crate::settings::Environment;

// A source file is text that people wrote.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A folder, and what the process was told of its environment.
pub(super) struct Disk {
    folder: PathBuf,
    environment: Environment,
}

impl Disk {
    pub(super) fn new(folder: PathBuf, session: &Session) -> Self {
        Self {
            folder,
            environment: session.environment().clone(),
        }
    }
}

/// The folder of a file, and its name.
pub(super) fn split(path: &Path) -> Result<(PathBuf, String), Failure> {
    let name = path
        .file_name()
        .ok_or_else(|| Failure::usage(format!("{} is not a file", path.display())))?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok((folder, name.to_string_lossy().into_owned()))
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, FileError> {
        String::from_utf8(self.read_bytes(path)?)
            .map_err(|_| FileError::Unreadable(format!("The file '{path}' is not UTF-8 text.")))
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let found = self.folder.join(path);
        let failed = |error: &std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => FileError::NotFound(found.display().to_string()),
            _ => FileError::Unreadable(format!("{} cannot be read: {error}", found.display())),
        };
        let about = std::fs::metadata(&found).map_err(|error| failed(&error))?;
        if !about.is_file() || about.len() > FILE_BYTES_MAX {
            return Err(FileError::Unreadable(format!(
                "{} is no file of at most {FILE_BYTES_MAX} bytes.",
                found.display()
            )));
        }
        std::fs::read(&found).map_err(|error| failed(&error))
    }

    fn environment_variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }
}
