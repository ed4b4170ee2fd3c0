//! Who carries webhooks over HTTP.

use std::net::SocketAddr;

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::webhooks::{Parcel, Timings};

/// Bytes of an answer that are read at most; what comes after is not waited for.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Bytes of an answer that are kept at most.
pub const ANSWER_KEPT_BYTES_MAX: usize = 16 * 1024;

/// What a receiver answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers; those that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The beginning of its body; bytes that are no text are replaced.
    pub body: String,
    /// How long it wants not to be asked again.
    pub retry_after: Option<SignedDuration>,
}

/// What became of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The answer, or in words why there is none.
    pub reply: Result<Reply, String>,
    /// The address that was connected to.
    pub address: Option<SocketAddr>,
    /// How long it took.
    pub timings: Timings,
}

/// Carries parcels to receivers.
///
/// It connects to no address that deliveries may not go to ([`Reach`](crate::webhooks::address::Reach)), whatever the name
/// says and however often it is asked; it follows no redirect, and waits for no receiver longer than its time.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Post this, and read the answer.
    async fn carry(&self, parcel: &Parcel) -> Sent;
}
