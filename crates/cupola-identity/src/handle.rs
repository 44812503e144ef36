//! Handles: random texts that stand for something in the store, which keeps their digest; and PKCE, where the client does
//! the same.

use crate::keyring::{Keyring, same};
use crate::principal_secret::digest_secret;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::{Entropy, Secret};

/// A new handle of 256 bits, fit for a form, a header and an address.
pub fn new_handle(entropy: &dyn Entropy) -> Secret {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The digest under which the store keeps a handle. `purpose` keeps a code from passing as a cookie.
pub fn digest_handle(keyring: &Keyring, purpose: &str, handle: &Secret) -> String {
    digest_secret(keyring, &Secret::new(format!("{purpose}:{}", handle.expose())))
}

/// What a person types from one screen into another: eight letters in two groups, no vowels, nothing that looks alike.
pub fn new_user_code(entropy: &dyn Entropy) -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut code = String::with_capacity(9);
    let mut bytes = [0u8; 16];
    while code.len() < 9 {
        entropy.fill(&mut bytes);
        // 240 is 12 * 20: bytes from there up are thrown away, so that every letter stays equally likely.
        for byte in bytes.iter().filter(|byte| **byte < 240) {
            if code.len() == 4 {
                code.push('-');
            }
            if code.len() < 9 {
                code.push(LETTERS[usize::from(byte % 20)] as char);
            }
        }
    }
    code
}

/// A user code as people type it: any case, with or without the hyphen. `None` where it cannot be one.
pub fn read_user_code(text: &str) -> Option<String> {
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (letters.len() == 8 && text.len() <= 32).then(|| format!("{}-{}", &letters[..4], &letters[4..]))
}

/// The S256 challenge of a verifier.
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// Does this verifier fit the S256 challenge (RFC 7636)?
pub fn fits_challenge(verifier: &str, challenge: &str) -> bool {
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    well_formed && same(challenge_of(verifier).as_bytes(), challenge.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal_secret::tests::Counting;

    #[test]
    fn handles_are_long_and_of_one_purpose() {
        let handle = new_handle(&Counting::default());
        assert_eq!(handle.expose().len(), 43);
        let keyring = Keyring::new([1; 32]);
        assert_ne!(
            digest_handle(&keyring, "code", &handle),
            digest_handle(&keyring, "session", &handle)
        );
    }

    #[test]
    fn user_codes_are_read_as_people_type_them() {
        let code = new_user_code(&Counting::default());
        assert_eq!((code.len(), code.as_bytes()[4]), (9, b'-'));
        let typed = code.replace('-', " ").to_lowercase();
        assert_eq!(read_user_code(&typed), Some(code));
        for wrong in ["", "ABC", "ABCDEFGHI", "ÄBCD-EFGH"] {
            assert_eq!(read_user_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(fits_challenge(
            verifier,
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        ));
        assert!(!fits_challenge(
            verifier,
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN"
        ));
        assert!(!fits_challenge("short", &challenge_of("short")));
    }
}
