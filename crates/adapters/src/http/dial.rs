//! From an address on the web to a connection: look up, judge, connect, agree on TLS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use sutler_app::ports::courier::Sent;
use sutler_app::webhooks::address::Reach;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::line::Line;
use super::{millis, tls};
use crate::names::Names;

/// Where a connection leads to: the same place may be asked again on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    is_tls: bool,
    /// In its plain form: `127.0.0.1` for `0x7f.1`.
    pub(super) host: String,
    pub(super) port: u16,
    literal: Option<IpAddr>,
}

/// The place that a URL names.
pub(super) fn place(url: &Url) -> Result<Place, String> {
    let no_host = || "the address names no host".to_owned();
    let literal = match url.host().ok_or_else(no_host)? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    };
    let host = literal.map_or_else(|| url.host_str().unwrap_or_default().to_owned(), |ip| ip.to_string());
    let port = url.port_or_known_default().ok_or_else(no_host)?;
    Ok(Place { is_tls: url.scheme() == "https", host, port, literal })
}

/// Makes connections.
pub(super) struct Dialer {
    reach: Reach,
    names: Arc<dyn Names>,
    tls: TlsConnector,
}

impl Dialer {
    pub(super) fn new(reach: Reach, names: Arc<dyn Names>, tls: Arc<ClientConfig>) -> Self {
        Self { reach, names, tls: TlsConnector::from(tls) }
    }

    /// Connect to a place, if that is allowed. The address that was judged is the address that is connected to.
    pub(super) async fn dial(&self, place: &Place, sent: &mut Sent) -> Result<Line, String> {
        if !place.is_tls && !self.reach.allows_plain_http() {
            return Err("http:// is not encrypted; only https:// is delivered to".to_owned());
        }
        let began = Instant::now();
        let found = match place.literal {
            Some(ip) => vec![SocketAddr::new(ip, place.port)],
            None => self
                .names
                .look_up(&place.host, place.port)
                .await
                .map_err(|error| format!("'{}' cannot be looked up: {error}", place.host))?,
        };
        let address = self.reach.choose(&place.host, &found)?;
        if place.literal.is_none() {
            sent.timings.dns_ms = Some(millis(began.elapsed()));
        }
        sent.address = Some(address);
        let began = Instant::now();
        let stream = TcpStream::connect(address).await.map_err(|error| in_words(&error, address))?;
        // A small request is to leave at once; where that cannot be asked for, it leaves a little later.
        _ = stream.set_nodelay(true);
        sent.timings.connect_ms = Some(millis(began.elapsed()));
        if !place.is_tls {
            return Line::over(TokioIo::new(stream), address).await;
        }
        let began = Instant::now();
        let name = ServerName::try_from(place.host.clone())
            .map_err(|_| format!("'{}' is no name of a host", place.host))?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("TLS with {address} failed: {}", tls::in_words(&error)))?;
        sent.timings.tls_ms = Some(millis(began.elapsed()));
        Line::over(TokioIo::new(stream), address).await
    }
}

fn in_words(error: &std::io::Error, address: SocketAddr) -> String {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
    match error.kind() {
        ConnectionRefused => format!("connection refused by {address}"),
        TimedOut => format!("{address} did not take the connection in time"),
        HostUnreachable | NetworkUnreachable => format!("there is no way to {address}"),
        _ => format!("cannot connect to {address}: {error}"),
    }
}
