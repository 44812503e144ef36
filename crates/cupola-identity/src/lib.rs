//! Keys and tokens: what is kept secret, who calls, and how that is proved.
//!
//! Nothing here reads a clock, a file or the store: keys, time and chance are arguments, so that one suite tests all of it.

mod issuer;
mod keyring;
mod principal_secret;

pub use issuer::{Claims, Issuer, IssuerError, PublicKey, SigningKey, TOKEN_LIFETIME_S, TokenProblem};
pub use keyring::{Keyring, KeyringError, same};
pub use principal_secret::{digest_secret, fits_digest, new_secret};
