//! A network of a test's own, in which there is a way to every address and nobody at its end: what tries to connect is
//! counted by the kernel, whatever it tells about itself.

use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, unshare};

/// The way to everywhere: one end of a cable whose other end nobody holds. A machine of the documentation's networks is at
/// this one, so that requests have a sender.
const CABLE: &str = "ip link set lo up
ip link add probe type veth peer name void
ip link set probe up
ip link set void up
ip addr add 192.0.2.1/24 dev probe
ip route add default dev probe
ip -6 addr add 2001:db8::1/64 dev probe nodad
ip -6 route add default dev probe";

/// The network of the thread that works in it.
#[derive(Debug)]
pub struct OwnNetwork {
    _only_within: (),
}

impl OwnNetwork {
    /// Work on a thread that has a network of its own, as all threads have that it starts. `None`, said loudly, where that
    /// may not be: it takes `CAP_NET_ADMIN` and the program `ip`.
    ///
    /// # Panics
    ///
    /// When the work does.
    #[expect(clippy::print_stdout, reason = "a skipped test is to be seen")]
    pub fn within<T: Send>(work: impl AsyncFnOnce(&Self) -> T + Send) -> Option<T> {
        let worked = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let network = Self::enter()?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                anyhow::Ok(runtime.block_on(work(&network)))
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        match worked {
            Ok(worked) => Some(worked),
            Err(reason) => {
                println!("SKIPPED: no network of a test's own (CAP_NET_ADMIN): {reason:#}");
                None
            }
        }
    }

    fn enter() -> Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET).context("the kernel gives none")?;
        let made = Command::new("sh").args(["-ec", CABLE]).output().context("sh cannot be started")?;
        if !made.status.success() {
            bail!("it cannot be set up: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        Ok(Self { _only_within: () })
    }

    /// Connections that were begun in this network so far, over IPv4 and IPv6 (`ActiveOpens` of RFC 4022): each sent its
    /// first packet, whether anybody answered or not.
    pub fn connections(&self) -> Result<u64> {
        let all = std::fs::read_to_string("/proc/thread-self/net/snmp")?;
        let mut tcp = all.lines().filter_map(|line| line.strip_prefix("Tcp: "));
        let (names, values) = (tcp.next().context("names")?, tcp.next().context("values")?);
        let counted = names.split(' ').zip(values.split(' ')).find(|(name, _)| *name == "ActiveOpens");
        let (_, value) = counted.context("the kernel counts connections")?;
        Ok(value.parse()?)
    }
}
