//! How this server is reached, from the settings.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use sutler_api::rest::TrustedProxies;

use super::Reading;
use crate::config::units;

/// How this server is reached.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) max_body_bytes: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) max_connections: usize,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) drain_delay: Duration,
    pub(crate) drain_timeout: Duration,
}

impl Reading<'_> {
    pub(super) fn http(&mut self) -> Option<Http> {
        let listen = self.checked("http.listen", units::address);
        let port = self.optional("http.port", |text| {
            u16::from_str(text).map_err(|_| "is no port: write 0 to 65535".to_owned())
        });
        let max_body_bytes = self.checked("http.max_body", units::size_bytes);
        let request_timeout = self.checked("http.request_timeout", units::duration);
        let max_connections = self.count("http.max_connections");
        let trusted_proxies = self.checked("http.trusted_proxies", |text| {
            TrustedProxies::parse(units::words(text).iter().map(String::as_str))
        });
        let drain_delay = self.checked("http.drain_delay", units::duration);
        let drain_timeout = self.checked("http.drain_timeout", units::duration);
        let mut listen = listen?;
        listen.set_port(port.unwrap_or(listen.port()));
        Some(Http {
            listen,
            max_body_bytes: max_body_bytes?,
            request_timeout: request_timeout?,
            max_connections: usize::try_from(max_connections?).ok()?,
            trusted_proxies: trusted_proxies?,
            drain_delay: drain_delay?,
            drain_timeout: drain_timeout?,
        })
    }
}
