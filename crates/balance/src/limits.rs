//! What clients may take, of room and of time.

use std::time::Duration;

/// The limits of a client's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Open at one time; more wait in the kernel.
    pub(crate) connections_max: usize,
    /// The line and the headers of a request.
    pub(crate) head_bytes_max: usize,
    /// From the first byte of a head to its last.
    pub(crate) head: Duration,
    /// Between two requests, between two parts of a body, and until something of an answer is taken.
    pub(crate) client: Duration,
}
