//! Client secrets of principals: shown once, kept as a keyed digest.

use crate::keyring::{Keyring, same};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cupola_core::{Entropy, Secret, chance};

/// A new client secret: 44 characters, over 250 bits. The prefix lets a scanner recognise a leaked one.
pub fn new_secret(entropy: &dyn Entropy) -> Secret {
    let (first, second) = (chance::api_key(entropy), chance::api_key(entropy));
    Secret::new(format!("cup~{}{}", first.expose(), &second.expose()[..8]))
}

/// What the store keeps of a secret. A fast digest is enough: the secret is random, so there is nothing to guess.
pub fn digest_secret(keyring: &Keyring, secret: &Secret) -> String {
    STANDARD_NO_PAD.encode(keyring.digest(secret.expose().as_bytes()))
}

/// Is `presented` the secret that this digest was made from?
pub fn fits_digest(keyring: &Keyring, presented: &Secret, digest: &str) -> bool {
    same(digest_secret(keyring, presented).as_bytes(), digest.as_bytes())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// Bytes that count; the testkit's cannot be used below the store.
    #[derive(Default)]
    pub(crate) struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_secret_is_long_and_found_by_its_digest_alone() {
        let keyring = Keyring::new([1; 32]);
        let secret = new_secret(&Counting::default());
        assert_eq!(secret.expose().len(), 44);
        let digest = digest_secret(&keyring, &secret);
        assert!(fits_digest(&keyring, &secret, &digest));
        assert!(!fits_digest(&keyring, &Secret::new("other"), &digest));
        assert!(!fits_digest(&Keyring::new([2; 32]), &secret, &digest));
    }
}
