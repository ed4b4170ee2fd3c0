//! Whether a webhook is Stripe's: `Stripe-Signature: t=…,v1=…` over `"{t}.{body}"`, as Stripe documents it.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// The header.
pub(super) const HEADER: &str = "stripe-signature";

/// How old, or how far ahead of our clock, a signature may be.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// The most bytes of the header that are read.
const HEADER_BYTES_MAX: usize = 4096;

/// Refuse a body that none of these secrets signed lately. During a rotation several are valid, and Stripe signs with
/// each; every comparison takes the same time whatever the bytes are.
pub(super) fn check(
    secrets: &[String],
    header: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), String> {
    let header = header.ok_or("the header Stripe-Signature is missing")?;
    if header.len() > HEADER_BYTES_MAX {
        return Err(format!("the header Stripe-Signature is longer than {HEADER_BYTES_MAX} bytes"));
    }
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, time) = parts().find(|(name, _)| *name == "t").ok_or("Stripe-Signature has no 't'")?;
    let signed_at = time.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
    let signed_at = signed_at.ok_or("the 't' of Stripe-Signature is no time")?;
    let signatures: Vec<Vec<u8>> =
        parts().filter(|(name, _)| *name == "v1").filter_map(|(_, text)| hex::decode(text).ok()).collect();
    if !secrets.iter().any(|secret| is_signed(secret, time, body, &signatures)) {
        return Err("no 'v1' of Stripe-Signature is right for this body; is it the secret of this endpoint, and is the \
                    body unchanged?"
            .to_owned());
    }
    let age = now.duration_since(signed_at);
    if age.abs() > TOLERANCE {
        return Err(format!(
            "the signature is {} s old, more than the {} s allowed; is the clock right?",
            age.as_secs(),
            TOLERANCE.as_secs()
        ));
    }
    Ok(())
}

fn is_signed(secret: &str, time: &str, body: &[u8], signatures: &[Vec<u8>]) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    let mac = mac.chain_update(time.as_bytes()).chain_update(b".").chain_update(body);
    signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_793_534_400 + second).unwrap()
    }

    fn signed(secret: &str, time: Timestamp, body: &[u8]) -> String {
        let time = time.as_second().to_string();
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(time.as_bytes()).chain_update(b".").chain_update(body);
        format!("t={time},v1={},v0=00", hex::encode(mac.finalize().into_bytes()))
    }

    fn secrets() -> Vec<String> {
        vec!["whsec_old".to_owned(), "whsec_new".to_owned()]
    }

    #[test]
    fn each_secret_of_a_rotation_is_believed_and_no_other() {
        let body = br#"{"id":"evt_1"}"#;
        for secret in ["whsec_old", "whsec_new"] {
            let header = signed(secret, at(0), body);
            assert_eq!(check(&secrets(), Some(&header), body, at(5)), Ok(()), "{secret}");
        }
        let header = signed("whsec_other", at(0), body);
        assert!(check(&secrets(), Some(&header), body, at(5)).unwrap_err().contains("v1"));
        assert!(check(&[], Some(&header), body, at(5)).is_err());
    }

    #[test]
    fn the_tolerance_ends_at_its_second_in_both_directions() {
        let (body, header) = (b"{}", signed("whsec_new", at(0), b"{}"));
        for (now, is_believed) in [(300, true), (301, false), (-300, true), (-301, false)] {
            let checked = check(&secrets(), Some(&header), body, at(now));
            assert_eq!(checked.is_ok(), is_believed, "{now} s: {checked:?}");
        }
    }

    #[test]
    fn whatever_is_changed_is_refused() {
        let body = br#"{"id":"evt_1"}"#;
        let header = signed("whsec_new", at(0), body);
        assert!(check(&secrets(), Some(&header), br#"{"id":"evt_2"}"#, at(0)).is_err());
        let later = header.replace(&at(0).as_second().to_string(), &at(1).as_second().to_string());
        assert!(check(&secrets(), Some(&later), body, at(0)).is_err());
        for broken in
            ["", "t=", "v1=00", "t=1793534400", "t=x,v1=00", "t=1793534400,v1=zz", &"t=1,".repeat(2000)]
        {
            assert!(check(&secrets(), Some(broken), body, at(0)).is_err(), "{broken}");
        }
        assert!(check(&secrets(), None, body, at(0)).unwrap_err().contains("missing"));
    }

    #[test]
    fn the_one_right_signature_among_wrong_ones_is_found() {
        let (body, right) = (b"{}", signed("whsec_new", at(0), b"{}"));
        let (time, rest) = right.split_once(',').unwrap();
        let header = format!("{time},v1={},{rest}", "00".repeat(32));
        assert_eq!(check(&secrets(), Some(&header), body, at(0)), Ok(()));
    }
}
