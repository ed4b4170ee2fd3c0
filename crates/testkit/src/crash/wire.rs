//! One client's keep-alive connection: plain HTTP/1.1, no retries, no redirects, so that what was answered and what
//! was not is known exactly.

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request as Head, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::ledger::{Answer, Request};

/// The key with every right that the servers of this lane are started with.
pub const API_KEY: &str = "sk_live_0123456789abcdef0123456789abcdef";

/// What a replay must repeat beside status and body.
const REPEATED: [header::HeaderName; 3] = [header::LOCATION, header::ETAG, header::CONTENT_TYPE];

/// A connection that is opened when it is needed, and again after it broke.
pub struct Wire {
    address: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Wire {
    /// To a server at `host:port`.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), sender: None }
    }

    /// Send a request of the ledger. An error means that the answer never came.
    pub async fn post(&mut self, request: &Request) -> Result<Answer> {
        self.send(Method::POST, &request.path, Some(&request.key), Some(&request.body)).await
    }

    /// Read something; its JSON. Anything but a success is an error.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        let answer = self.send(Method::GET, path, None, None).await?;
        anyhow::ensure!(answer.is_success(), "GET {path} answered {}: {}", answer.status, answer.body);
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Make any call. An error means that the answer never came, and that the next call has a new connection.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&str>,
    ) -> Result<Answer> {
        let mut head = Head::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address)
            .header(header::AUTHORIZATION, format!("Bearer {API_KEY}"));
        if let Some(key) = key {
            head = head.header("idempotency-key", key);
        }
        if body.is_some() {
            head = head.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Bytes::new, |text| Bytes::copy_from_slice(text.as_bytes()));
        let result = self.exchange(head.body(Full::new(body))?).await;
        if result.is_err() {
            self.sender = None;
        }
        result
    }

    async fn exchange(&mut self, request: Head<Full<Bytes>>) -> Result<Answer> {
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            empty => empty.insert(connect(&self.address).await?),
        };
        sender.ready().await?;
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let told = |name: &header::HeaderName| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        };
        let head = REPEATED.iter().filter_map(told).collect();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, head, body: String::from_utf8(body.into())? })
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("no connection to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}
