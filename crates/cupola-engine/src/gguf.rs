//! Is this file a whole GGUF model? Asked before llama.cpp is, whose only answer is "no".

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

/// The model file that `--model` means: the file itself, or the only GGUF of a directory.
pub(crate) fn find(path: &Path) -> anyhow::Result<PathBuf> {
    let metadata = std::fs::metadata(path).with_context(|| {
        format!(
            "the model {} cannot be read; --model takes a GGUF file or a directory with one",
            path.display()
        )
    })?;
    if !metadata.is_dir() {
        return Ok(path.to_owned());
    }
    let mut models = Vec::new();
    for entry in
        std::fs::read_dir(path).with_context(|| format!("the directory {} cannot be read", path.display()))?
    {
        let file = entry?.path();
        let is_model = file
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"));
        if is_model && !is_later_part(&file) {
            models.push(file);
        }
    }
    models.sort();
    match models.as_slice() {
        [model] => Ok(model.clone()),
        [] => bail!("the directory {} has no .gguf file", path.display()),
        [first, ..] => bail!(
            "the directory {} has {} .gguf files; name the one to serve, for example --model {}",
            path.display(),
            models.len(),
            first.display()
        ),
    }
}

/// Whether the file is the second or a later part of a model in several files, as in `m-00002-of-00003.gguf`;
/// llama.cpp finds these from the first part.
fn is_later_part(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = name.rsplitn(4, '-').collect();
    match parts[..] {
        [total, "of", part, _] => {
            let is_number = |text: &str| text.len() == 5 && text.bytes().all(|digit| digit.is_ascii_digit());
            is_number(total) && is_number(part) && part != "00001"
        }
        _ => false,
    }
}

/// Refuses a file that is not GGUF, or that ends before the tensors that its header announces.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    let file =
        File::open(path).with_context(|| format!("the model file {} cannot be opened", path.display()))?;
    let length = file.metadata()?.len();
    let mut header = Header {
        reader: BufReader::new(file),
        length,
    };
    header.check_magic(path)?;
    let needed = header.end_of_tensors().map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => anyhow::anyhow!(
            "the model file {} is truncated: it ends after {length} bytes, inside its header; download it again",
            path.display()
        ),
        _ => anyhow::Error::new(error).context(format!("the header of the model file {} cannot be read", path.display())),
    })?;
    ensure!(
        needed <= length,
        "the model file {} is truncated: its header announces {needed} bytes and it has {length}; download it again",
        path.display()
    );
    Ok(())
}

/// A reader of the GGUF header (versions 2 and 3, little-endian), which knows where the file ends.
struct Header {
    reader: BufReader<File>,
    length: u64,
}

impl Header {
    fn check_magic(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut magic = Vec::with_capacity(4);
        self.reader.by_ref().take(4).read_to_end(&mut magic)?;
        ensure!(
            magic == b"GGUF",
            "{} is not a GGUF model: a GGUF file begins with the four bytes \"GGUF\" and this one with {}; \
             convert the model with llama.cpp's convert_hf_to_gguf.py, or download its GGUF build",
            path.display(),
            if magic.is_empty() {
                "nothing: it is empty".to_owned()
            } else {
                format!("\"{}\"", magic.escape_ascii())
            }
        );
        Ok(())
    }

    /// The length that the file must have, in bytes.
    fn end_of_tensors(&mut self) -> io::Result<u64> {
        let version = self.number()?;
        if !(2..=3).contains(&version) {
            return Err(invalid(format!(
                "GGUF version {version} is not known; versions 2 and 3 are"
            )));
        }
        let tensors = self.long()?;
        let pairs = self.long()?;
        let mut alignment = 32;
        for _ in 0..pairs {
            let key = self.key()?;
            let kind = self.number()?;
            if key == b"general.alignment" && kind == 4 {
                alignment = u64::from(self.number()?).max(1);
            } else {
                self.skip_value(kind)?;
            }
        }
        let mut end = 0;
        for _ in 0..tensors {
            end = end.max(self.tensor_end()?);
        }
        let data = self.reader.stream_position()?.next_multiple_of(alignment);
        Ok(if tensors == 0 {
            data.min(self.length)
        } else {
            data.saturating_add(end)
        })
    }

    /// Where the next tensor ends, in bytes from the begin of the data.
    fn tensor_end(&mut self) -> io::Result<u64> {
        self.key()?;
        let dimensions = self.number()?;
        let mut elements = 1u64;
        for _ in 0..dimensions {
            elements = elements.saturating_mul(self.long()?);
        }
        let kind = self.number()?;
        let offset = self.long()?;
        Ok(offset.saturating_add(size_at_least(kind, elements)))
    }

