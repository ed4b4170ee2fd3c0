//! Which addresses deliveries may go to: those that every host of the Internet may, and no others.
//!
//! It is the address of the connection that counts, at each attempt, never the name: a name may be resolved to anything
//! at any time, and there are very many ways to write an address. The ranges are those that the IANA registries of
//! special-purpose addresses (RFC 6890) do not call globally reachable, and those through which an IPv4 address is
//! reached inside of an IPv6 one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How far deliveries may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Hosts of the Internet, over HTTPS.
    #[default]
    Public,
    /// The same, this machine besides, and over HTTP too: for developers.
    Loopback,
    /// Everywhere.
    Anywhere,
}

impl Reach {
    /// Whether a connection to this address may be made; else why not.
    pub fn check(self, address: IpAddr) -> Result<(), String> {
        let Some(what) = special(address) else { return Ok(()) };
        match self {
            Self::Anywhere => Ok(()),
            Self::Loopback if is_loopback(address) => Ok(()),
            _ => Err(format!("{address} is {what}, and webhooks go to public addresses only")),
        }
    }

    /// The first of these addresses that may be connected to. One that may not among others is no reason to refuse them:
    /// it is not connected to.
    pub fn choose(self, host: &str, found: &[SocketAddr]) -> Result<SocketAddr, String> {
        let mut refused = None;
        for address in found {
            match self.check(address.ip()) {
                Ok(()) => return Ok(*address),
                Err(reason) => refused = refused.or(Some(reason)),
            }
        }
        let reason = refused.unwrap_or_else(|| "it has no address".to_owned());
        Err(format!("'{host}' cannot be delivered to: {reason}"))
    }

    /// Whether `http://` is allowed, and not `https://` only.
    pub const fn allows_plain_http(self) -> bool {
        !matches!(self, Self::Public)
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()),
    }
}

/// What is special about an address; `None` for one of the public Internet.
pub fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32, what: &'static str) -> (Ipv4Addr, u32, &'static str) {
    (Ipv4Addr::new(a, b, c, d), bits, what)
}

/// Ranges of IPv4 that are not of the public Internet.
const V4: [(Ipv4Addr, u32, &str); 17] = [
    v4(0, 0, 0, 0, 8, "of this network"),
    v4(10, 0, 0, 0, 8, "private"),
    v4(100, 64, 0, 0, 10, "shared by a carrier"),
    v4(127, 0, 0, 0, 8, "this machine"),
    v4(169, 254, 0, 0, 16, "link-local, where clouds keep their metadata"),
    v4(172, 16, 0, 0, 12, "private"),
    v4(192, 0, 0, 0, 24, "reserved for protocols"),
    v4(192, 0, 2, 0, 24, "for documentation"),
    v4(192, 31, 196, 0, 24, "reserved for protocols"),
    v4(192, 52, 193, 0, 24, "reserved for protocols"),
    v4(192, 88, 99, 0, 24, "reserved for protocols"),
    v4(192, 168, 0, 0, 16, "private"),
    v4(192, 175, 48, 0, 24, "reserved for protocols"),
    v4(198, 18, 0, 0, 15, "for benchmarks"),
    v4(198, 51, 100, 0, 24, "for documentation"),
    v4(203, 0, 113, 0, 24, "for documentation"),
    v4(224, 0, 0, 0, 3, "multicast or reserved"),
];

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    // Azure hands out metadata and keys at an address that looks public; Alibaba does at one of a carrier's range.
    if address == Ipv4Addr::new(168, 63, 129, 16) {
        return Some("where a cloud keeps its metadata");
    }
    let bits = address.to_bits();
    let within = |(net, length, _): &&(Ipv4Addr, u32, &str)| {
        let shift = 32_u32.saturating_sub(*length);
        bits.checked_shr(shift) == net.to_bits().checked_shr(shift)
    };
    V4.iter().find(within).map(|(.., what)| *what)
}

/// Of IPv6 only `2000::/3` is of the public Internet, and not all of it. An address that carries an IPv4 address is
/// refused in any case: somebody between here and there would unpack it.
fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, ..] = address.segments();
    match (a, b) {
        _ if address.is_loopback() => Some("this machine"),
        _ if address.is_unspecified() => Some("no address"),
        _ if address.to_ipv4_mapped().is_some() => Some("an IPv4 address in disguise"),
        (0x0064, 0xff9b) => Some("an IPv4 address behind NAT64"),
        (0xfe80..=0xfebf, _) => Some("link-local"),
        (0xfec0..=0xfeff, _) => Some("site-local"),
        (0xfc00..=0xfdff, _) => Some("private"),
        (0xff00..=0xffff, _) => Some("multicast"),
        (0x2001, 0x0000..=0x01ff) => Some("reserved for protocols, Teredo among them"),
        (0x2001, 0x0db8) | (0x3fff, 0x0000..=0x0fff) => Some("for documentation"),
        (0x2002, _) => Some("an IPv4 address behind 6to4"),
        (0x2620, 0x004f) => Some("reserved for protocols"),
        (0x5f00, _) => Some("reserved for segment routing"),
        (0x2000..=0x3fff, _) => None,
        _ => Some("not of the public Internet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_internet_is_reached() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "192.167.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:82a::200e",
            "2001:4860::8888",
        ] {
            assert_eq!(special(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn the_ends_of_each_range_are_refused() {
        for (net, length, what) in V4 {
            let last = Ipv4Addr::from_bits(net.to_bits() | (u32::MAX >> length));
            for address in [net, last] {
                assert_eq!(special(address.into()), Some(what), "{address}");
                let mapped: IpAddr = address.to_ipv6_mapped().into();
                assert!(special(mapped).is_some(), "{mapped}");
            }
        }
    }

    #[test]
    fn a_developer_reaches_this_machine_and_nothing_else_that_is_special() {
        for (text, allowed) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
            ("fe80::1", false),
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(Reach::Loopback.check(address).is_ok(), allowed, "{text}");
            assert!(Reach::Public.check(address).is_err(), "{text}");
            assert!(Reach::Anywhere.check(address).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_may_be_connected_to_is_chosen_from_many() {
        let found: Vec<SocketAddr> =
            ["10.0.0.1:443", "[::1]:443", "93.184.216.34:443"].map(|text| text.parse().unwrap()).into();
        assert_eq!(Reach::Public.choose("example.com", &found).unwrap(), found[2]);
        let error = Reach::Public.choose("example.com", &found[..2]).unwrap_err();
        assert!(error.contains("10.0.0.1 is private"), "{error}");
        assert!(Reach::Public.choose("example.com", &[]).is_err());
    }
}
