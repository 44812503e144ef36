//! `--engine`: the file of a model, looked at before the server is asked.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The whole path of a model. The engine would find out later, in a log, what is wrong with it; here somebody can still
/// type another one.
pub(super) fn engine_path(path: &Path, server_is_here: bool) -> Result<String, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("{} cannot be used: {error}", path.display())))?;
    if server_is_here {
        let file = gguf_file(&absolute)?;
        check_magic(&file)?;
    } else if !path.is_absolute() {
        return Err(Failure::usage(format!(
            "The server is on another machine: {} must be a whole path there",
            path.display()
        )));
    }
    absolute.to_str().map(Into::into).ok_or_else(|| {
        Failure::new(format!(
            "{} has characters that are not UTF-8: rename it",
            absolute.display()
        ))
    })
}

fn gguf_file(path: &Path) -> Result<PathBuf, Failure> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(format!("There is no file {}", path.display())).hint(format!(
                "ls {}, then --engine with the right path",
                path.parent().unwrap_or(path).display()
            ))
        }
        _ => Failure::new(format!("{} cannot be read: {error}", path.display())),
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(path.to_owned());
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
            && file.is_file()
        {
            found.push(file);
        }
    }
    found.sort();
    match (found.len(), found.first()) {
        (1, Some(file)) => Ok(file.clone()),
        (0, _) | (_, None) => Err(
            Failure::new(format!("There is no .gguf file in {}", path.display()))
                .hint("--engine with a GGUF file, or a directory that has one"),
        ),
        (count, Some(first)) => Err(Failure::new(format!(
            "There are {count} .gguf files in {}: name one of them",
            path.display()
        ))
        .hint(format!("--engine {}", first.display()))),
    }
}

fn check_magic(file: &Path) -> Result<(), Failure> {
    let mut magic = [0; 4];
    let read = File::open(file).and_then(|mut opened| opened.read_exact(&mut magic));
    match read {
        Ok(()) if &magic == b"GGUF" => Ok(()),
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Err(Failure::new(format!("{} cannot be read: {error}", file.display())))
        }
        _ => Err(Failure::new(format!("{} is not a GGUF model: {}", file.display(), looks_like(&magic)))
            .hint("--engine with a file that ends in .gguf; other formats are converted with llama.cpp's convert_hf_to_gguf.py")),
    }
}

// The two mistakes that people make: a pointer instead of the file, and a page instead of the file.
fn looks_like(magic: &[u8; 4]) -> &'static str {
    match magic {
        b"vers" => "it is a Git LFS pointer, fetch the file with git lfs pull",
        b"<!DO" | b"<htm" => "it is a web page, download the file itself",
        b"lmgg" | b"ggjt" | b"fmgg" => "it is in a format older than GGUF",
        [0, 0, 0, 0] => "it is empty",
        _ => "it does not begin with GGUF",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_file_is_looked_at_first() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = |name: &str| dir.path().join(name).to_str().expect("utf-8").to_owned();
        let whole = path("");
        let engine = |path: &str| {
            let message = engine_path(Path::new(path), true).expect_err("fails").message;
            message.replace(&dir.path().display().to_string(), "DIR")
        };
        assert_eq!(engine(&path("nope.gguf")), "There is no file DIR/nope.gguf");
        assert_eq!(engine(&whole), "There is no .gguf file in DIR/");
        std::fs::write(path("a.gguf"), "").expect("writes");
        assert_eq!(
            engine(&path("a.gguf")),
            "DIR/a.gguf is not a GGUF model: it is empty"
        );
        std::fs::write(path("a.gguf"), "version https://git-lfs").expect("writes");
        assert_eq!(
            engine(&whole),
            "DIR/a.gguf is not a GGUF model: it is a Git LFS pointer, fetch the file with git lfs pull"
        );
        std::fs::write(path("a.gguf"), "GGUF....").expect("writes");
        assert_eq!(
            engine_path(Path::new(&path("a.gguf")), true).expect("fine"),
            path("a.gguf")
        );
        assert!(engine_path(Path::new(&whole), true).is_ok());
        std::fs::write(path("b.GGUF"), "GGUF").expect("writes");
        assert_eq!(
            engine(&whole),
            "There are 2 .gguf files in DIR/: name one of them"
        );
    }
}
