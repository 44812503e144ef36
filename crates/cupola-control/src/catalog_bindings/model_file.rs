//! Is there a model at this path? Looked at once, when it is bound, so that a slip of the pen is told at once; the engine
//! reads the whole file when it starts.

use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 4] = b"GGUF";

/// The absolute path of the model: a GGUF file, or a directory with exactly one.
pub(crate) fn check(given: &str) -> Result<PathBuf, Problem> {
    let path = Path::new(given);
    if !path.is_absolute() {
        return Err(refused(format!(
            "The path '{}' must be absolute: the server resolves it.",
            printable(given)
        )));
    }
    let found = std::fs::metadata(path).map_err(|error| {
        refused(format!(
            "'{}' cannot be read by the server: {error}. Name a GGUF file or its directory.",
            printable(given)
        ))
    })?;
    if found.is_dir() {
        return only_one(path, given).map(|_| path.to_owned());
    }
    if !is_gguf(path) {
        return Err(refused(format!(
            "'{}' is not a GGUF file: it does not begin with the letters GGUF. Convert the model with llama.cpp's \
             convert_hf_to_gguf.py, or name another file.",
            printable(given)
        )));
    }
    Ok(path.to_owned())
}

fn only_one(directory: &Path, given: &str) -> Result<PathBuf, Problem> {
    let unreadable =
        |error: std::io::Error| refused(format!("'{}' cannot be read: {error}.", printable(given)));
    let mut models = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let named = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"));
        if named && path.is_file() && is_gguf(&path) {
            models.push(path);
        }
    }
    models.sort();
    match models.len() {
        1 => Ok(models.swap_remove(0)),
        0 => Err(refused(format!(
            "The directory '{}' has no GGUF file.",
            printable(given)
        ))),
        _ => {
            let names: Vec<String> = models
                .iter()
                .filter_map(|path| path.file_name())
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            Err(refused(format!(
                "The directory '{}' has several GGUF files: {}. Name one of them.",
                printable(given),
                names.join(", ")
            )))
        }
    }
}

fn is_gguf(path: &Path) -> bool {
    let mut head = [0u8; 4];
    std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head))
        .is_ok()
        && head == *MAGIC
}

fn refused(why: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, why).target("properties.path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_a_gguf_file_or_a_directory_with_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let complaint = |path: &str| check(path).expect_err("refused").message;
        assert!(complaint("model.gguf").contains("must be absolute"));
        assert!(complaint(&path("absent")).contains("cannot be read by the server"));
        assert!(complaint(&path("")).contains("no GGUF file"));
        std::fs::write(path("text.gguf"), "hello").expect("written");
        assert!(complaint(&path("text.gguf")).contains("is not a GGUF file"));
        std::fs::write(path("a.gguf"), b"GGUF\x03").expect("written");
        assert_eq!(check(&path("a.gguf")), Ok(folder.path().join("a.gguf")));
        assert!(check(&path("")).is_ok());
        std::fs::write(path("b.gguf"), b"GGUF\x03").expect("written");
        assert!(complaint(&path("")).contains("a.gguf, b.gguf"));
    }
}
