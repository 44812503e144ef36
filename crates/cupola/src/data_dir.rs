//! The data directory: one folder that holds everything, used by one process at a time.

use crate::ambient::SystemEntropy;
use anyhow::{Context as _, bail};
use cupola_core::Entropy as _;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

// The demo model travels in the binary, so that the first deployment works on a machine without a network.
const TINY_CHAT: &[u8] = include_bytes!("../../../models/tiny-chat/tiny-chat.gguf");

const STORE: &str = "cupola.db";

// Together two seconds: an instant is enough, unless the machine is very busy.
const PATIENCE: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// A data directory that this process holds.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    // Held until the process ends, however it ends: the kernel gives the lock back.
    _lock: Flock<File>,
}

impl DataDir {
    /// Makes the folder where it is missing and takes it for this process.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("the data directory {} could not be made", path.display()))?;
        let file = path.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&file)
            .with_context(|| format!("{} could not be opened", file.display()))?;
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let mut lock = take(file, holder.trim(), path)?;
        let _ = lock.set_len(0);
        let _ = lock.rewind();
        let _ = write!(lock, "{}", std::process::id());
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The key under which secrets are sealed; made at first start, readable by the owner alone.
    pub(crate) fn root_key(&self) -> anyhow::Result<[u8; 32]> {
        let path = self.join("root.key");
        match std::fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| {
                anyhow::anyhow!(
                    "{} does not hold 32 bytes; restore it from a backup",
                    path.display()
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if !self.is_new() {
                    bail!(
                        "{} is missing: without it the keys in the store cannot be read; restore it from a backup",
                        path.display()
                    );
                }
                let mut key = [0u8; 32];
                SystemEntropy.fill(&mut key);
                write_private(&path, &key)?;
                Ok(key)
            }
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Has no server made a store in it yet?
    pub(crate) fn is_new(&self) -> bool {
        !self.join(STORE).exists()
    }

    /// The store's file, which only the owner may read. SQLite gives its other files the rights of this one.
    pub(crate) fn store_file(&self) -> anyhow::Result<PathBuf> {
        let path = self.join(STORE);
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} could not be opened", path.display()))?;
        Ok(path)
    }

    /// The demo model as a file, for the engine to map.
    pub(crate) fn tiny_chat(&self) -> anyhow::Result<PathBuf> {
        let folder = self.join("models");
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let path = folder.join("tiny-chat.gguf");
        if !is_same(&path, TINY_CHAT) {
            write_private(&path, TINY_CHAT)?;
        }
        Ok(path)
    }

    /// Where the sockets of workers live. A unix socket's path has at most 107 bytes, so a deep data directory gets a
    /// folder elsewhere, which only this user may enter.
    pub(crate) fn sockets(&self) -> PathBuf {
        let inside = self.join("run");
        if inside.as_os_str().len() <= 70 {
            return inside;
        }
        let mark = inside
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        std::env::temp_dir().join(format!("cupola-{}-{mark:x}", nix::unistd::Uid::effective()))
    }
}

// A process that was killed while it started a worker leaves the lock to the half-made child for an instant, so a holder
// that is dead is waited for; one that is alive is not.
fn take(mut file: File, holder: &str, path: &Path) -> anyhow::Result<Flock<File>> {
    for _ in 0..PATIENCE {
        file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((file, _)) => file,
        };
        if is_alive(holder) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    bail!(
        "the data directory {} is in use by process {}; stop it, or choose another with --data-dir FOLDER",
        path.display(),
        if holder.is_empty() { "?" } else { holder }
    )
}

fn is_alive(process: &str) -> bool {
    process
        .parse()
        .is_ok_and(|id| nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), None).is_ok())
}

// Length and both ends are compared: a new version of the model differs there, and the middle needs not be read.
fn is_same(path: &Path, bytes: &[u8]) -> bool {
    const END: usize = 4096;
    let compare = || -> std::io::Result<bool> {
        let mut file = File::open(path)?;
        if file.metadata()?.len() != bytes.len() as u64 {
            return Ok(false);
        }
        let mut end = [0u8; END];
        file.read_exact(&mut end)?;
        let head_same = end == bytes[..END];
        file.seek(std::io::SeekFrom::End(-(END as i64)))?;
        file.read_exact(&mut end)?;
        Ok(head_same && end == bytes[bytes.len() - END..])
    };
    compare().unwrap_or(false)
}

/// Writes a file that only the owner may read: whole or not at all, also when the disk is full or the process dies.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let attempt = || {
        let partial = path.with_extension("partial");
        let _ = std::fs::remove_file(&partial);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(bytes).inspect_err(|_| {
            let _ = std::fs::remove_file(&partial);
        })?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    attempt().with_context(|| format!("{} could not be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_has_one_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = DataDir::open(folder.path()).expect("opened");
        let refusal = DataDir::open(folder.path()).expect_err("refused").to_string();
        assert!(
            refusal.contains(&format!("in use by process {}", std::process::id())),
            "{refusal}"
        );
        drop(held);
        DataDir::open(folder.path()).expect("free again");
    }

    #[test]
    fn the_root_key_stays_and_is_not_made_anew_beside_a_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = DataDir::open(folder.path()).expect("opened");
        let key = held.root_key().expect("made");
        assert_eq!(held.root_key().expect("read"), key);
        std::fs::write(held.join("cupola.db"), "").expect("written");
        std::fs::remove_file(held.join("root.key")).expect("removed");
        assert!(
            held.root_key()
                .expect_err("refused")
                .to_string()
                .contains("restore it from a backup")
        );
    }
}
