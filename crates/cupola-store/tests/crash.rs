//! A process that is killed while it records: what it acknowledged is in the ledger, once, and nothing else is but what
//! was on its way.

use cupola_core::Timestamp;
use cupola_core::usage::{Meter, Usage};
use cupola_store::{LedgerSync, Period, PriceList, Store, UsageRecord};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

mod rollup_check;

const KILLS: u64 = 50;
const AT_ONCE: u64 = 16;

fn record(id: &str, prices: &Arc<PriceList>) -> UsageRecord {
    UsageRecord {
        id: id.to_owned(),
        at: Timestamp::from_second(1_800_000_000).expect("an instant"),
        subscription: "s".into(),
        endpoint: "e".into(),
        model: "m".into(),
        deployment: None,
        operation: "chat",
        credential: "primary".into(),
        usage: Usage::from_totals(3, 1, 2, 0),
        outcome: "complete",
        status: 200,
        took_us: None,
        first_token_us: None,
        prices: Arc::clone(prices),
    }
}

fn open(folder: &Path, mode: &str) -> (tokio::runtime::Runtime, Store) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let sync: LedgerSync = mode.parse().expect("a mode");
    let store = runtime
        .block_on(Store::open_with(&folder.join("cupola.db"), sync))
        .expect("a store");
    (runtime, store)
}

// Started by the tests below; what it is to do comes through its input.
#[test]
#[ignore = "it records until it is killed"]
fn one_that_records() {
    let mut orders = String::new();
    std::io::stdin().read_to_string(&mut orders).expect("orders");
    let [folder, mode, run] = orders.split('\n').collect::<Vec<_>>()[..] else {
        panic!("three lines")
    };
    let (runtime, store) = open(Path::new(folder), mode);
    runtime.block_on(async {
        let prices = Arc::new(PriceList::of("USD", &[(Meter::PromptTokens, 7)]));
        let tasks = (0..AT_ONCE).map(|task| {
            let (ledger, prices, run) = (store.ledger().clone(), Arc::clone(&prices), run.to_owned());
            tokio::spawn(async move {
                for number in 0..u64::MAX {
                    let id = format!("{run}-{task}-{number}");
                    ledger.record(record(&id, &prices)).await.expect("recorded");
                    // One write, so that a kill leaves no half of a line but the last.
                    let line = format!("acknowledged {id}\n");
                    std::io::stdout().write_all(line.as_bytes()).expect("told");
                    tokio::task::yield_now().await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("ran");
        }
    });
}

/// The ids that a process acknowledged before it was killed.
fn record_and_die(folder: &Path, mode: &str, run: u64, life: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "one_that_records", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let orders = format!("{}\n{mode}\n{run}", folder.display());
    let mut input = child.stdin.take().expect("an input");
    input.write_all(orders.as_bytes()).expect("told");
    drop(input);
    let mut lines = BufReader::new(child.stdout.take().expect("an output")).split(b'\n');
    let acknowledged = |line: std::io::Result<Vec<u8>>| {
        let line = String::from_utf8(line.expect("read")).expect("text");
        line.strip_prefix("acknowledged ").map(str::to_owned)
    };
    let first = lines.by_ref().find_map(acknowledged).expect("it records");
    let killer = std::thread::spawn(move || {
        std::thread::sleep(life);
        child.kill().expect("killed");
        child.wait().expect("gone")
    });
    let mut all: Vec<String> = lines.filter_map(acknowledged).collect();
    killer.join().expect("ran");
    all.push(first);
    all
}

fn check(mode: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged = BTreeSet::new();
    let mut on_its_way = 0;
    for run in 0..KILLS {
        // Between 0 and 40 ms, in no order; the machine's own unrest does the rest.
        let life = Duration::from_micros(run * 7919 % 40 * 1000 + run * 131);
        for id in record_and_die(folder.path(), mode, run, life) {
            assert!(acknowledged.insert(id), "acknowledged twice");
        }
        // Most starts are those of the next process that dies; some are looked into.
        if run % 5 != 4 && run + 1 < KILLS {
            continue;
        }
        on_its_way = (run + 1) * AT_ONCE;
        let (runtime, store) = open(folder.path(), mode);
        runtime.block_on(async {
            let mut reader = store.reader().await.expect("a reader");
            let lines = reader.bill("s", Period::default()).await.expect("a bill");
            let of = |meter| {
                let line = lines.iter().find(|line| line.meter == meter);
                line.map_or(0, |line| line.quantity)
            };
            let requests = of(Meter::Requests);
            let least = acknowledged.len() as u64;
            assert!(
                (least..=least + on_its_way).contains(&requests),
                "{requests} in the ledger, {least} acknowledged"
            );
            assert_eq!(of(Meter::PromptTokens), 2 * requests);
            assert_eq!(of(Meter::CompletionTokens), 2 * requests);
            drop(reader);
            store.close().await;
        });
    }
    rollup_check::agrees_with_the_ledger(&folder.path().join("cupola.db"));
    let ids = runtime_ids(folder.path());
    let distinct: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(ids.len(), distinct.len(), "a record is there twice");
    let lost: Vec<&String> = acknowledged
        .iter()
        .filter(|id| !distinct.contains(id.as_str()))
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
    assert!(acknowledged.len() as u64 > KILLS, "too few to tell");
    assert!(ids.len() as u64 <= acknowledged.len() as u64 + on_its_way);
}

fn runtime_ids(folder: &Path) -> Vec<String> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("cupola.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("opened");
        sqlx::query_scalar("SELECT id FROM usage")
            .fetch_all(&pool)
            .await
            .expect("ids")
    })
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    check("answer");
}

#[test]
fn what_was_acknowledged_survives_a_kill_between_two_syncs() {
    check("interval");
}
