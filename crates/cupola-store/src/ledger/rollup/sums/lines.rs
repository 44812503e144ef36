//! The rows of a context as one text: `AT,COUNT,COUNT;AT,COUNT,COUNT`.

use std::str::Split;

/// Reads them one by one.
pub(super) struct Lines<'t> {
    lines: Split<'t, char>,
    counts: Vec<u64>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: text.split(';'),
            counts: Vec::new(),
        }
    }

    /// The next row: its time, and what stands behind it.
    pub(super) fn next(&mut self) -> Option<(i64, &[u64])> {
        let line = self.lines.next().filter(|line| !line.is_empty())?;
        self.counts.clear();
        let texts = line.as_bytes().split(|byte| *byte == b',');
        self.counts.extend(texts.map(number));
        let (at_ms, counts) = self.counts.split_first()?;
        Some((i64::try_from(*at_ms).ok()?, counts))
    }
}

// The store wrote it and it has a store's width: nothing else than digits, and no more than fit.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number: u64, digit| {
        number
            .wrapping_mul(10)
            .wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(i64, Vec<u64>)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some((at_ms, counts)) = lines.next() {
            all.push((at_ms, counts.to_vec()));
        }
        all
    }

    #[test]
    fn no_text_is_no_row() {
        assert!(read("").is_empty());
        assert_eq!(read("7"), [(7, Vec::new())]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec((0..=i64::MAX, prop::collection::vec(0..=i64::MAX as u64, 0..12)), 0..9)) {
            let text: Vec<String> = rows
                .iter()
                .map(|(at_ms, counts)| {
                    let numbers: Vec<String> = std::iter::once(at_ms.to_string())
                        .chain(counts.iter().map(u64::to_string))
                        .collect();
                    numbers.join(",")
                })
                .collect();
            prop_assert_eq!(read(&text.join(";")), rows);
        }
    }
}
