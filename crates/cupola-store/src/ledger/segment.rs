//! Files of the journal: of one size, written full of zeros before their first use, and used again.
//!
//! Writing over bytes that are there changes no size and allocates no block, so that a sync writes the bytes and nothing
//! else. A segment's sequence number is in its header and in every checksum: what a file held before is never read again.

use super::checksum::checksum;
use super::record::{Entry, FRAME_BYTES_MAX, decode};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The size of a segment: some ten thousand records.
pub(super) const SEGMENT_BYTES: u64 = 2 << 20;
/// Where the first record begins.
pub(super) const HEADER_BYTES: u64 = 32;
const MAGIC: [u8; 8] = *b"CUPUSAGE";
const VERSION: u32 = 1;
const READ_BYTES: usize = 256 << 10;

/// A file that can become a segment.
#[derive(Debug)]
pub(super) struct Spare {
    file: File,
    path: PathBuf,
}

/// A file that holds records.
#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    path: PathBuf,
    pub(super) sequence: u64,
    /// How far the records may be read: what is beyond was acknowledged to nobody.
    acknowledged: AtomicU64,
    /// How far they are in the table.
    folded: AtomicU64,
    /// No more goes into it.
    pub(super) sealed: AtomicBool,
    /// A write or a sync failed: what is not acknowledged yet never will be.
    pub(super) failed: AtomicBool,
}

/// What a folder of segments holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In their order, sealed.
    pub(super) segments: Vec<Segment>,
    pub(super) spares: Vec<Spare>,
}

/// The journal was written by a later version of the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Newer;

