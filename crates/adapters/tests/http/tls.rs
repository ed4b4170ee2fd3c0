//! Receivers behind TLS: who is believed to be who it says.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sutler_adapters::http::{HttpCourier, Options};
use sutler_app::ports::Courier;
use sutler_app::webhooks::address::Reach;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::parcel;

/// An authority of our own, and what it signed: a good certificate for `localhost`, one for another name, an old one.
const MAKE: &str = r"
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
for ca in ours theirs; do
  openssl req -x509 $key -days 3650 -subj /CN=$ca -addext keyUsage=keyCertSign -keyout $ca.key -out $ca.pem
done
openssl req $key -subj /CN=receiver -keyout receiver.key -out receiver.csr
: > index.txt; echo 01 > serial; echo 'unique_subject = no' > index.txt.attr
for name in localhost elsewhere.example.com; do
cat > $name.cnf << END
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
certificate = ours.pem
private_key = ours.key
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:$name
END
done
sign() { openssl ca -batch -notext -config $1.cnf -in receiver.csr -out $2.pem -startdate $3 -enddate $4; }
sign localhost good 20240101000000Z 20491231000000Z
sign elsewhere.example.com elsewhere 20240101000000Z 20491231000000Z
sign localhost old 20200101000000Z 20200201000000Z
";

fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh").args(["-ec", MAKE]).current_dir(&folder).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    folder
}

/// A receiver that shows this certificate and takes one request for each connection; gives its port.
async fn receiver(folder: &Path, certificate: &str) -> u16 {
    let certificate = CertificateDer::from_pem_file(folder.join(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("receiver.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Who does not believe it hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut some = [0; 4096];
            _ = stream.read(&mut some).await;
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nthanks").await;
            _ = stream.shutdown().await;
        }
    });
    port
}

/// What comes of a parcel to a receiver with this certificate, for a courier that trusts an authority.
async fn sent(folder: &Path, certificate: &str, trusted: Option<&str>) -> Result<u16, String> {
    let port = receiver(folder, certificate).await;
    let trusted_pem = trusted.map(|name| std::fs::read(folder.join(name)).unwrap());
    let timeout = Duration::from_secs(10);
    let courier =
        HttpCourier::new(Options { reach: Reach::Loopback, timeout, trusted_pem, ..Options::default() });
    let sent = courier.unwrap().carry(&parcel(&format!("https://localhost:{port}/"))).await;
    assert_eq!(sent.timings.tls_ms.is_some(), sent.reply.is_ok());
    sent.reply.map(|reply| reply.status)
}

#[tokio::test]
async fn a_receiver_is_believed_by_the_authority_that_is_named() {
    let folder = certificates();
    assert_eq!(sent(folder.path(), "good.pem", Some("ours.pem")).await, Ok(200));
}

#[tokio::test]
async fn a_receiver_that_is_not_who_it_says_gets_nothing_and_the_reason_is_told() {
    let folder = certificates();
    for (certificate, trusted, reason) in [
        (
            "good.pem",
            None,
            "of no authority that is trusted here; name one of your own in webhooks.trusted_certificates",
        ),
        ("good.pem", Some("theirs.pem"), "of no authority that is trusted here"),
        ("elsewhere.pem", Some("ours.pem"), "its certificate is for another name"),
        ("old.pem", Some("ours.pem"), "its certificate has expired"),
    ] {
        let error = sent(folder.path(), certificate, trusted).await.unwrap_err();
        assert!(error.starts_with("TLS with 127.0.0.1:") && error.contains(reason), "{certificate}: {error}");
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    for (pem, reason) in [
        ("", "holds no certificate"),
        ("nothing of the kind", "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds no authority's certificate",
        ),
    ] {
        let options = Options { trusted_pem: Some(pem.as_bytes().to_vec()), ..Options::default() };
        let error = HttpCourier::new(options).err().unwrap();
        assert!(error.contains(reason), "{error}");
    }
}
