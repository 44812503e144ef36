//! The journal: where a usage record is made durable before its answer completes.
//!
//! With `answer`, a record waits in memory for the ledger's thread, which writes and syncs all that wait, at once, and
//! then wakes everybody. With `interval`, the record goes to the operating system then and there, without any thread,
//! and the ledger's thread syncs it a moment later (decision 0012).

use super::group::{Failure, Group, Recorded};
use super::record::{Encoder, FRAME_BYTES_MAX, UsageRecord};
use super::segment::{HEADER_BYTES, SEGMENT_BYTES, Segment, Spare};
use super::status::{Counts, LedgerStatus};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

// Enough for every request that the default limits let in; more than that and the answer is "come back".
const WAITING_MAX: usize = 8192;
// 128 MiB: over a million records that the table has not taken yet.
const SEGMENTS_MAX: usize = 64;
const SPARES_MAX: usize = 2;
// A crash of the machine loses no more than this, and the sync itself takes some of it.
const SYNC_EVERY: Duration = Duration::from_millis(40);
// Below this nothing else on the machine works either, and the store could not take what is in the journal.
const FREE_BYTES_MIN: u64 = 512 << 10;
const FREE_SPACE_EVERY: Duration = Duration::from_millis(100);

/// When a record is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LedgerSync {
    /// Before its answer completes: a power cut loses nothing that was answered.
    #[default]
    Answer,
    /// Within 50 milliseconds; before the answer completes it is with the operating system, so that the end of the
    /// process, however sudden, loses nothing.
    Interval,
}

impl std::str::FromStr for LedgerSync {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "answer" => Ok(Self::Answer),
            "interval" => Ok(Self::Interval),
            other => Err(format!("'{other}' is neither answer nor interval")),
        }
    }
}

// A frame of no length: the end of what is read.
const NOTHING: [u8; 8] = [0; 8];

#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    mode: LedgerSync,
    state: Mutex<State>,
    work: Condvar,
    waiting: AtomicUsize,
    /// The disk has no space to speak of.
    full: AtomicBool,
    /// Somebody should look at the free space again.
    doubt: AtomicBool,
    /// Tells the folder that there is something to fold.
    pub(super) written: Notify,
    told: AtomicBool,
    counts: Counts,
}

#[derive(Debug)]
struct State {
    current: Arc<Segment>,
    encoder: Encoder,
    /// Where the next record goes in the current segment.
    end: u64,
    /// Written by the thread, in this order.
    chunks: Vec<Chunk>,
    /// Segments that were written to since the last sync.
    touched: Vec<Arc<Segment>>,
    /// Those who wait for the next sync.
    group: Arc<Group>,
    /// Nobody wants to wait for the end of the interval.
    urgent: bool,
    sleeping: bool,
    stopped: bool,
    /// Not spent yet, without the current one, the oldest first.
    sealed: VecDeque<Arc<Segment>>,
    spares: Vec<Spare>,
    next_file: u64,
}

#[derive(Debug)]
struct Chunk {
    segment: Arc<Segment>,
    at: u64,
    bytes: Vec<u8>,
    records: usize,
}

