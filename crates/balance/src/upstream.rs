//! One node: where it is, where it stands, and what it has to do.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Uri;
use parking_lot::{Mutex, RwLock};

use crate::answers::Answers;
use crate::standing::{Found, Rules, Standing, State};

/// The port of `http://` without one.
const USUAL_PORT: u16 = 80;

/// A node by the address that was given for it: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// A name, or an address of IPv4 or IPv6 without brackets.
    host: String,
    port: u16,
}

impl Url {
    /// Read it. The error says what is wrong and what to write.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let say =
            |reason: &str| format!("{reason}; write the address of a node, such as http://10.0.0.7:8420");
        let uri: Uri = text.parse().map_err(|error| say(&format!("it is no address ({error})")))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(say("https is not spoken to nodes")),
            _ => return Err(say("it does not begin with http://")),
        }
        let authority = uri.authority().ok_or_else(|| say("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(say("a name and a password have no place in it"));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(say("a path has no place in it: the client's own is passed on"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(say("it names no host"));
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => USUAL_PORT,
            _ => authority.port_u16().filter(|port| *port > 0).ok_or_else(|| say("its port is none"))?,
        };
        Ok(Self { host: host.to_owned(), port })
    }

    /// Ask the system where it is now: the first of its addresses.
    pub(crate) async fn resolve(&self) -> std::io::Result<SocketAddr> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, self.port));
        }
        let mut found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        found.next().ok_or_else(|| std::io::Error::other("the name has no address"))
    }

    /// Host and port, as the header `Host` has them.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}", self.authority())
    }
}

/// A node, shared by all who send to it or ask for it.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) url: Url,
    /// `url` as text.
    pub(crate) name: String,
    /// What it answered.
    pub(crate) answers: Answers,
    address: RwLock<SocketAddr>,
    standing: Mutex<Standing>,
    /// What `standing` says, for those who only want to know whether to send.
    up: AtomicBool,
    /// Whether a request failed since the last that was answered.
    failing: AtomicBool,
    in_flight: AtomicUsize,
}

impl Upstream {
    pub(crate) fn new(url: Url, address: SocketAddr, found: Found) -> Self {
        let standing = Standing::first(found);
        Self {
            name: url.to_string(),
            url,
            answers: Answers::default(),
            address: RwLock::new(address),
            up: AtomicBool::new(standing.state() == State::Up),
            standing: Mutex::new(standing),
            failing: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.address.read()
    }

    pub(crate) fn moved_to(&self, address: SocketAddr) {
        if self.address() != address {
            *self.address.write() = address;
            log::info!(upstream = self.name.as_str(), address:% = address; "upstream_moved");
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Requests that it has now.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A check came back.
    pub(crate) fn checked(&self, found: Found, rules: Rules) {
        self.change(|standing| standing.checked(found, rules));
    }

    /// A request to it failed.
    pub(crate) fn failed(&self, rules: Rules) {
        self.failing.store(true, Ordering::Relaxed);
        self.change(|standing| standing.failed(rules));
    }

    /// A request to it was answered.
    pub(crate) fn answered(&self) {
        // Most answers follow an answer, and then there is nothing to forget.
        if self.failing.load(Ordering::Relaxed) {
            self.failing.store(false, Ordering::Relaxed);
            self.change(Standing::answered);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        let mut standing = self.standing.lock();
        let before = standing.state();
        change(&mut standing);
        let now = standing.state();
        self.up.store(now == State::Up, Ordering::Relaxed);
        if before != now {
            log::warn!(upstream = self.name.as_str(), was = before.word(), state = now.word(); "upstream_changed");
        }
    }
}

/// A request that a node has. It counts until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Upstream>);

impl InFlight {
    pub(crate) fn at(upstream: &Arc<Upstream>) -> Self {
        upstream.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(upstream))
    }

    pub(crate) const fn upstream(&self) -> &Arc<Upstream> {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (text, told) in [
            ("http://10.0.0.7:8420", "http://10.0.0.7:8420"),
            ("http://node-1:8420/", "http://node-1:8420"),
            ("http://node-1", "http://node-1:80"),
            ("http://[::1]:8420", "http://[::1]:8420"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), told);
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_its_reason() {
        for (text, reason) in [
            ("node-1:8420", "does not begin with http://"),
            ("10.0.0.7", "does not begin with http://"),
            ("https://node-1", "https is not spoken"),
            ("ftp://node-1", "does not begin with http://"),
            ("http://node-1:8420/shop", "a path has no place"),
            ("http://node-1:8420?x=1", "a path has no place"),
            ("http://ada:secret@node-1", "a password"),
            ("http://node-1:0", "its port is none"),
            ("http://node-1:99999", "its port is none"),
            ("http://", "it is no address"),
            ("", "it is no address"),
        ] {
            let told = Url::parse(text).unwrap_err();
            assert!(told.contains(reason) && told.contains("such as http://10.0.0.7:8420"), "{text}: {told}");
        }
    }
}
