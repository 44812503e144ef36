//! Ids of requests: 32 hexadecimal digits, as the clients of serverless endpoints expect them.

use cupola_core::time::millis;
use cupola_core::{Entropy, Timestamp};

/// A version 7 UUID without hyphens. It begins with the time, so that the ledger, whose key it is, grows at one end: with
/// random keys every record dirtied a page of its own, and writing those was most of what a request cost.
pub(crate) fn new(now: Timestamp, entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&millis(now).to_be_bytes()[2..]);
    entropy.fill(&mut bytes[6..]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let mut text = String::with_capacity(32);
    for byte in bytes {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;
    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn ids_are_version_7_and_in_the_order_of_time() {
        let at = |ms| new(Timestamp::from_millisecond(ms).expect("an instant"), &Ones);
        assert_eq!(at(0x0123_4567_89ab), "0123456789ab7fffbfffffffffffffff");
        assert!(at(1) < at(2));
    }
}
