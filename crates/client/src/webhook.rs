//! Deliveries of events, verified: Standard Webhooks 1.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use sutler_types::event::Event;

/// How old a delivery may be, or how far ahead its clock: what is older may have been recorded and sent again.
pub const AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// The headers of a delivery.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'h> {
    /// `webhook-id`.
    pub id: &'h str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'h str,
    /// `webhook-signature`: one or more, separated by spaces.
    pub signature: &'h str,
}

/// Why a delivery is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The secret is none of ours.
    #[error("the secret is no 'whsec_' with base64; copy it from the endpoint")]
    Secret,
    /// The time is none, or too far away.
    #[error("'webhook-timestamp' is more than {} s away; the delivery is a repeat, or a clock is wrong", AGE_MAX.as_secs())]
    Age,
    /// No signature is of this secret over this body.
    #[error("no signature fits: the secret is of another endpoint, or the body is not as it was sent")]
    Signature,
    /// It was signed, and is no event.
    #[error("the body is signed and is no event in full; ask GET /events/{{id}} for it")]
    Body,
}

impl Delivery<'_> {
    /// The event of a body, if it was signed with this secret and is fresh at `now`. The body must be the bytes as they came.
    pub fn verify(&self, secret: &str, body: &[u8], now: Timestamp) -> Result<Event, Unverified> {
        self.check(secret, body, now)?;
        serde_json::from_slice(body).map_err(|_| Unverified::Body)
    }

    /// Whether a body was signed with this secret and is fresh at `now`.
    pub fn check(&self, secret: &str, body: &[u8], now: Timestamp) -> Result<(), Unverified> {
        let bytes = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
        let key = hmac::Key::new(
            hmac::HMAC_SHA256,
            &bytes.filter(|bytes| !bytes.is_empty()).ok_or(Unverified::Secret)?,
        );
        let sent = self.timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let age = now.duration_since(sent.ok_or(Unverified::Age)?);
        if age.abs() > AGE_MAX {
            return Err(Unverified::Age);
        }
        let mut content = format!("{}.{}.", self.id, self.timestamp).into_bytes();
        content.extend_from_slice(body);
        let given =
            self.signature.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        // `verify` compares in constant time.
        let mut fits = given.map(|tag| hmac::verify(&key, &content, &tag).is_ok());
        fits.any(|fits| fits).then_some(()).ok_or(Unverified::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // standard-webhooks.md of Standard Webhooks 1.0.0, "Verifying signatures manually".
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SENT: Delivery<'static> = Delivery {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    fn at(offset_s: i64) -> Timestamp {
        Timestamp::from_second(1_614_265_330 + offset_s).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_is_taken_and_nothing_that_was_changed() {
        let age = AGE_MAX.as_secs();
        for (delivery, secret, body, now, expected) in [
            (SENT, SECRET, BODY, at(age), Ok(())),
            (SENT, SECRET, BODY, at(-age), Ok(())),
            (SENT, SECRET, BODY, at(age + 1), Err(Unverified::Age)),
            (SENT, SECRET, BODY, at(-age - 1), Err(Unverified::Age)),
            (SENT, SECRET, b"{}".as_slice(), at(0), Err(Unverified::Signature)),
            (SENT, "whsec_AAAA", BODY, at(0), Err(Unverified::Signature)),
            (SENT, "MfKQ", BODY, at(0), Err(Unverified::Secret)),
            (SENT, "whsec_", BODY, at(0), Err(Unverified::Secret)),
            (Delivery { id: "msg_x", ..SENT }, SECRET, BODY, at(0), Err(Unverified::Signature)),
            (Delivery { timestamp: "soon", ..SENT }, SECRET, BODY, at(0), Err(Unverified::Age)),
            (Delivery { signature: "", ..SENT }, SECRET, BODY, at(0), Err(Unverified::Signature)),
        ] {
            assert_eq!(delivery.check(secret, body, now), expected, "{delivery:?}");
        }
        assert_eq!(SENT.verify(SECRET, BODY, at(0)), Err(Unverified::Body));
    }
}
