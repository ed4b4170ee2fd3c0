//! A way to a server on this machine that loses what one side says.

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
    loses: watch::Sender<Loses>,
    accepting: JoinHandle<()>,
}

/// Whose words are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loses {
    Nothing,
    OfServer,
    OfClient,
}

impl Proxy {
    /// Begin to carry bytes to and from a port of this machine.
    pub fn before(port: u16) -> io::Result<Self> {
        let listener = Listener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        let loses = watch::Sender::new(Loses::Nothing);
        let told = loses.subscribe();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, port, told.clone()));
            }
        });
        Ok(Self { port: own, loses, accepting })
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on the server hears everything and nobody hears the server.
    pub fn swallow(&self) {
        self.loses.send_replace(Loses::OfServer);
    }

    /// From now on everybody hears the server and the server hears nobody.
    pub fn deafen(&self) {
        self.loses.send_replace(Loses::OfClient);
    }

    /// Carry again. Connections of which anything was lost are cut.
    pub fn release(&self) {
        self.loses.send_replace(Loses::Nothing);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(client: TcpStream, port: u16, loses: watch::Receiver<Loses>) {
    let Ok(server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        _ = words(from_client, to_server, loses.clone(), Loses::OfClient) => {}
        _ = words(from_server, to_client, loses, Loses::OfServer) => {}
    }
}

/// Carry words until some of them are lost; then lose all until that is over.
async fn words(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut loses: watch::Receiver<Loses>,
    these: Loses,
) -> io::Result<()> {
    let mut bytes = vec![0; 65_536];
    loop {
        let count = from.read(&mut bytes).await?;
        let Some(words) = bytes.get(..count).filter(|words| !words.is_empty()) else { return Ok(()) };
        if *loses.borrow() == these {
            break;
        }
        to.write_all(words).await?;
    }
    let mut nowhere = tokio::io::sink();
    tokio::select! {
        _ = tokio::io::copy(&mut from, &mut nowhere) => {}
        _ = loses.wait_for(|loses| *loses != these) => {}
    }
    Ok(())
}
