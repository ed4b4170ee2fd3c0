//! Ports for servers that are stopped and started again at the same address.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// Where ports begin that no system hands out by itself, neither to listeners nor to connections.
const STEADY: u16 = 20_000;

/// How many there are of them, below those of Linux (32768) and of other systems (49152).
const STEADY_COUNT: u16 = 12_000;

/// How many are looked at.
const TRIES: usize = 64;

/// A port that is free now, and that no connection is given as its own while its server is down.
pub fn free_port() -> Result<u16> {
    for _ in 0..TRIES {
        // The system chooses another one each time: that spreads processes that ask at the same time.
        let chosen = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let port = STEADY + chosen % STEADY_COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    None.with_context(|| format!("no port is free from {STEADY} on"))
}
