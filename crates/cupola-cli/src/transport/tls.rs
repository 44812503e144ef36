//! Whom we believe: the CA files of the settings, else the roots of the machine.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::failure::Failure;

/// A connector that trusts `ca_files`.
pub(crate) fn connector(ca_files: &[PathBuf]) -> Result<TlsConnector, Failure> {
    let mut roots = RootCertStore::empty();
    for file in ca_files {
        let pem = std::fs::read(file).map_err(|error| {
            Failure::new(format!("The CA file {} cannot be read: {error}", file.display()))
                .hint("eval \"$(cupola env)\", which sets SSL_CERT_FILE to the one in use")
        })?;
        // Bundles of distributions hold certificates that no library accepts all of.
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok));
    }
    if ca_files.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() && !ca_files.is_empty() {
        let names: Vec<String> = ca_files.iter().map(|file| file.display().to_string()).collect();
        return Err(Failure::new(format!(
            "There is no certificate in {}",
            names.join(" or ")
        )));
    }
    // Named, because a process with two providers in it panics when it must guess.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
