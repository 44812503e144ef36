//! The first letters of words, found in one step.

use super::trie::DEAD;

const SLOTS_MIN: usize = 64;

/// A table of nodes by up to eight letters, in the order of their bytes and with zeros behind. It is at most a quarter full,
/// so that most heads are found, or known not to be there, at the first slot.
#[derive(Debug, Default)]
pub(super) struct Heads {
    slots: Vec<(u64, u16)>,
    filled: usize,
}

impl Heads {
    #[inline]
    pub(super) fn get(&self, head: u64) -> u16 {
        if self.slots.is_empty() {
            return DEAD;
        }
        let mask = self.slots.len() - 1;
        let mut at = place(head) & mask;
        loop {
            let (known, node) = self.slots[at & mask];
            if known == head {
                return node;
            }
            if known == 0 {
                return DEAD;
            }
            at += 1;
        }
    }

    pub(super) fn put(&mut self, head: u64, node: u16) {
        if 4 * (self.filled + 1) > self.slots.len() {
            let more = (2 * self.slots.len()).max(SLOTS_MIN);
            let old = std::mem::replace(&mut self.slots, vec![(0, DEAD); more]);
            old.into_iter()
                .filter(|(head, _)| *head != 0)
                .for_each(|(head, node)| self.fill(head, node));
        }
        if self.get(head) == DEAD {
            self.filled += 1;
            self.fill(head, node);
        }
    }

    fn fill(&mut self, head: u64, node: u16) {
        let mask = self.slots.len() - 1;
        let mut at = place(head) & mask;
        while self.slots[at].0 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = (head, node);
    }
}

#[inline]
fn place(head: u64) -> usize {
    // Fibonacci hashing: the upper bits depend on all of the letters.
    (head.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize
}
