//! What happens at the edges: full segments, torn ends, a disk that refuses.

use super::fold::Folder;
use super::group::Failure;
use super::journal::{Journal, LedgerSync};
use super::record::UsageRecord;
use super::segment::{self, SEGMENT_BYTES};
use super::{Period, PriceList};
use crate::{Store, StoreError};
use cupola_core::Timestamp;
use cupola_core::usage::{Meter, Usage};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

fn record(id: &str) -> UsageRecord {
    UsageRecord {
        id: id.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        subscription: "s".into(),
        endpoint: "e".into(),
        model: "m".into(),
        deployment: None,
        operation: "chat",
        credential: "primary".into(),
        usage: Usage::from_totals(1, 0, 0, 0),
        outcome: "complete",
        status: 200,
        took_us: None,
        first_token_us: None,
        prices: Arc::new(PriceList::of("USD", &[(Meter::Requests, 1)])),
    }
}

// Some seventy fill a segment.
fn large(number: usize) -> UsageRecord {
    record(&format!("{number:030000}"))
}

async fn requests(store: &Store) -> u64 {
    let mut reader = store.reader().await.expect("a reader");
    let lines = reader.bill("s", Period::default()).await.expect("a bill");
    let requests = lines.iter().find(|line| line.meter == Meter::Requests);
    requests.map_or(0, |line| line.quantity)
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("cupola.usage.journal"))
        .expect("a folder")
        .count()
}

async fn fill(mode: LedgerSync) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cupola.db");
    let store = Store::open_with(&file, mode).await.expect("a store");
    for number in 0..120 {
        store.ledger().record_later(large(number)).expect("taken");
    }
    store.ledger().drain().await;
    let segments = store.ledger().inner.journal.segments();
    assert!(
        segments.last().is_some_and(|last| last.sequence > 1),
        "it has rolled"
    );
    drop(segments);
    assert_eq!(requests(&store).await, 120);
    // The sync of what was just sealed may still be under way.
    for _ in 0..100 {
        requests(&store).await;
        if files(folder.path()) <= 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(files(folder.path()) <= 3, "{} files", files(folder.path()));
    for number in 120..240 {
        store.ledger().record_later(large(number)).expect("taken");
    }
    store.ledger().drain().await;
    // As after a crash: nothing is folded, nothing closed.
    drop(store);
    let store = Store::open_with(&file, mode).await.expect("a store");
    assert_eq!(requests(&store).await, 240);
    store.close().await;
}

#[tokio::test]
async fn full_segments_are_folded_and_used_again() {
    fill(LedgerSync::Answer).await;
    fill(LedgerSync::Interval).await;
}

/// How many of three records are found when the byte at `offset` of the third one's last bytes is another.
async fn found_after_damage(offset: Option<u64>) -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    let journal_folder = folder.path().join("cupola.usage.journal");
    std::fs::create_dir(&journal_folder).expect("made");
    let journal = Journal::start(&journal_folder, LedgerSync::Answer, 0, Vec::new()).expect("begun");
    let mut end = 0;
    for id in ["1", "2", "3"] {
        journal.append(&record(id)).expect("taken").await.expect("synced");
        end = journal.segments().last().expect("one").acknowledged();
    }
    journal.stop();
    if let Some(offset) = offset {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(journal_folder.join("00000001"))
            .expect("opened");
        file.write_all_at(&[0xff], end - offset).expect("written");
    }
    let store = Store::open(&folder.path().join("cupola.db"))
        .await
        .expect("a store");
    let requests = requests(&store).await;
    store.close().await;
    requests
}

#[tokio::test]
async fn a_torn_end_is_cut_at_the_first_bad_checksum() {
    assert_eq!(found_after_damage(None).await, 3);
    assert_eq!(found_after_damage(Some(1)).await, 2, "its last byte");
    assert_eq!(found_after_damage(Some(12)).await, 2, "in its middle");
}

#[tokio::test]
async fn what_a_disk_refused_is_nowhere_and_the_next_segment_goes_on() {
    for mode in [LedgerSync::Answer, LedgerSync::Interval] {
        let folder = tempfile::tempdir().expect("a folder");
        let journal_folder = folder.path().join("journal");
        std::fs::create_dir(&journal_folder).expect("made");
        let journal = Journal::start(&journal_folder, mode, 0, Vec::new()).expect("begun");
        journal
            .append(&record("1"))
            .expect("taken")
            .await
            .expect("synced");
        journal.break_the_disk();
        let refused = match journal.append(&record("2")) {
            Ok(recorded) => recorded.await,
            Err(failure) => Err(failure),
        };
        assert!(matches!(refused, Err(Failure::Full)), "{refused:?}");
        journal
            .append(&record("3"))
            .expect("taken")
            .await
            .expect("synced");
        journal.flush().await.expect("on disk");
        journal.stop();

        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let mut folder_of_records = Folder::new(store.writer(), Arc::default());
        let found = segment::find(&journal_folder).expect("read").expect("known");
        for segment in found.segments {
            let end = segment.acknowledged();
            folder_of_records.fold(&segment, end).await.expect("folded");
        }
        assert_eq!(requests(&store).await, 2, "{mode:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_and_harms_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("cupola.db"))
        .await
        .expect("a store");
    let long: Arc<str> = "e".repeat(SEGMENT_BYTES as usize).into();
    let huge = UsageRecord {
        endpoint: long,
        ..record("1")
    };
    let refused = store.ledger().record(huge).await;
    assert!(matches!(refused, Err(StoreError::Other(_))), "{refused:?}");
    store.ledger().record(record("2")).await.expect("recorded");
    assert_eq!(requests(&store).await, 1);
    store.close().await;
}

#[tokio::test]
async fn folding_ends_where_the_journal_ended_when_it_began() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("cupola.db"))
        .await
        .expect("a store");
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    let journal = Journal::start(&other, LedgerSync::Interval, 0, Vec::new()).expect("a journal");
    let append = |number: usize| {
        drop(journal.append(&record(&number.to_string())).expect("taken"));
    };
    (0..3).for_each(append);
    let segment = journal.segments().pop().expect("one");
    let end = segment.acknowledged();
    (3..5).for_each(append);
    let mut folder_of_records = Folder::new(store.writer(), Arc::default());
    folder_of_records.fold(&segment, end).await.expect("folded");
    assert_eq!((segment.folded(), requests(&store).await), (end, 3));
    let end = segment.acknowledged();
    folder_of_records.fold(&segment, end).await.expect("folded");
    assert_eq!(requests(&store).await, 5);
    store.close().await;
}
