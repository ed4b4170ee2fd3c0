//! A way to a server on this machine that loses what the server says.

use std::io;
use std::net::{SocketAddr, TcpListener as Listener};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A proxy in front of a port. Ends when it is dropped.
pub struct Proxy {
    port: u16,
    is_swallowing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Begin to carry bytes to and from a port of this machine.
    pub fn before(port: u16) -> io::Result<Self> {
        let listener = Listener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        let is_swallowing = watch::Sender::new(false);
        let told = is_swallowing.subscribe();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, port, told.clone()));
            }
        });
        Ok(Self { port: own, is_swallowing, accepting })
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on the server hears everything and nobody hears the server.
    pub fn swallow(&self) {
        self.is_swallowing.send_replace(true);
    }

    /// Carry again. Connections of which anything was lost are cut.
    pub fn release(&self) {
        self.is_swallowing.send_replace(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(client: TcpStream, port: u16, is_swallowing: watch::Receiver<bool>) {
    let Ok(server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await else { return };
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        _ = answers(from_server, to_client, is_swallowing) => {}
    }
}

/// Carry answers until some of them are swallowed; then swallow until that is over.
async fn answers(
    mut from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    mut is_swallowing: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut bytes = vec![0; 65_536];
    loop {
        let count = from_server.read(&mut bytes).await?;
        let Some(answer) = bytes.get(..count).filter(|answer| !answer.is_empty()) else { return Ok(()) };
        if *is_swallowing.borrow() {
            break;
        }
        to_client.write_all(answer).await?;
    }
    let mut nowhere = tokio::io::sink();
    tokio::select! {
        _ = tokio::io::copy(&mut from_server, &mut nowhere) => {}
        _ = is_swallowing.wait_for(|swallows| !swallows) => {}
    }
    Ok(())
}
