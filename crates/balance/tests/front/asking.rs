//! Clients: one that knows HTTP, and one that writes bytes.

use std::net::SocketAddr;

use reqwest::{Client, Method, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A client that keeps connections and repeats nothing.
pub(crate) fn client() -> Client {
    // It wants a provider of TLS even where none is spoken.
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// Send one request.
pub(crate) async fn send(client: &Client, method: &Method, url: String) -> Response {
    let body = if [Method::GET, Method::HEAD].contains(method) { "" } else { "{\"quantity\":1}" };
    client.request(method.clone(), url).body(body).send().await.unwrap()
}

/// The node that answered.
pub(crate) fn node(answer: &Response) -> String {
    answer.headers().get("x-node").map(|name| name.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// A connection of bytes.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    got: Vec<u8>,
}

impl Wire {
    pub(crate) async fn to(url: &str) -> Self {
        let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, got: Vec::new() }
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Read until this was said; gives all up to there.
    pub(crate) async fn until(&mut self, said: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.got).into_owned();
            if let Some(at) = text.find(said) {
                self.got.drain(..at + said.len());
                return text[..at + said.len()].to_owned();
            }
            let read = self.stream.read_buf(&mut self.got).await.unwrap();
            assert!(read > 0, "closed before {said:?} was said: {text}");
        }
    }

    /// Read until the other side closes.
    pub(crate) async fn rest(mut self) -> String {
        // A connection may end in a reset.
        _ = self.stream.read_to_end(&mut self.got).await;
        String::from_utf8(self.got).unwrap()
    }
}
