//! Encrypted connections, with the meanings that `psql` gives to `sslmode`.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Whose certificate is good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Any: encrypted, but not verified, as `sslmode=require` without a root certificate has always meant.
    Anybody,
    /// One that the system's authorities vouch for.
    System,
    /// One that the authorities in this file vouch for.
    File(PathBuf),
}

impl Trust {
    pub(super) const fn is_verified(&self) -> bool {
        !matches!(self, Self::Anybody)
    }
}

/// What encrypts a connection, or why it cannot.
pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = match roots(trust)? {
        Some(roots) => config.with_root_certificates(roots),
        None => config.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider))),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn roots(trust: &Trust) -> Result<Option<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Anybody => return Ok(None),
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Trust::File(path) => {
            let read = || -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
                CertificateDer::pem_file_iter(path)?.collect()
            };
            let certificates = read().map_err(|error| format!("sslrootcert {}: {error}", path.display()))?;
            roots.add_parsable_certificates(certificates);
        }
    }
    if roots.is_empty() {
        return Err("no root certificates were found; name a file: sslrootcert=/path/to/ca.pem".to_owned());
    }
    Ok(Some(roots))
}

/// Takes any certificate, but only from whoever has its key.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
