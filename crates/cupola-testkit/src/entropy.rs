//! Chance that tests can foresee: a new value at every draw, the same ones in every run.

use cupola_core::Entropy;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes from a counter, mixed (SplitMix64) so that identifiers look like identifiers. Cloning it shares it.
#[derive(Debug, Clone, Default)]
pub struct CountingEntropy(Arc<AtomicU64>);

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self
                .0
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_add(1)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_draw_differs_and_every_run_is_the_same() {
        let draw = |entropy: &CountingEntropy| cupola_core::chance::uuid(entropy);
        let (one, other) = (CountingEntropy::default(), CountingEntropy::default());
        let first = draw(&one);
        assert_ne!(first, draw(&one));
        assert_eq!(first, draw(&other));
    }
}
