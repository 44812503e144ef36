//! Keys and tokens: what is kept secret, who calls, and how that is proved.
//!
//! Nothing here reads a clock, a file or the store: keys, time and chance are arguments, so that one suite tests all of it.

mod certificate;
mod foreign;
mod handle;
mod issuer;
mod judge;
mod keyring;
mod password;
mod principal_secret;

pub use certificate::{CertificateProblem, ClientCertificate, read_certificate, read_der};
pub use foreign::{ForeignToken, WebKey};
pub use handle::{challenge_of, digest_handle, fits_challenge, new_handle, new_user_code, read_user_code};
pub use issuer::{
    Bearer, Claims, IdToken, Issuer, IssuerError, PublicKey, SigningKey, TOKEN_LIFETIME_S, TokenProblem,
};
pub use judge::{Denial, Judge, Judging, Permit, Right, looks_like_token};
pub use keyring::{Keyring, KeyringError, same};
pub use password::{WeakPassword, check_password, digest_password, fits_password};
pub use principal_secret::{digest_secret, fits_digest, new_secret};
