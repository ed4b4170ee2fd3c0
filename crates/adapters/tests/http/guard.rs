//! No connection is made to an address that webhooks may not go to, however it is written and whatever a name says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
#[cfg(target_os = "linux")]
use futures::StreamExt;
use sutler_adapters::http::{HttpCourier, Options};
use sutler_adapters::names::Names;
use sutler_app::ports::Courier;
use sutler_app::webhooks::address::Reach;
#[cfg(target_os = "linux")]
use sutler_testkit::network::OwnNetwork;
use sutler_testkit::servers::receiver::Receiver;

use super::parcel;

/// Says that every name is at one of these addresses, another one each time.
struct Flipping {
    addresses: Vec<IpAddr>,
    asked: AtomicUsize,
}

#[async_trait]
impl Names for Flipping {
    async fn look_up(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        // One, then two, then three of them at once.
        let some = (0..=asked % 3).map(|ahead| self.addresses[(asked + ahead) % self.addresses.len()]);
        Ok(some.map(|ip| SocketAddr::new(ip, port)).collect())
    }
}

fn courier(addresses: Vec<IpAddr>) -> (HttpCourier, Arc<Flipping>) {
    courier_of(Reach::Public, Duration::from_secs(5), addresses)
}

fn courier_of(reach: Reach, timeout: Duration, addresses: Vec<IpAddr>) -> (HttpCourier, Arc<Flipping>) {
    let names = Arc::new(Flipping { addresses, asked: AtomicUsize::new(0) });
    let options = Options { reach, timeout, names: names.clone(), trusted_pem: None };
    (HttpCourier::new(options).unwrap(), names)
}

/// Ways to write an address of IPv4 that one parser or another understands.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let bits = address.to_bits();
    let (high, low) = (bits >> 16, bits & 0xffff);
    let full_width = |text: &str| -> String {
        let wide = |digit: char| char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit);
        text.chars().map(|c| if c.is_ascii_digit() { wide(c) } else { c }).collect()
    };
    let encoded = |text: &str| -> String {
        text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
    };
    vec![
        address.to_string(),
        format!("{address}."),
        format!("{bits}"),
        format!("0x{bits:x}"),
        format!("0X{bits:08X}"),
        format!("0{bits:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0x{a:x}.0{b:o}.{c}.{d}"),
        format!("{a}.{b}.{}", (u32::from(c) << 8) | u32::from(d)),
        format!("{a}.{}", bits & 0x00ff_ffff),
        format!("0x{a:x}.{}", bits & 0x00ff_ffff),
        full_width(&address.to_string()),
        encoded(&address.to_string()),
        address.to_string().replace('.', "\u{3002}"),
        format!("[::ffff:{address}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::{high:x}:{low:x}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[64:ff9b:1::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::1]"),
    ]
}

const SPECIAL_V4: [[u8; 4]; 8] = [
    [127, 0, 0, 1],
    [127, 255, 255, 254],
    [0, 0, 0, 0],
    [10, 0, 0, 1],
    [172, 16, 0, 1],
    [192, 168, 1, 1],
    [169, 254, 169, 254],
    [100, 100, 100, 200],
];

const SPECIAL_V6: [&str; 12] = [
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[5f00::1]",
];

/// Everything that must not be connected to, as somebody may write it.
fn hosts() -> Vec<String> {
    let mut hosts: Vec<String> =
        SPECIAL_V4.iter().flat_map(|octets| spellings(Ipv4Addr::from(*octets))).collect();
    hosts.extend(SPECIAL_V6.map(str::to_owned));
    hosts.extend(
        ["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1.nip.io"].map(str::to_owned),
    );
    assert!(hosts.len() >= 150, "{}", hosts.len());
    hosts
}

#[tokio::test]
async fn no_spelling_of_a_private_address_is_connected_to() {
    let receiver = Receiver::start().unwrap();
    let port = receiver.address.port();
    // A name that some resolver knows is answered with this machine.
    let (courier, _) = courier(vec![Ipv4Addr::LOCALHOST.into()]);
    let hosts = hosts();
    for host in &hosts {
        for scheme in ["https", "http"] {
            let sent = courier.carry(&parcel(&format!("{scheme}://{host}:{port}/"))).await;
            assert!(sent.reply.is_err(), "{scheme}://{host}");
            assert_eq!((sent.address, sent.timings.connect_ms), (None, None), "{scheme}://{host}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

/// Where a name may turn out to be.
fn rebound() -> Vec<IpAddr> {
    ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "::1", "10.0.0.1", "64:ff9b::7f00:1", "0.0.0.0"]
        .map(|text| text.parse().unwrap())
        .into()
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_to_no_private_address() {
    let receiver = Receiver::start().unwrap();
    let (courier, names) = courier(rebound());
    let url = format!("https://rebinding.example.com:{}/", receiver.address.port());
    for _ in 0..1_000 {
        let sent = courier.carry(&parcel(&url)).await;
        let error = sent.reply.unwrap_err();
        assert!(error.contains("webhooks go to public addresses only"), "{error}");
        assert_eq!(sent.address, None);
    }
    assert_eq!(names.asked.load(Ordering::Relaxed), 1_000, "each attempt asks once, and takes that answer");
    assert_eq!(receiver.connections(), 0);
}

/// Carry a parcel to every spelling over both schemes, and a thousand times to a name that changes its mind.
#[cfg(target_os = "linux")]
async fn carry_to_all(reach: Reach, port: u16) {
    // Somebody who does not judge waits for nobody, and need not wait for long.
    let timeout = Duration::from_millis(100);
    let (spelled, _) = courier_of(reach, timeout, vec![Ipv4Addr::LOCALHOST.into()]);
    let (rebinding, names) = courier_of(reach, timeout, rebound());
    let hosts = hosts();
    let spelled = hosts
        .iter()
        .flat_map(|host| ["https", "http"].map(|scheme| (&spelled, format!("{scheme}://{host}:{port}/"))));
    let rebound = (0..1_000).map(|n| (&rebinding, format!("https://rebinding-{n}.example.com:{port}/")));
    let all = spelled.chain(rebound).map(async |(courier, url)| {
        _ = courier.carry(&parcel(&url)).await;
    });
    futures::stream::iter(all).buffer_unordered(64).collect::<()>().await;
    assert_eq!(names.asked.load(Ordering::Relaxed), 1_000);
}

/// What the courier says about itself is not asked: the kernel counts.
#[cfg(target_os = "linux")]
#[test]
fn not_one_connection_to_a_private_address_is_begun() {
    let counted = OwnNetwork::within(async |network| {
        let receiver = Receiver::start().unwrap();
        let port = receiver.address.port();
        carry_to_all(Reach::Public, port).await;
        let judged = network.connections().unwrap();
        // Without the guard they are begun: the count can be another one.
        carry_to_all(Reach::Anywhere, port).await;
        (judged, network.connections().unwrap(), receiver.connections())
    });
    let Some((judged, unjudged, received)) = counted else { return };
    assert_eq!(judged, 0, "connections begun");
    assert!(unjudged >= 1_150 && received > 0, "{unjudged} begun and {received} received without the guard");
}
