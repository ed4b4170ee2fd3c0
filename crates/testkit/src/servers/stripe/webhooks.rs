//! Webhooks, as Stripe signs them.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A webhook, ready to be sent.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The header `Stripe-Signature`.
    pub signature: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Webhook {
    /// An event, signed at a time.
    pub fn signed(event: &Value, secret: &str, now_s: i64) -> Self {
        let body = event.to_string().into_bytes();
        Self { signature: sign(secret, now_s, &body), body }
    }
}

/// The header for a body.
pub fn sign(secret: &str, now_s: i64, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let Ok(mac) = mac else { return String::new() };
    let mac = mac.chain_update(now_s.to_string()).chain_update(b".").chain_update(body);
    format!("t={now_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}
