//! The first letters of words, found in one step.

use super::trie::DEAD;

/// A node, and the number of the word that ends there; 0 when none does.
type Found = (u16, u16);
const NOTHING: Found = (DEAD, 0);

const SLOTS_MIN: usize = 64;

/// A table of nodes by up to eight letters, in the order of their bytes and with zeros behind. It is at most a quarter full,
/// so that most heads are found, or known not to be there, at the first slot.
#[derive(Debug)]
pub(super) struct Heads {
    slots: Vec<(u64, Found)>,
    filled: usize,
}

impl Default for Heads {
    fn default() -> Self {
        Self {
            slots: vec![(0, NOTHING); SLOTS_MIN],
            filled: 0,
        }
    }
}

impl Heads {
    #[inline]
    pub(super) fn get(&self, head: u64) -> Found {
        let mask = self.slots.len() - 1;
        let mut at = place(head) & mask;
        loop {
            let (known, found) = self.slots[at & mask];
            // A slot that is free has nothing.
            if known == head || known == 0 {
                return found;
            }
            at += 1;
        }
    }

    pub(super) fn put(&mut self, head: u64, found: Found) {
        if 4 * (self.filled + 1) > self.slots.len() {
            let more = 2 * self.slots.len();
            let old = std::mem::replace(&mut self.slots, vec![(0, NOTHING); more]);
            old.into_iter()
                .filter(|(head, _)| *head != 0)
                .for_each(|(head, found)| self.fill(head, found));
        }
        if self.get(head) == NOTHING {
            self.filled += 1;
        }
        self.fill(head, found);
    }

    fn fill(&mut self, head: u64, found: Found) {
        let mask = self.slots.len() - 1;
        let mut at = place(head) & mask;
        while self.slots[at].0 != 0 && self.slots[at].0 != head {
            at = (at + 1) & mask;
        }
        self.slots[at] = (head, found);
    }
}

#[inline]
fn place(head: u64) -> usize {
    // Fibonacci hashing: the upper bits depend on all of the letters.
    (head.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize
}
