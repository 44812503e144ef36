//! Writes the table of the portal's files: what `npm run build` left in `portal/dist`, or an empty one where nobody built it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../portal/dist");
    // The folder itself, so that a first build is seen, and one that was removed.
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    // Without its first page it is not built, or not to its end.
    if dist.join("index.html").is_file() {
        walk(&dist, &mut files)?;
        files.sort();
    }
    let mut table = String::from("pub(crate) static FILES: &[File] = &[\n");
    for path in files.iter().filter(|path| !is_packed(path)) {
        let name = path.strip_prefix(&dist).map_err(io::Error::other)?;
        let packed = |ending: &str| {
            let path = PathBuf::from(format!("{}.{ending}", path.display()));
            let bytes = path
                .is_file()
                .then(|| format!("include_bytes!({:?}).as_slice()", path.display().to_string()));
            bytes.map_or_else(|| "None".to_owned(), |bytes| format!("Some({bytes})"))
        };
        table += &format!(
            "    File {{ name: {:?}, tag: \"\\\"{:016x}\\\"\", plain: include_bytes!({:?}), brotli: {}, gzip: {} }},\n",
            name.display().to_string(),
            sum(&fs::read(path)?),
            path.display().to_string(),
            packed("br"),
            packed("gz"),
        );
    }
    table += "];\n";
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("files.rs"), table)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_packed(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "br" || ending == "gz")
}

// FNV-1a: it only has to differ where the files do, and nobody gains by making two alike.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
