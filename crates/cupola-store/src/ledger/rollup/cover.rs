//! Which rollups answer for a period. Days answer for whole days, hours for what is left of them, and the ledger itself for
//! the parts of hours at both ends, so that a sum is exact at every instant.

use super::begin;

/// A part of a period, and what answers for it: rollups of this width, or the ledger, where it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) width_ms: i64,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
}

/// The parts that answer for a period, each as wide as it can be.
pub(super) fn cover(from_ms: i64, to_ms: i64, widths_ms: &[i64]) -> Vec<Piece> {
    if from_ms >= to_ms {
        return Vec::new();
    }
    let whole = |width_ms| Piece {
        width_ms,
        from_ms,
        to_ms,
    };
    let Some((&width_ms, finer)) = widths_ms.split_first() else {
        return vec![whole(0)];
    };
    let first = begin(from_ms + width_ms - 1, width_ms);
    let last = begin(to_ms, width_ms);
    if first >= last {
        return cover(from_ms, to_ms, finer);
    }
    let mut pieces = cover(from_ms, first, finer);
    pieces.push(Piece {
        width_ms,
        from_ms: first,
        to_ms: last,
    });
    pieces.extend(cover(last, to_ms, finer));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::time::{DAY_MS, HOUR_MS};
    use proptest::prelude::*;

    #[test]
    fn wide_pieces_answer_for_the_middle() {
        let check = |from, to, expected: &[(i64, i64, i64)]| {
            let pieces: Vec<_> = cover(from, to, &[DAY_MS, HOUR_MS])
                .iter()
                .map(|piece| (piece.width_ms, piece.from_ms, piece.to_ms))
                .collect();
            assert_eq!(pieces, expected, "{from} {to}");
        };
        check(0, 0, &[]);
        check(0, DAY_MS, &[(DAY_MS, 0, DAY_MS)]);
        check(5, 9, &[(0, 5, 9)]);
        check(
            0,
            HOUR_MS + 1,
            &[(HOUR_MS, 0, HOUR_MS), (0, HOUR_MS, HOUR_MS + 1)],
        );
        check(
            HOUR_MS,
            DAY_MS * 3 + HOUR_MS,
            &[
                (HOUR_MS, HOUR_MS, DAY_MS),
                (DAY_MS, DAY_MS, 3 * DAY_MS),
                (HOUR_MS, 3 * DAY_MS, 3 * DAY_MS + HOUR_MS),
            ],
        );
    }

    proptest! {
        #[test]
        fn pieces_are_whole_and_touch(from in 0i64..5 * DAY_MS, length in 1i64..5 * DAY_MS) {
            let to = from + length;
            let pieces = cover(from, to, &[DAY_MS, HOUR_MS]);
            let mut at = from;
            for piece in pieces {
                prop_assert_eq!(piece.from_ms, at);
                prop_assert!(piece.to_ms > at);
                if piece.width_ms > 0 {
                    prop_assert_eq!(piece.from_ms % piece.width_ms, 0);
                    prop_assert_eq!(piece.to_ms % piece.width_ms, 0);
                } else {
                    prop_assert!(piece.to_ms - at < 2 * HOUR_MS);
                }
                at = piece.to_ms;
            }
            prop_assert_eq!(at, to);
        }
    }
}
