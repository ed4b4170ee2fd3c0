//! Files of orders: sent a line each, answered a line each, while they are sent.

use std::time::Duration;

use reqwest::Body;
use sutler_types::bulk::{LastLine, LineAnswer, Summary};

use crate::call::Answer;
use crate::{Call, Client, Error};

/// How long the server may be silent within an answer.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// A file may take as long as it is; this is only the longest that the clock can count.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 10);

/// What is told of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A line was dealt with.
    Line(LineAnswer),
    /// All lines were, or the server read no more.
    End(Summary),
}

/// The answers to the lines of a file.
#[derive(Debug)]
pub struct FileAnswers {
    response: reqwest::Response,
    address: String,
    buffer: Vec<u8>,
    is_over: bool,
}

impl Client {
    /// Place the orders of a file, whose parts come from `body` as the server takes them. `call` is a POST to
    /// `/orders/bulk`. It is sent once: what came of a file that broke off is learned by sending it again under its key.
    pub async fn place_file(&self, call: Call, body: Body) -> Result<FileAnswers, Error> {
        let call = call.header("content-type", "application/x-ndjson").keyed();
        let request = call.request(&self.http, &self.address, self.key.as_deref());
        let sent = request.body(body).timeout(FOR_EVER).send().await;
        let response = sent.map_err(|error| Error::of_transport(&self.address, &error))?;
        let address = self.address.clone();
        if response.status().is_success() {
            return Ok(FileAnswers { response, address, buffer: Vec::new(), is_over: false });
        }
        let refused = Answer::read(response).await.map_err(|error| Error::of_transport(&address, &error))?;
        match refused.success() {
            Err(error) => Err(error),
            Ok(answer) => Err(Error::Status { status: answer.status.as_u16(), body: String::new() }),
        }
    }
}

impl FileAnswers {
    /// What is told next; `None` after the end. An answer without an end is an error.
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
        while !self.is_over {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(at.saturating_add(1));
                let line = std::mem::replace(&mut self.buffer, rest);
                return self.read(&line).map(Some);
            }
            match tokio::time::timeout(SILENCE_MAX, self.response.chunk()).await {
                Ok(Ok(Some(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Ok(None)) => {
                    let reason = "the server ended its answer before it had told of every line".to_owned();
                    return Err(Error::Unreachable { address: self.address.clone(), reason });
                }
                Ok(Err(error)) => return Err(Error::of_transport(&self.address, &error)),
                Err(_) => return Err(Error::Timeout { address: self.address.clone() }),
            }
        }
        Ok(None)
    }

    fn read(&mut self, line: &[u8]) -> Result<Told, Error> {
        if let Ok(LastLine { summary }) = serde_json::from_slice(line) {
            self.is_over = true;
            return Ok(Told::End(summary));
        }
        let answer = serde_json::from_slice(line);
        answer.map(Told::Line).map_err(|error| Error::Malformed { reason: error.to_string() })
    }
}