impl Journal {
    /// Begins a segment after those of `last`; `spares` are files that may be used.
    pub(super) fn start(
        folder: &Path,
        mode: LedgerSync,
        last: u64,
        mut spares: Vec<Spare>,
    ) -> io::Result<Arc<Self>> {
        let next_file = next_file(folder)?;
        let (spare, next_file) = match spares.pop() {
            Some(spare) => (spare, next_file),
            None => (Spare::create(folder, next_file)?, next_file + 1),
        };
        let sequence = last + 1;
        let current = spare.begin(sequence)?;
        current.sync()?;
        std::fs::File::open(folder)?.sync_all()?;
        let journal = Arc::new(Self {
            folder: folder.to_owned(),
            mode,
            state: Mutex::new(State {
                current: Arc::new(current),
                encoder: Encoder::of(sequence),
                end: HEADER_BYTES,
                chunks: Vec::new(),
                touched: Vec::new(),
                group: Arc::default(),
                urgent: false,
                sleeping: false,
                stopped: false,
                sealed: VecDeque::new(),
                spares,
                next_file,
            }),
            work: Condvar::new(),
            waiting: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            doubt: AtomicBool::new(true),
            written: Notify::new(),
            told: AtomicBool::new(false),
            counts: Counts::default(),
        });
        let thread = Arc::clone(&journal);
        std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || thread.run())?;
        Ok(journal)
    }

    // A panic in another thread leaves no half-written state: every change here is one assignment after the I/O.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record; what is returned is done when the record is as durable as the mode wants it.
    pub(super) fn append(&self, record: &UsageRecord) -> Result<Recorded, Failure> {
        let appended = self.try_append(record);
        self.counts.took(appended.is_ok());
        appended
    }

    fn try_append(&self, record: &UsageRecord) -> Result<Recorded, Failure> {
        if self.full.load(Ordering::Relaxed) {
            self.look_at_the_disk();
            return Err(Failure::Full);
        }
        if self.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            return Err(Failure::Busy);
        }
        let mut state = self.lock();
        if state.stopped {
            return Err(Failure::Busy);
        }
        match self.mode {
            LedgerSync::Answer => self.append_to_group(&mut state, record),
            LedgerSync::Interval => self.append_now(&mut state, record),
        }
    }

    fn append_to_group(&self, state: &mut State, record: &UsageRecord) -> Result<Recorded, Failure> {
        if state.current.failed.load(Ordering::Acquire) {
            self.roll(state)?;
        }
        let open = state
            .chunks
            .last()
            .is_some_and(|chunk| Arc::ptr_eq(&chunk.segment, &state.current));
        if !open {
            let (segment, at) = (Arc::clone(&state.current), state.end);
            state.chunks.push(Chunk {
                segment,
                at,
                bytes: Vec::with_capacity(1024),
                records: 0,
            });
        }
        let State { chunks, encoder, .. } = state;
        let Some(chunk) = chunks.last_mut() else {
            return Err(Failure::Busy);
        };
        let before = chunk.bytes.len();
        encoder
            .encode(record, &mut chunk.bytes)
            .map_err(|_| Failure::too_large())?;
        if chunk.at + chunk.bytes.len() as u64 > SEGMENT_BYTES {
            chunk.bytes.truncate(before);
            encoder.forget();
            self.roll(state)?;
            return self.append_to_group(state, record);
        }
        chunk.records += 1;
        state.end = chunk.at + chunk.bytes.len() as u64;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let recorded = Recorded::of(&state.group);
        self.wake(state);
        Ok(recorded)
    }

    fn append_now(&self, state: &mut State, record: &UsageRecord) -> Result<Recorded, Failure> {
        if state.current.failed.load(Ordering::Acquire) {
            self.roll(state)?;
        }
        let mut bytes = Vec::with_capacity(256);
        state
            .encoder
            .encode(record, &mut bytes)
            .map_err(|_| Failure::too_large())?;
        if state.end + bytes.len() as u64 > SEGMENT_BYTES {
            state.encoder.forget();
            self.roll(state)?;
            return self.append_now(state, record);
        }
        if let Err(error) = state.current.write(&bytes, state.end) {
            // What may have reached the file was acknowledged to nobody; the next record begins another segment.
            state.current.failed.store(true, Ordering::Release);
            let _ = state.current.write(&NOTHING, state.end);
            self.doubt.store(true, Ordering::Relaxed);
            return Err(Failure::of(&error));
        }
        state.end += bytes.len() as u64;
        state.current.acknowledge(state.end);
        if state.touched.is_empty() {
            let current = Arc::clone(&state.current);
            state.touched.push(current);
            self.wake(state);
        }
        Ok(Recorded::now())
    }

    // The thread is asked once; when it works it looks again before it sleeps.
    fn wake(&self, state: &mut State) {
        if state.sleeping {
            state.sleeping = false;
            self.work.notify_one();
        }
    }

    fn look_at_the_disk(&self) {
        if !self.doubt.swap(true, Ordering::Relaxed) {
            self.wake(&mut self.lock());
        }
    }

    /// Begins the next segment.
    fn roll(&self, state: &mut State) -> Result<(), Failure> {
        if state.sealed.len() + 1 >= SEGMENTS_MAX {
            return Err(Failure::Busy);
        }
        let spare = match state.spares.pop() {
            Some(spare) => spare,
            None => {
                let number = state.next_file;
                state.next_file += 1;
                Spare::create(&self.folder, number)
                    .and_then(|spare| spare.sync(&self.folder).map(|()| spare))
                    .map_err(|error| self.doubted(&error))?
            }
        };
        let sequence = state.current.sequence + 1;
        let next = spare.begin(sequence).map_err(|error| self.doubted(&error))?;
        state.current.sealed.store(true, Ordering::Release);
        let before = std::mem::replace(&mut state.current, Arc::new(next));
        state.sealed.push_back(before);
        state.encoder = Encoder::of(sequence);
        state.end = HEADER_BYTES;
        if self.mode == LedgerSync::Interval && !state.touched.is_empty() {
            let current = Arc::clone(&state.current);
            state.touched.push(current);
        }
        Ok(())
    }

    fn doubted(&self, error: &io::Error) -> Failure {
        self.doubt.store(true, Ordering::Relaxed);
        Failure::of(error)
    }

    /// Is there room for one more record?
    pub(super) fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < WAITING_MAX
    }

    pub(super) fn status(&self) -> LedgerStatus {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (lag_bytes, segments) = {
            let state = self.lock();
            let used = || state.sealed.iter().chain([&state.current]);
            let lag = |one: &Arc<Segment>| one.acknowledged().saturating_sub(one.folded());
            (used().map(lag).sum(), used().count() as u64)
        };
        LedgerStatus {
            waiting: self.waiting.load(Ordering::Relaxed) as u64,
            lag_bytes,
            segments,
            is_full: self.full.load(Ordering::Relaxed),
            records: read(&self.counts.records),
            refused: read(&self.counts.refused),
            syncs: read(&self.counts.syncs),
            syncing_us: read(&self.counts.syncing_us),
            failures: read(&self.counts.failures),
        }
    }

    /// Done when all that was appended before is on disk.
    pub(super) fn flush(&self) -> Recorded {
        let mut state = self.lock();
        if state.stopped {
            return Recorded::now();
        }
        state.urgent = true;
        let recorded = Recorded::of(&state.group);
        self.wake(&mut state);
        recorded
    }

    /// The thread writes what waits, and ends.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        state.urgent = true;
        self.wake(&mut state);
    }

    /// The segments that have something to fold or to give back, in their order.
    pub(super) fn segments(&self) -> Vec<Arc<Segment>> {
        let state = self.lock();
        self.told.store(false, Ordering::Relaxed);
        state.sealed.iter().chain([&state.current]).cloned().collect()
    }

    /// Forgets segments whose records are all in the table; their files are used again.
    pub(super) fn retire(&self) {
        let mut surplus = Vec::new();
        let mut state = self.lock();
        while state.sealed.front().is_some_and(|segment| {
            // The thread, too, may still hold it: then it goes the next time.
            segment.is_spent() && Arc::strong_count(segment) == 1
        }) {
            let Some(segment) = state.sealed.pop_front().and_then(Arc::into_inner) else {
                break;
            };
            if state.spares.len() < SPARES_MAX {
                state.spares.push(segment.into_spare());
            } else {
                surplus.push(segment);
            }
        }
        drop(state);
        for segment in surplus {
            segment.into_spare().remove();
        }
    }

    fn run(&self) {
        let mut looked: Option<Duration> = None;
        let mut buffers = Vec::new();
        let start = tokio::time::Instant::now();
        loop {
            let (chunks, touched, group, stopped) = {
                let mut state = self.wait();
                let group = std::mem::take(&mut state.group);
                state.urgent = false;
                (
                    std::mem::replace(&mut state.chunks, std::mem::take(&mut buffers)),
                    std::mem::take(&mut state.touched),
                    group,
                    state.stopped,
                )
            };
            let records = chunks.iter().map(|chunk| chunk.records).sum();
            let begun = start.elapsed();
            let outcome = self.write(&chunks, touched);
            self.counts.synced(start.elapsed() - begun, outcome.is_ok());
            self.waiting.fetch_sub(records, Ordering::Relaxed);
            if let Err(failure) = &outcome {
                tracing::error!(error = %failure, records, "usage could not be recorded");
                self.doubt.store(true, Ordering::Relaxed);
            }
            group.finish(outcome);
            buffers = chunks;
            buffers.clear();
            if !self.told.swap(true, Ordering::Relaxed) {
                self.written.notify_one();
            }
            self.keep_a_spare();
            let now = start.elapsed();
            let due = looked.is_none_or(|looked| now - looked >= FREE_SPACE_EVERY);
            if due || self.doubt.load(Ordering::Relaxed) {
                looked = Some(now);
                self.measure_free_space();
            }
            if stopped {
                return;
            }
        }
    }

    fn wait(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        loop {
            let gathered = !state.touched.is_empty();
            if state.urgent || state.stopped || !state.chunks.is_empty() {
                return state;
            }
            if self.doubt.load(Ordering::Relaxed) && !gathered {
                return state;
            }
            if gathered {
                // Nothing that comes now has to wake the thread, but those who cannot wait may.
                state.sleeping = true;
                let (mut after, _) = self
                    .work
                    .wait_timeout_while(state, SYNC_EVERY, |state| !state.urgent && !state.stopped)
                    .unwrap_or_else(PoisonError::into_inner);
                after.sleeping = false;
                return after;
            }
            state.sleeping = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping = false;
        }
    }

    /// Writes and syncs; on an error none of the chunks counts.
    fn write(&self, chunks: &[Chunk], mut touched: Vec<Arc<Segment>>) -> Result<(), Failure> {
        for chunk in chunks {
            let segment = &chunk.segment;
            if segment.failed.load(Ordering::Acquire) {
                return Err(spoil(chunks, Failure::failed_before()));
            }
            if let Err(error) = segment.write(&chunk.bytes, chunk.at) {
                return Err(spoil(chunks, Failure::of(&error)));
            }
            if !touched.iter().any(|other| Arc::ptr_eq(other, segment)) {
                touched.push(Arc::clone(segment));
            }
        }
        for segment in &touched {
            if let Err(error) = segment.sync() {
                segment.failed.store(true, Ordering::Release);
                return Err(spoil(chunks, Failure::of(&error)));
            }
        }
        for chunk in chunks {
            chunk.segment.acknowledge(chunk.at + chunk.bytes.len() as u64);
        }
        Ok(())
    }

    /// Makes the next file while there is time, so that no request has to.
    fn keep_a_spare(&self) {
        let number = {
            let mut state = self.lock();
            if !state.spares.is_empty() || state.stopped || self.full.load(Ordering::Relaxed) {
                return;
            }
            state.next_file += 1;
            state.next_file - 1
        };
        let made =
            Spare::create(&self.folder, number).and_then(|spare| spare.sync(&self.folder).map(|()| spare));
        match made {
            Ok(spare) => self.lock().spares.push(spare),
            Err(error) => {
                self.doubt.store(true, Ordering::Relaxed);
                tracing::warn!(error = %error, "the usage journal has no room to grow");
            }
        }
    }

    fn measure_free_space(&self) {
        self.doubt.store(false, Ordering::Relaxed);
        let full = match nix::sys::statvfs::statvfs(&self.folder) {
            Ok(disk) => disk.blocks_available() * disk.fragment_size() < FREE_BYTES_MIN,
            // A file system that does not tell is not full until a write says so.
            Err(_) => false,
        };
        if full != self.full.swap(full, Ordering::Relaxed) {
            match full {
                true => tracing::error!(
                    "the disk that holds the data directory is full: no usage is recorded, and nothing answered"
                ),
                false => tracing::info!("the disk that holds the data directory has space again"),
            }
        }
    }
}

