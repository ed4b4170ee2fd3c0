//! Signatures after Standard Webhooks 1.0: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, one for each secret
//! that is in force, separated by spaces.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::ports::Ids;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Random bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// A secret that deliveries are signed with: `whsec_` and base64. No log and no error shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// A fresh one.
    pub fn fresh(ids: &dyn Ids) -> Self {
        let bytes = [ids.secret(), ids.secret()].concat();
        Self::of(bytes.get(..SECRET_BYTES).unwrap_or(&bytes))
    }

    /// The secret with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// One that was stored, whatever its form.
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// Its text, for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A secret is made by `of` only, so it can be read.
    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(self.0.strip_prefix(PREFIX).unwrap_or(&self.0)).unwrap_or_default()
    }

    fn sign(&self, content: &[u8]) -> String {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.bytes()), content);
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The value of `webhook-signature`: one signature for each secret.
pub fn sign<'s>(
    secrets: impl IntoIterator<Item = &'s Secret>,
    id: &str,
    timestamp_s: i64,
    body: &[u8],
) -> String {
    let mut content = format!("{id}.{timestamp_s}.").into_bytes();
    content.extend_from_slice(body);
    let signatures: Vec<String> = secrets.into_iter().map(|secret| secret.sign(&content)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        // standard-webhooks.md of Standard Webhooks 1.0.0, "Verifying signatures manually".
        let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signed =
            sign([&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_rotation_signs_twice_and_nothing_shows_a_secret() {
        let (new, old) = (Secret::of(&[1; SECRET_BYTES]), Secret::of(&[2; SECRET_BYTES]));
        let both = sign([&new, &old], "evt_1", 1, b"{}");
        assert_eq!(both.split(' ').count(), 2);
        assert_eq!(both.split(' ').next(), Some(sign([&new], "evt_1", 1, b"{}").as_str()));
        assert_eq!(format!("{new:?}"), "[redacted]");
    }
}
