//! What is kept secret in the store: sealed so that it can be read again, or digested so that it can only be compared.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cupola_core::{Entropy, Secret};
use std::sync::Arc;

// The first byte of what is sealed, so that another cipher can follow without guessing.
const VERSION: u8 = 1;

/// Seals and digests under keys that are derived from one root key. Cloning it shares it.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<Keys>,
}

struct Keys {
    sealing: LessSafeKey,
    digesting: hmac::Key,
}

/// Why a sealed text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// It is not something that `seal` made.
    #[error("the sealed text is not one of ours")]
    Malformed,
    /// It was sealed under another root key, or changed since.
    #[error(
        "the sealed text was made with another key or was changed; is this the key file of this data directory?"
    )]
    WrongKey,
}

impl Keyring {
    /// A keyring under this root key. The keys in use are derived (HKDF-SHA256), one for each purpose.
    pub fn new(root: [u8; 32]) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"cupola keyring v1").extract(&root);
        let sealing: [u8; 32] = derive(&root, b"seal");
        let digesting: [u8; 32] = derive(&root, b"digest");
        let sealing = UnboundKey::new(&AES_256_GCM, &sealing);
        let sealing = LessSafeKey::new(sealing.expect("AES-256 takes a key of 32 bytes"));
        Self {
            keys: Arc::new(Keys {
                sealing,
                digesting: hmac::Key::new(hmac::HMAC_SHA256, &digesting),
            }),
        }
    }

    /// Encrypts (AES-256-GCM, a fresh random nonce) to text that `open` reads again.
    pub fn seal(&self, plain: &Secret, entropy: &dyn Entropy) -> String {
        let mut nonce = [0u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.expose().len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        // The text is encrypted where it will stay, so that no second copy of it is left in memory.
        sealed.extend_from_slice(plain.expose().as_bytes());
        let tag = self
            .keys
            .sealing
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from([VERSION]),
                &mut sealed[1 + NONCE_LEN..],
            )
            .expect("AES-GCM seals up to 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        STANDARD_NO_PAD.encode(sealed)
    }

    /// Decrypts what `seal` made.
    pub fn open(&self, sealed: &str) -> Result<Secret, KeyringError> {
        let mut bytes = STANDARD_NO_PAD
            .decode(sealed)
            .map_err(|_| KeyringError::Malformed)?;
        if bytes.len() < 1 + NONCE_LEN + AES_256_GCM.tag_len() || bytes[0] != VERSION {
            return Err(KeyringError::Malformed);
        }
        let nonce =
            Nonce::try_assume_unique_for_key(&bytes[1..=NONCE_LEN]).map_err(|_| KeyringError::Malformed)?;
        let plain = self
            .keys
            .sealing
            .open_in_place(nonce, Aad::from([VERSION]), &mut bytes[1 + NONCE_LEN..])
            .map_err(|_| KeyringError::WrongKey)?;
        let secret = std::str::from_utf8(plain)
            .map(Secret::new)
            .map_err(|_| KeyringError::Malformed);
        zeroize::Zeroize::zeroize(&mut bytes);
        secret
    }

    /// A keyed digest (HMAC-SHA256): it finds and compares a secret without keeping it.
    pub fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        let mut digest = [0u8; 32];
        digest.copy_from_slice(hmac::sign(&self.keys.digesting, bytes).as_ref());
        digest
    }
}

/// Are these the same bytes? Takes the same time wherever they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

fn derive(root: &hkdf::Prk, purpose: &[u8]) -> [u8; 32] {
    let mut key = [0u8; 32];
    root.expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("HKDF-SHA256 gives up to 8160 bytes");
    key
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal_secret::tests::Counting;
    use proptest::prelude::*;

    fn keyring() -> Keyring {
        Keyring::new([7; 32])
    }

    #[test]
    fn what_is_sealed_can_be_read_again_under_the_same_root_only() {
        let sealed = keyring().seal(&Secret::new("hunter2"), &Counting::default());
        assert!(!sealed.contains("hunter2"));
        assert_eq!(
            keyring().open(&sealed).map(|s| s.expose().to_owned()),
            Ok("hunter2".to_owned())
        );
        assert_eq!(Keyring::new([8; 32]).open(&sealed), Err(KeyringError::WrongKey));
        assert_eq!(keyring().open("?"), Err(KeyringError::Malformed));
        assert_eq!(keyring().open(""), Err(KeyringError::Malformed));
    }

    #[test]
    fn the_same_text_is_never_sealed_the_same_way() {
        let entropy = Counting::default();
        let secret = Secret::new("hunter2");
        assert_ne!(
            keyring().seal(&secret, &entropy),
            keyring().seal(&secret, &entropy)
        );
    }

    #[test]
    fn digests_differ_by_root_and_compare_in_constant_time() {
        assert!(same(&keyring().digest(b"a"), &keyring().digest(b"a")));
        assert!(!same(&keyring().digest(b"a"), &keyring().digest(b"b")));
        assert!(!same(
            &keyring().digest(b"a"),
            &Keyring::new([8; 32]).digest(b"a")
        ));
        assert!(!same(b"a", b"ab"));
    }

    #[test]
    fn a_keyring_cannot_be_printed() {
        assert_eq!(format!("{:?}", keyring()), "Keyring(***)");
    }

    proptest! {
        #[test]
        fn every_text_survives_and_every_changed_byte_is_noticed(text in ".{0,80}", at in 0usize..1000, bit in 0u8..8) {
            let sealed = keyring().seal(&Secret::new(text.clone()), &Counting::default());
            prop_assert_eq!(keyring().open(&sealed), Ok(Secret::new(text)));
            let mut bytes = STANDARD_NO_PAD.decode(&sealed).expect("base64");
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(keyring().open(&STANDARD_NO_PAD.encode(bytes)).is_err());
        }
    }
}
