//! Certificates that applications register: the public key and the two thumbprints by which assertions name it. Nobody's
//! signature on it matters, because an administrator registered this very certificate.

use crate::foreign::WebKey;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cupola_core::Timestamp;
use x509_parser::public_key::PublicKey;

const BYTES_MAX: usize = 16 * 1024;

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// The SHA-1 thumbprint, base64url.
    pub sha1: String,
    /// The SHA-256 thumbprint, base64url.
    pub sha256: String,
    /// Since when.
    pub starts_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// The key that verifies assertions.
    pub key: WebKey,
}

/// Why a certificate cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// Neither PEM nor base64 of DER.
    #[error("it is not an X.509 certificate: send PEM, or the base64 text of DER")]
    Unreadable,
    /// Only RSA keys sign assertions here.
    #[error("its key is not an RSA key of 2048 bits or more")]
    WrongKey,
}

/// Reads a certificate: PEM, or base64 of DER, as Graph clients send it.
pub fn read_certificate(text: &str) -> Result<ClientCertificate, CertificateProblem> {
    use CertificateProblem::Unreadable;
    if text.len() > BYTES_MAX {
        return Err(Unreadable);
    }
    if let Some(begin) = text.find("-----BEGIN CERTIFICATE-----") {
        let (_, pem) = x509_parser::pem::parse_x509_pem(&text.as_bytes()[begin..]).map_err(|_| Unreadable)?;
        return read_der(&pem.contents);
    }
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let der = STANDARD.decode(bare).map_err(|_| Unreadable)?;
    // Some clients send the base64 text of PEM text.
    match std::str::from_utf8(&der) {
        Ok(inner) if inner.contains("-----BEGIN CERTIFICATE-----") => read_certificate(inner),
        _ => read_der(&der),
    }
}

/// Reads a certificate in DER.
pub fn read_der(der: &[u8]) -> Result<ClientCertificate, CertificateProblem> {
    use CertificateProblem::{Unreadable, WrongKey};
    let (_, certificate) = x509_parser::parse_x509_certificate(der).map_err(|_| Unreadable)?;
    let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else {
        return Err(WrongKey);
    };
    let significant = key.modulus.iter().skip_while(|byte| **byte == 0).count();
    if significant < 256 {
        return Err(WrongKey);
    }
    let instant = |seconds| Timestamp::from_second(seconds).map_err(|_| Unreadable);
    let validity = certificate.validity();
    Ok(ClientCertificate {
        der: der.to_vec(),
        sha1: URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, der)),
        sha256: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
        starts_at: instant(validity.not_before.timestamp())?,
        expires_at: instant(validity.not_after.timestamp())?,
        key: WebKey::rsa(None, key.modulus, key.exponent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        for text in [
            "",
            "x",
            "AAAA",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(
                read_certificate(text),
                Err(CertificateProblem::Unreadable),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read_der(&bytes).is_err());
            prop_assert!(read_certificate(&STANDARD.encode(bytes)).is_err());
        }
    }
}