#[cfg(test)]
impl Journal {
    /// From now on the current segment is a device that is always full.
    pub(super) fn break_the_disk(&self) {
        let mut state = self.lock();
        let broken = Arc::new(Segment::always_full(state.current.sequence));
        let before = std::mem::replace(&mut state.current, broken);
        before.sealed.store(true, Ordering::Release);
        state.sealed.push_back(before);
    }
}

// What may have reached the disk was acknowledged to nobody, so it must not be found at the next start.
fn spoil(chunks: &[Chunk], failure: Failure) -> Failure {
    for chunk in chunks {
        chunk.segment.failed.store(true, Ordering::Release);
        if let Err(error) = chunk
            .segment
            .write(&NOTHING, chunk.at)
            .and_then(|()| chunk.segment.sync())
        {
            tracing::error!(error = %error, "records that were refused may be found in the journal at the next start");
        }
    }
    failure
}

// Names only grow, so that no file is made twice.
fn next_file(folder: &Path) -> io::Result<u64> {
    let mut next = 1;
    for entry in std::fs::read_dir(folder)? {
        if let Some(number) = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u64>().ok())
        {
            next = next.max(number + 1);
        }
    }
    Ok(next)
}

#[expect(dead_code, reason = "bounds that are compared at compile time")]
const A_FRAME_FITS: () = assert!(HEADER_BYTES + 2 * FRAME_BYTES_MAX as u64 <= SEGMENT_BYTES);
