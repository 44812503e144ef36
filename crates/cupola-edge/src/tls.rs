//! TLS with a local CA that is made at first start.
//!
//! The CA lasts ten years and its leaf a year; a leaf that is near its end, or names other hosts than are served now, is
//! made anew at start. `bundle.pem` is the system's roots with ours added, so that a client pointed at it still reaches
//! everybody else.

use cupola_core::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CA_DAYS: i64 = 3650;
// Clients refuse leaves that last longer than 398 days.
const LEAF_DAYS: i64 = 365;
const RENEW_DAYS: i64 = 30;

// Where distributions keep the roots that they trust.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A certificate could not be made or understood.
    #[error(
        "the local certificate could not be made: {0}; remove the tls folder of the data directory to start afresh"
    )]
    Certificate(String),
}

/// The files that clients are pointed at, and the server's side.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Our CA alone.
    pub ca_file: PathBuf,
    /// The system's roots and our CA.
    pub bundle_file: PathBuf,
    /// For the listener.
    pub server: Arc<ServerConfig>,
}

/// Reads the CA and the leaf of `folder`, making what is missing or due. `hosts` are the names and addresses served.
pub fn load_or_create(folder: &Path, hosts: &[String], now: Timestamp) -> Result<Tls, TlsError> {
    std::fs::create_dir_all(folder).map_err(|cause| TlsError::File {
        path: folder.to_owned(),
        cause,
    })?;
    let ca = Authority::load_or_create(folder, now)?;
    let (ca_file, bundle_file) = (folder.join("ca.pem"), folder.join("bundle.pem"));
    write_bundle(&bundle_file, &ca.certificate_pem)?;
    let leaf = Leaf::load_or_create(folder, &ca, hosts, now)?;
    let server = server_config(&leaf, &ca)?;
    Ok(Tls {
        ca_file,
        bundle_file,
        server,
    })
}

struct Authority {
    certificate_pem: String,
    key_pem: String,
}

impl Authority {
    fn load_or_create(folder: &Path, now: Timestamp) -> Result<Self, TlsError> {
        let (certificate_file, key_file) = (folder.join("ca.pem"), folder.join("ca.key"));
        if certificate_file.exists() && key_file.exists() {
            return Ok(Self {
                certificate_pem: read(&certificate_file)?,
                key_pem: read(&key_file)?,
            });
        }
        let key = KeyPair::generate().map_err(certificate)?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name = named("Cupola local CA");
        span(&mut params, now, CA_DAYS)?;
        let made = Self {
            certificate_pem: params.self_signed(&key).map_err(certificate)?.pem(),
            key_pem: key.serialize_pem(),
        };
        // The key first: a crash between the two leaves no certificate without a key.
        write(&key_file, &made.key_pem, 0o600)?;
        write(&certificate_file, &made.certificate_pem, 0o644)?;
        Ok(made)
    }

    fn issuer(&self) -> Result<rcgen::Issuer<'static, KeyPair>, TlsError> {
        let key = KeyPair::from_pem(&self.key_pem).map_err(certificate)?;
        rcgen::Issuer::from_ca_cert_pem(&self.certificate_pem, key).map_err(certificate)
    }
}

struct Leaf {
    certificate_pem: String,
    key_pem: String,
}

impl Leaf {
    fn load_or_create(
        folder: &Path,
        ca: &Authority,
        hosts: &[String],
        now: Timestamp,
    ) -> Result<Self, TlsError> {
        let (certificate_file, key_file, note_file) = (
            folder.join("server.pem"),
            folder.join("server.key"),
            folder.join("server.hosts"),
        );
        // The note says what the leaf was made for, so that nothing needs to be parsed at every start.
        let wanted = hosts.join(" ");
        if let (Ok(note), true, true) = (
            std::fs::read_to_string(&note_file),
            certificate_file.exists(),
            key_file.exists(),
        ) && let Some((until, made_for)) = note.trim().split_once(' ')
            && made_for == wanted
            && until
                .parse::<i64>()
                .is_ok_and(|until| until - now.as_second() > RENEW_DAYS * 86_400)
        {
            return Ok(Self {
                certificate_pem: read(&certificate_file)?,
                key_pem: read(&key_file)?,
            });
        }
        let key = KeyPair::generate().map_err(certificate)?;
        let mut params = CertificateParams::new(hosts.to_vec()).map_err(certificate)?;
        params.distinguished_name = named("Cupola");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python 3.13 refuses a leaf without an Authority Key Identifier.
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from(
            u64::try_from(now.as_millisecond()).unwrap_or(1),
        ));
        span(&mut params, now, LEAF_DAYS)?;
        let made = Self {
            certificate_pem: params.signed_by(&key, &ca.issuer()?).map_err(certificate)?.pem(),
            key_pem: key.serialize_pem(),
        };
        write(&key_file, &made.key_pem, 0o600)?;
        write(&certificate_file, &made.certificate_pem, 0o644)?;
        write(
            &note_file,
            &format!("{} {wanted}", now.as_second() + LEAF_DAYS * 86_400),
            0o644,
        )?;
        Ok(made)
    }
}

