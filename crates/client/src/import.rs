//! Files of orders: sent as they are read, and told of line by line.

use std::path::Path;
use std::time::Duration;

use futures::stream;
use sutler_types::import::ImportLine;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::call::Answer;
use crate::{Call, Client, Error};

/// A file of any length takes as long as it takes; this is only the longest that the clock can count.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// Bytes that are read of a file at once.
const PIECE_BYTES: usize = 64 * 1024;

/// An import under way.
#[derive(Debug)]
pub struct ImportStream {
    response: reqwest::Response,
    address: String,
    waiting: Vec<u8>,
    is_over: bool,
}

impl Client {
    /// Import the rows of a file, of all but products; `query` names the mapping. The file is never held whole. Nothing is tried again: to
    /// import the same file anew goes on where this one stopped.
    pub async fn import_rows(&self, file: &Path, query: &[(&str, &str)]) -> Result<ImportStream, Error> {
        let opened = tokio::fs::File::open(file).await;
        let opened = opened.map_err(|error| Error::Malformed { reason: error.to_string() })?;
        self.import_from(opened, query).await
    }

    /// The same from whatever can be read.
    pub async fn import_from(
        &self,
        file: impl AsyncRead + Send + Unpin + 'static,
        query: &[(&str, &str)],
    ) -> Result<ImportStream, Error> {
        let mut call = Call::post("/imports").header("content-type", "text/csv");
        for (name, value) in query {
            call = call.query(*name, *value);
        }
        let pieces = stream::unfold(file, |mut file| async move {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            match file.read_buf(&mut piece).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(piece), file)),
                Err(error) => Some((Err(error), file)),
            }
        });
        let request = call.request(&self.http, &self.address, self.key.as_deref());
        let request = request.timeout(FOR_EVER).body(reqwest::Body::wrap_stream(pieces));
        let response = request.send().await.map_err(|error| Error::of_transport(&self.address, &error))?;
        if !response.status().is_success() {
            let answer = Answer::read(response).await;
            return Err(
                match answer.map_err(|error| Error::of_transport(&self.address, &error))?.success() {
                    Ok(_) => Error::Malformed { reason: "the server answered no import".to_owned() },
                    Err(error) => error,
                },
            );
        }
        Ok(ImportStream { response, address: self.address.clone(), waiting: Vec::new(), is_over: false })
    }
}

impl ImportStream {
    /// What is said next; `None` after the last line.
    pub async fn next(&mut self) -> Result<Option<ImportLine>, Error> {
        loop {
            if let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.waiting.drain(..=end).collect();
                let line = serde_json::from_slice(&line);
                return line.map(Some).map_err(|error| Error::Malformed { reason: error.to_string() });
            }
            if self.is_over {
                return Ok(None);
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.waiting.extend_from_slice(&bytes),
                Ok(None) => self.is_over = true,
                Err(error) => return Err(Error::of_transport(&self.address, &error)),
            }
        }
    }
}
