//! Chance that repeats itself: SplitMix64.

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// For one request.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        Self(mixed(seed ^ 0x5eed_5eed_5eed_5eed).wrapping_add(mixed(number)))
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From zero to below one.
    pub(super) fn share(&mut self) -> f64 {
        // 53 bits are what a double holds exactly.
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean zero, deviation one; twelve uniform numbers less six, which is near enough and has no tail to bound.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// Each bit of the answer depends on each bit of the number.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A number that follows from bytes: FNV-1a.
pub(crate) fn hashed(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}
