//! Many rows in one: SQL hands over the rows of a context as one list of numbers for each column. A row by itself costs
//! several times what its numbers do, because each of its values is copied and sent from the thread that reads the file.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::str::Split;

/// What to select below, and what of it above, grouped by context. All lists of a group are in one order, that of its rows.
pub(super) fn packing(columns: &[&str]) -> (String, String) {
    let joined = |of: &dyn Fn((usize, &&str)) -> String| {
        let all: Vec<String> = columns.iter().enumerate().map(of).collect();
        all.join(", ")
    };
    (
        joined(&|(at, column)| format!("{column} AS n{at}")),
        joined(&|(at, _)| format!("group_concat(n{at})")),
    )
}

/// The rows of a context.
pub(super) struct Packed<'r> {
    times: Split<'r, char>,
    lists: Vec<Split<'r, char>>,
    counts: Vec<u64>,
}

impl<'r> Packed<'r> {
    /// Reads as many lists as columns were packed, behind the number of the context.
    pub(super) fn read(row: &'r SqliteRow, columns: usize) -> Self {
        let list = |at| row.get::<&str, _>(at).split(',');
        Self {
            times: list(1),
            lists: (2..=columns).map(list).collect(),
            counts: Vec::with_capacity(columns),
        }
    }

    /// The next row: its time, and what it counts.
    pub(super) fn next(&mut self) -> Option<(i64, &[u64])> {
        let at_ms = self.times.next()?.parse().ok()?;
        self.counts.clear();
        for list in &mut self.lists {
            let count = list.next().and_then(|text| text.parse().ok());
            self.counts.push(count.unwrap_or(0));
        }
        Some((at_ms, &self.counts))
    }
}