fn server_config(leaf: &Leaf, ca: &Authority) -> Result<Arc<ServerConfig>, TlsError> {
    let parse = |pem: &str| {
        CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| TlsError::Certificate(error.to_string()))
    };
    let chain = vec![parse(&leaf.certificate_pem)?, parse(&ca.certificate_pem)?];
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes())
        .map_err(|error| TlsError::Certificate(error.to_string()))?;
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Certificate(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| TlsError::Certificate(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Cupola");
    name.push(DnType::CommonName, common_name);
    name
}

// A day of slack before now, for clients whose clock is behind.
fn span(params: &mut CertificateParams, now: Timestamp, days: i64) -> Result<(), TlsError> {
    let instant = |at: i64| {
        time::OffsetDateTime::from_unix_timestamp(at)
            .map_err(|error| TlsError::Certificate(error.to_string()))
    };
    params.not_before = instant(now.as_second() - 86_400)?;
    params.not_after = instant(now.as_second() + days * 86_400)?;
    Ok(())
}

fn write_bundle(path: &Path, ca_pem: &str) -> Result<(), TlsError> {
    let mut bundle = SYSTEM_ROOTS
        .iter()
        .find_map(|file| std::fs::read_to_string(file).ok())
        .unwrap_or_default();
    if !bundle.is_empty() && !bundle.ends_with('\n') {
        bundle.push('\n');
    }
    bundle.push_str(ca_pem);
    if std::fs::read_to_string(path).is_ok_and(|old| old == bundle) {
        return Ok(());
    }
    write(path, &bundle, 0o644)
}

fn read(path: &Path) -> Result<String, TlsError> {
    std::fs::read_to_string(path).map_err(|cause| TlsError::File {
        path: path.to_owned(),
        cause,
    })
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let attempt = || {
        let partial = path.with_extension("partial");
        let _ = std::fs::remove_file(&partial);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    attempt().map_err(|cause| TlsError::File {
        path: path.to_owned(),
        cause,
    })
}

fn certificate(error: rcgen::Error) -> TlsError {
    TlsError::Certificate(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_changes_nothing_and_other_hosts_make_a_new_leaf() {
        let folder = tempfile::tempdir().expect("a folder");
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().expect("an instant");
        let leaf = || read(&folder.path().join("server.pem")).expect("a leaf");
        let hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        load_or_create(folder.path(), &hosts, now).expect("made");
        let (first_ca, first_leaf) = (read(&folder.path().join("ca.pem")).expect("a CA"), leaf());
        load_or_create(folder.path(), &hosts, now).expect("read");
        assert_eq!(leaf(), first_leaf);
        load_or_create(folder.path(), &["localhost".to_owned()], now).expect("made anew");
        assert_ne!(leaf(), first_leaf);
        assert_eq!(read(&folder.path().join("ca.pem")).expect("a CA"), first_ca);
    }

    #[test]
    fn a_leaf_near_its_end_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let hosts = vec!["localhost".to_owned()];
        load_or_create(
            folder.path(),
            &hosts,
            "2026-01-01T00:00:00Z".parse().expect("an instant"),
        )
        .expect("made");
        let first = read(&folder.path().join("server.pem")).expect("a leaf");
        load_or_create(
            folder.path(),
            &hosts,
            "2026-12-10T00:00:00Z".parse().expect("an instant"),
        )
        .expect("renewed");
        assert_ne!(read(&folder.path().join("server.pem")).expect("a leaf"), first);
    }
}
