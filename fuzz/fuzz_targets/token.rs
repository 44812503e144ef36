//! Bearer tokens from strangers: any text is refused without a panic, and nothing but a token of ours is accepted.
#![no_main]

use cupola_core::{Entropy, Timestamp};
use cupola_identity::{Issuer, SigningKey};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let key = SigningKey::generate(&Zeros).expect("a key");
    Issuer::new("https://login.test/", "t", vec![key]).expect("an issuer")
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let now = Timestamp::from_second(1_800_000_000).expect("a time");
    // The key is new in every run, so no corpus can hold a token that it signed.
    assert!(ISSUER.verify(text, now, &["https://arm.test"]).is_err());
});
