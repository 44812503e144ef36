//! Passwords of people: argon2id, with the parameters beside each digest so that they can grow without a new table.

use crate::keyring::same;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cupola_core::{Entropy, Secret};
use zeroize::Zeroizing;

// About 50 ms on a core of today, and 19 MiB while it lasts: whoever guesses pays that for each guess.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 3;
const DIGEST_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

// A digest comes from our store, but a damaged one must not take the machine's memory.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 16;

const LENGTH_MIN: usize = 12;
const LENGTH_MAX: usize = 256;

/// Why a password is not one that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Under twelve characters.
    #[error(
        "The password is too short: use at least {LENGTH_MIN} characters. A sentence is easy to remember"
    )]
    TooShort,
    /// Over 256 bytes.
    #[error("The password is too long: use at most {LENGTH_MAX} bytes")]
    TooLong,
    /// The same few characters again and again.
    #[error("The password repeats too few characters: use at least five different ones")]
    Monotonous,
    /// It has the user name in it.
    #[error("The password may not contain the user name: choose one that nobody can derive")]
    HasUserName,
}

/// May `user_name` choose this password?
pub fn check_password(password: &Secret, user_name: &str) -> Result<(), WeakPassword> {
    let text = password.expose();
    if text.chars().count() < LENGTH_MIN {
        return Err(WeakPassword::TooShort);
    }
    if text.len() > LENGTH_MAX {
        return Err(WeakPassword::TooLong);
    }
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return Err(WeakPassword::Monotonous);
    }
    let own = user_name
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if own.len() >= 4 && text.to_ascii_lowercase().contains(&own) {
        return Err(WeakPassword::HasUserName);
    }
    Ok(())
}

/// The digest that the store keeps. Takes tens of milliseconds: not for a thread that serves others.
pub fn digest_password(password: &Secret, entropy: &dyn Entropy) -> String {
    let mut salt = [0u8; SALT_BYTES];
    entropy.fill(&mut salt);
    let digest = derive(password.expose().as_bytes(), &salt, MEMORY_KIB, PASSES)
        .expect("these parameters and a password within the bound of a form are ones that argon2 takes");
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(*digest)
    )
}

/// Is it the password of this digest? `None` stands for a user who is not there or has no password: it takes as long,
/// and the answer is no.
pub fn fits_password(password: &Secret, digest: Option<&str>) -> bool {
    let kept = digest.and_then(Kept::read);
    let (salt, memory, passes) = match &kept {
        Some(kept) => (kept.salt.as_slice(), kept.memory, kept.passes),
        None => ([0u8; SALT_BYTES].as_slice(), MEMORY_KIB, PASSES),
    };
    // A password over the bound was never chosen; its first bytes cost what any other costs.
    let text = password.expose().as_bytes();
    let bounded = &text[..text.len().min(LENGTH_MAX)];
    match (derive(bounded, salt, memory, passes), &kept) {
        (Some(digest), Some(kept)) => text.len() <= LENGTH_MAX && same(&*digest, &kept.digest),
        _ => false,
    }
}

struct Kept {
    memory: u32,
    passes: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Kept {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let mut numbers = parts.next()?.split(',');
        let mut number = |name: &str| -> Option<u32> { numbers.next()?.strip_prefix(name)?.parse().ok() };
        let (memory, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        let mut bytes = || STANDARD_NO_PAD.decode(parts.next()?).ok();
        let (salt, digest) = (bytes()?, bytes()?);
        let bounded = memory <= MEMORY_KIB_MAX && passes <= PASSES_MAX && lanes == 1;
        (bounded && digest.len() == DIGEST_BYTES).then_some(Self {
            memory,
            passes,
            salt,
            digest,
        })
    }
}

fn derive(password: &[u8], salt: &[u8], memory: u32, passes: u32) -> Option<Zeroizing<[u8; DIGEST_BYTES]>> {
    let parameters = Params::new(memory, passes, 1, Some(DIGEST_BYTES)).ok()?;
    let mut digest = Zeroizing::new([0u8; DIGEST_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(password, salt, &mut *digest)
        .ok()?;
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal_secret::tests::Counting;

    #[test]
    fn a_password_fits_its_digest_alone() {
        let password = Secret::new("correct horse battery");
        let digest = digest_password(&password, &Counting::default());
        assert!(digest.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{digest}");
        assert!(fits_password(&password, Some(&digest)));
        assert!(!fits_password(&Secret::new("correct horse"), Some(&digest)));
        assert!(!fits_password(&password, None));
        for damaged in [
            "",
            "$argon2id$",
            &digest.replace("m=19456", "m=99999999"),
            &digest.replace("p=1", "p=64"),
            &digest[..60],
        ] {
            assert!(!fits_password(&password, Some(damaged)), "{damaged}");
        }
    }

    #[test]
    fn passwords_that_are_easy_to_guess_cannot_be_chosen() {
        let check = |text: &str, expected: Result<(), WeakPassword>| {
            assert_eq!(
                check_password(&Secret::new(text), "Ann.Lee@x.test"),
                expected,
                "{text}"
            );
        };
        check("purple tree on 7 hills", Ok(()));
        check("kurz", Err(WeakPassword::TooShort));
        check("aaaaaaaaaaaaaaaa", Err(WeakPassword::Monotonous));
        check("i am ann.LEE forever", Err(WeakPassword::HasUserName));
        check(&"abcdefg ".repeat(40), Err(WeakPassword::TooLong));
    }
}