    fn skip_value(&mut self, kind: u32) -> io::Result<()> {
        match (kind, fixed_size(kind)) {
            (_, Some(size)) => self.skip(size),
            (STRING, _) => self.key().map(drop),
            (ARRAY, _) => self.skip_array(),
            _ => Err(invalid(format!("the value type {kind} is not known"))),
        }
    }

    fn skip_array(&mut self) -> io::Result<()> {
        let kind = self.number()?;
        let count = self.long()?;
        if let Some(size) = fixed_size(kind) {
            return self.skip(size.saturating_mul(count));
        }
        if kind != STRING {
            return Err(invalid(format!("an array of the type {kind} is not known")));
        }
        for _ in 0..count {
            self.key()?;
        }
        Ok(())
    }

    /// A string. Those longer than a key can be are skipped and come back empty.
    fn key(&mut self) -> io::Result<Vec<u8>> {
        let length = self.long()?;
        if length > 128 {
            self.skip(length)?;
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; length as usize];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.reader.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn long(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        // Seeking past the end succeeds, so the end is looked at here.
        let position = self.reader.stream_position()?;
        if bytes > self.length.saturating_sub(position) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.reader
            .seek_relative(i64::try_from(bytes).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?)
    }
}

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a metadata value whose type has a fixed size.
fn fixed_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// How many bytes a tensor takes, for the types that are common; for another type a lower bound of nothing, since
/// llama.cpp will look again.
fn size_at_least(kind: u32, elements: u64) -> u64 {
    // Elements in a block and its bytes, from ggml's table of types.
    let (block, bytes) = match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        24 => (1, 1),
        27 | 28 => (1, 8),
        _ => return 0,
    };
    (elements / block).saturating_mul(bytes)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GGUF with one key and one f16 tensor of 64 elements.
    fn model() -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        string(&mut bytes, "tokenizer.ggml.tokens");
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(8u32.to_le_bytes());
        bytes.extend(2u64.to_le_bytes());
        string(&mut bytes, "a");
        string(&mut bytes, &"b".repeat(300));
        string(&mut bytes, "output.weight");
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(64u64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(32) + 128, 0);
        bytes
    }

    fn string(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }

    fn complaint(content: &[u8]) -> String {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let path = directory.path().join("model.gguf");
        std::fs::write(&path, content).expect("a scratch file");
        let complaint = check(&path)
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        complaint.replace(&path.display().to_string(), "FILE")
    }

    #[test]
    fn a_whole_model_passes() {
        assert_eq!(complaint(&model()), "");
    }

    #[test]
    fn something_else_is_named_for_what_it_is() {
        assert!(complaint(b"PK\x03\x04rest").starts_with("FILE is not a GGUF model"));
        assert!(complaint(b"PK\x03\x04rest").contains("this one with \"PK\\x03\\x04\""));
        assert!(complaint(b"").contains("it is empty"));
    }

    #[test]
    fn a_download_that_broke_off_is_told_from_a_whole_one_at_every_byte() {
        let model = model();
        for length in 4..model.len() {
            assert!(
                complaint(&model[..length]).contains("is truncated"),
                "at byte {length}"
            );
        }
    }

    #[test]
    fn an_unknown_version_is_said() {
        let mut model = model();
        model[4] = 9;
        assert!(complaint(&model).contains("GGUF version 9 is not known"));
    }

    #[test]
    fn a_directory_must_leave_no_choice() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let complaint = |path: &Path| {
            find(path)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert!(complaint(directory.path()).contains("has no .gguf file"));
        std::fs::write(directory.path().join("b.gguf"), "").expect("a scratch file");
        assert_eq!(
            find(directory.path()).expect("one model"),
            directory.path().join("b.gguf")
        );
        std::fs::write(directory.path().join("a.gguf"), "").expect("a scratch file");
        assert!(complaint(directory.path()).contains("has 2 .gguf files"));
        assert!(complaint(&directory.path().join("none")).contains("cannot be read"));
    }

    #[test]
    fn a_model_in_several_files_is_its_first() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        for part in 1..=3 {
            let name = format!("big-model-0000{part}-of-00003.gguf");
            std::fs::write(directory.path().join(name), "").expect("a scratch file");
        }
        let first = directory.path().join("big-model-00001-of-00003.gguf");
        assert_eq!(find(directory.path()).expect("one model"), first);
    }
}
