//! From where a request comes, when something stands in front of this server.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses of balancers and proxies whose word about the address of a client is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Read addresses and networks, such as `10.0.0.7` and `10.1.0.0/16`.
    pub fn parse<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, String> {
        let network = |word: &str| {
            let alone = word.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
            let wrong =
                || format!("'{word}' is no address and no network: write such as 10.0.0.7 or 10.1.0.0/16");
            alone.or_else(|_| word.parse::<IpNet>()).map_err(|_| wrong())
        };
        words.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: of the connection, unless a proxy of ours made it. Then it is the last one that
    /// `X-Forwarded-For` names and that is none of ours: what stands before it is the client's own word.
    pub(crate) fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let mut found = peer(extensions)?;
        let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
        let named = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for word in named {
            if !self.trust(found) {
                break;
            }
            // What is no address was not written by a proxy of ours; the last that was is as far as we know.
            let Some(address) = address(word.trim()) else { break };
            found = address;
        }
        Some(found)
    }
}

/// Who is at the other end of the connection.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// An address, which some proxies write with its port.
fn address(word: &str) -> Option<IpAddr> {
    let with_port = || word.parse::<SocketAddr>().map(|address| address.ip()).ok();
    let bracketed = || word.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    word.parse().ok().or_else(with_port).or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

/// Whose quota an address counts for: a customer has a whole /64 of IPv6.
pub(crate) fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::parse(trusted.iter().copied()).unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4000)));
        let lines = forwarded.iter().map(|line| (X_FORWARDED_FOR.clone(), line.parse().unwrap()));
        trusted.client(&lines.collect(), &extensions).unwrap().to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_as_far_as_it_knows() {
        let ours = &["10.0.0.0/8", "2001:db8::7"][..];
        for (trusted, peer, forwarded, expected) in [
            (&[][..], "10.0.0.9", &["1.1.1.1"][..], "10.0.0.9"),
            (ours, "192.0.2.1", &["1.1.1.1"], "192.0.2.1"),
            (ours, "10.0.0.9", &[], "10.0.0.9"),
            (ours, "10.0.0.9", &["1.1.1.1"], "1.1.1.1"),
            (ours, "::ffff:10.0.0.9", &["1.1.1.1"], "1.1.1.1"),
            // The client says that it is another one: the last word is the proxy's.
            (ours, "10.0.0.9", &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            (ours, "10.0.0.9", &["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
            // Two of ours, one behind the other.
            (ours, "10.0.0.9", &["6.6.6.6, 1.1.1.1, 10.0.0.8"], "1.1.1.1"),
            (ours, "2001:db8::7", &["[2001:db8::5]:8080"], "2001:db8::5"),
            (ours, "10.0.0.9", &["1.1.1.1:5000"], "1.1.1.1"),
            (ours, "10.0.0.9", &["[2001:db8::5]"], "2001:db8::5"),
            // Nothing is made of a word that is no address.
            (ours, "10.0.0.9", &["1.1.1.1, unknown"], "10.0.0.9"),
            (ours, "10.0.0.9", &["unknown, 10.0.0.8"], "10.0.0.8"),
            (ours, "10.0.0.9", &[""], "10.0.0.9"),
        ] {
            assert_eq!(client(trusted, peer, forwarded), expected, "{peer} {forwarded:?}");
        }
        let wrong = TrustedProxies::parse(["10.0.0.0/33"]).unwrap_err();
        assert!(wrong.contains("10.0.0.0/33") && wrong.contains("write such as"), "{wrong}");
    }
}
