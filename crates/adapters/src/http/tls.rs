//! Whose certificates are believed: those that this machine believes, and those that it is told to.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// TLS as a client of receivers. Without certificates no `https://` address can be delivered to, which each attempt says;
/// that is no reason not to start.
pub(super) fn config(trusted_pem: Option<&[u8]>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(pem) = trusted_pem {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| format!("is no certificate in PEM: {error}"))?;
            roots.add(certificate).map_err(|error| format!("holds no authority's certificate: {error}"))?;
        }
        if roots.len() == before {
            return Err("holds no certificate".to_owned());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Why a receiver is not believed to be who it says, with the next step where there is one.
pub(super) fn in_words(error: &std::io::Error) -> String {
    use rustls::CertificateError as C;
    let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = rustls else { return error.to_string() };
    match fault {
        C::UnknownIssuer => {
            "its certificate is of no authority that is trusted here; name one of your own in \
                             webhooks.trusted_certificates"
                .to_owned()
        }
        C::Expired | C::ExpiredContext { .. } => format!("its certificate has expired ({fault})"),
        C::NotValidYet | C::NotValidYetContext { .. } => {
            format!("its certificate is not valid yet ({fault})")
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            format!("its certificate is for another name ({fault})")
        }
        fault => format!("its certificate is not accepted ({fault})"),
    }
}