impl Spare {
    /// A new file, full of zeros. What could not be made leaves no file.
    pub(super) fn create(folder: &Path, number: u64) -> io::Result<Self> {
        let path = folder.join(format!("{number:08}"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let spare = Self { file, path };
        if let Err(error) = spare.fill() {
            spare.remove();
            return Err(error);
        }
        Ok(spare)
    }

    fn fill(&self) -> io::Result<()> {
        let zeros = vec![0; READ_BYTES];
        let mut at = 0;
        while at < SEGMENT_BYTES {
            self.file.write_all_at(&zeros, at)?;
            at += zeros.len() as u64;
        }
        Ok(())
    }

    /// Makes the file itself durable, so that a later sync has only the records to write.
    pub(super) fn sync(&self, folder: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        File::open(folder)?.sync_all()
    }

    pub(super) fn remove(self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(error = %error, "a spare file of the usage journal could not be removed");
        }
    }

    /// Begins a segment in the file.
    pub(super) fn begin(self, sequence: u64) -> io::Result<Segment> {
        self.file.write_all_at(&header(sequence), 0)?;
        Ok(Segment::of(self, sequence, HEADER_BYTES))
    }
}

impl Segment {
    fn of(spare: Spare, sequence: u64, acknowledged: u64) -> Self {
        Self {
            file: spare.file,
            path: spare.path,
            sequence,
            acknowledged: AtomicU64::new(acknowledged),
            folded: AtomicU64::new(HEADER_BYTES),
            sealed: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    #[cfg(test)]
    pub(super) fn always_full(sequence: u64) -> Self {
        let path = PathBuf::from("/dev/full");
        let file = OpenOptions::new().write(true).open(&path).expect("a device");
        Self::of(Spare { file, path }, sequence, HEADER_BYTES)
    }

    pub(super) fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Lets the records up to `end` be read.
    pub(super) fn acknowledge(&self, end: u64) {
        self.acknowledged.fetch_max(end, Ordering::Release);
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    pub(super) fn folded(&self) -> u64 {
        self.folded.load(Ordering::Acquire)
    }

    pub(super) fn fold_to(&self, end: u64) {
        self.folded.store(end, Ordering::Release);
    }

    /// Nothing of it is needed any more.
    pub(super) fn is_spent(&self) -> bool {
        self.sealed.load(Ordering::Acquire) && self.folded() >= self.acknowledged()
    }

    /// Entries from `at` on, not beyond `end`, about `READ_BYTES` of them; and where the next one begins.
    pub(super) fn read(&self, at: u64, end: u64) -> io::Result<(Vec<Entry>, u64)> {
        let wanted = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; wanted.min(READ_BYTES + FRAME_BYTES_MAX)];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.file.read_at(&mut bytes[filled..], at + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        let mut rest = &bytes[..filled];
        let mut entries = Vec::new();
        while filled - rest.len() < READ_BYTES
            && let Some((entry, length)) = decode(self.sequence, rest)
        {
            entries.push(entry);
            rest = &rest[length..];
        }
        Ok((entries, at + (filled - rest.len()) as u64))
    }

    /// Makes the file ready for another use.
    pub(super) fn into_spare(self) -> Spare {
        Spare {
            file: self.file,
            path: self.path,
        }
    }
}

/// Looks at every file of the journal.
pub(super) fn find(folder: &Path) -> io::Result<Result<Found, Newer>> {
    let mut found = Found::default();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let size = file.metadata()?.len();
        let mut head = [0; HEADER_BYTES as usize];
        let head = file.read_exact_at(&mut head, 0).map(|()| head);
        let spare = Spare { file, path };
        match head.ok().and_then(|head| sequence(&head)) {
            Some(Err(newer)) => return Ok(Err(newer)),
            Some(Ok(sequence)) => {
                let segment = Segment::of(spare, sequence, size.min(SEGMENT_BYTES));
                segment.sealed.store(true, Ordering::Release);
                found.segments.push(segment);
            }
            // It was being made when the program ended: it holds nothing, and may be short.
            None if size < SEGMENT_BYTES => spare.remove(),
            None => found.spares.push(spare),
        }
    }
    found.segments.sort_by_key(|segment| segment.sequence);
    Ok(Ok(found))
}

fn header(sequence: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..20].copy_from_slice(&sequence.to_le_bytes());
    let sum = checksum(0, &header[..20]);
    header[20..24].copy_from_slice(&sum.to_le_bytes());
    header
}

// `None`: no header. A version that is not known is an error, because ignoring its records would lose money.
fn sequence(header: &[u8; HEADER_BYTES as usize]) -> Option<Result<u64, Newer>> {
    let sum = u32::from_le_bytes([header[20], header[21], header[22], header[23]]);
    if header[..8] != MAGIC || checksum(0, &header[..20]) != sum {
        return None;
    }
    if header[8..12] != VERSION.to_le_bytes() {
        return Some(Err(Newer));
    }
    let mut sequence = [0; 8];
    sequence.copy_from_slice(&header[12..20]);
    Some(Ok(u64::from_le_bytes(sequence)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_back_and_later_versions_refused() {
        assert_eq!(sequence(&header(7)), Some(Ok(7)));
        assert_eq!(sequence(&[0; HEADER_BYTES as usize]), None);
        let mut later = header(7);
        later[8] = 2;
        assert_eq!(sequence(&later), None, "its checksum is wrong");
        let sum = checksum(0, &later[..20]);
        later[20..24].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(sequence(&later), Some(Err(Newer)));
    }

    #[test]
    fn files_are_found_in_their_order_and_short_ones_go() {
        let folder = tempfile::tempdir().expect("a folder");
        for (number, sequence) in [(1, 9), (2, 8)] {
            let spare = Spare::create(folder.path(), number).expect("made");
            spare.begin(sequence).expect("begun");
        }
        Spare::create(folder.path(), 3).expect("made");
        std::fs::write(folder.path().join("00000004"), [0; 100]).expect("written");
        let found = find(folder.path()).expect("read").expect("known");
        let sequences: Vec<u64> = found.segments.iter().map(|segment| segment.sequence).collect();
        assert_eq!((sequences, found.spares.len()), (vec![8, 9], 1));
        assert!(!folder.path().join("00000004").exists());
    }
}
