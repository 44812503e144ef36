//! Chance is an argument. The binary makes the one source; tests count.

/// Where unpredictable bytes come from.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A random (version 4) UUID as 36 lower-case characters.
pub fn uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .hyphenated()
        .to_string()
}

/// `N` random bytes as lower-case hexadecimal.
pub fn hex<const N: usize>(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; N];
    entropy.fill(&mut bytes);
    let mut text = String::with_capacity(N * 2);
    for byte in bytes {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}

/// A data-plane key: 32 letters and digits, 190 bits.
pub fn api_key(entropy: &dyn Entropy) -> crate::Secret {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut key = String::with_capacity(32);
    let mut bytes = [0u8; 32];
    while key.len() < 32 {
        entropy.fill(&mut bytes);
        // Bytes from 248 up are thrown away: 248 is 4 * 62, so every letter stays equally likely.
        key.extend(
            bytes
                .iter()
                .filter(|byte| **byte < 248)
                .map(|byte| ALPHABET[usize::from(byte % 62)] as char),
        );
    }
    key.truncate(32);
    crate::Secret::new(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn identifiers_have_their_published_shape() {
        let entropy = Counting(AtomicU8::new(0));
        assert_eq!(uuid(&entropy).len(), 36);
        assert_eq!(uuid(&entropy).as_bytes()[14], b'4');
        assert_eq!(hex::<16>(&entropy).len(), 32);
        let key = api_key(&entropy);
        assert_eq!(key.expose().len(), 32);
        assert!(key.expose().chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
