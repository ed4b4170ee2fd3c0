//! Secrets of endpoints as they are stored: sealed, when the shop has a key for it that is not in the database.
//!
//! A sealed secret is bound to its endpoint: copied to another one it cannot be opened. Whoever has a copy of the database
//! and not the key can sign nothing.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sutler_domain::WebhookEndpointId;

use super::endpoint::Endpoint;
use super::signature::Secret;
use crate::ports::Ids;

/// What a sealed secret begins with, where it is stored.
const SEALED: &str = "sealed_";

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Keys that seal secrets: the first one seals, and each of them opens. Without any, secrets are stored as they are.
#[derive(Clone, Default)]
pub struct SealKeys(Vec<Arc<LessSafeKey>>);

impl SealKeys {
    /// These keys, in base64, each of [`KEY_BYTES`] bytes; an error says what is wrong with one, and shows nothing of it.
    pub fn parse<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, String> {
        let how = "make one with: openssl rand -base64 32";
        let key = |text: &str| {
            let bytes =
                STANDARD.decode(text.trim()).map_err(|_| format!("holds a key that is no base64; {how}"))?;
            let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
            let key = key
                .map_err(|_| format!("holds a key of {} bytes instead of {KEY_BYTES}; {how}", bytes.len()))?;
            Ok(Arc::new(LessSafeKey::new(key)))
        };
        keys.into_iter().map(key).collect::<Result<Vec<_>, String>>().map(Self)
    }

    /// A secret as it is to be stored with its endpoint.
    pub(super) fn seal(&self, secret: &Secret, of: &WebhookEndpointId, ids: &dyn Ids) -> Secret {
        let (Some(key), Some(nonce)) = (self.0.first(), ids.secret().first_chunk::<NONCE_LEN>().copied())
        else {
            return secret.clone();
        };
        let mut text = secret.expose().as_bytes().to_vec();
        let bound_to = Aad::from(of.as_str().as_bytes());
        let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to, &mut text);
        // It fails only for more bytes than any secret has.
        sealed.map_or_else(
            |_| secret.clone(),
            |()| {
                Secret::stored(format!(
                    "{SEALED}{}",
                    STANDARD.encode([nonce.as_slice(), text.as_slice()].concat())
                ))
            },
        )
    }

    /// A secret that was stored; `None` for one that no key here opens.
    fn open(&self, stored: &Secret, of: &WebhookEndpointId) -> Option<Secret> {
        let Some(text) = stored.expose().strip_prefix(SEALED) else { return Some(stored.clone()) };
        let bytes = STANDARD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        self.0.iter().find_map(|key| {
            let (nonce, bound_to) = (Nonce::assume_unique_for_key(*nonce), Aad::from(of.as_str().as_bytes()));
            let mut sealed = sealed.to_vec();
            let opened = key.open_in_place(nonce, bound_to, &mut sealed).ok()?;
            Some(Secret::stored(String::from_utf8(opened.to_vec()).ok()?))
        })
    }

    /// An endpoint with secrets that sign. An old secret that cannot be opened signs no more; without the present one
    /// nothing may be sent, and `None` is given.
    pub(super) fn opened(&self, endpoint: Endpoint) -> Option<Endpoint> {
        let id = &endpoint.endpoint_id;
        let secret = self.open(&endpoint.secret, id)?;
        let old = endpoint.old_secrets.iter().filter_map(|old| {
            let mut old = old.clone();
            old.secret = self.open(&old.secret, id)?;
            Some(old)
        });
        let old_secrets = old.collect();
        Some(Endpoint { secret, old_secrets, ..endpoint })
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} redacted]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    struct Counting;

    impl Ids for Counting {
        fn uuid(&self) -> Uuid {
            Uuid::nil()
        }
        fn secret(&self) -> [u8; 24] {
            [7; 24]
        }
        fn below(&self, _: u64) -> u64 {
            0
        }
    }

    fn keys(bytes: &[u8]) -> SealKeys {
        let texts: Vec<String> = bytes.iter().map(|byte| STANDARD.encode([*byte; KEY_BYTES])).collect();
        SealKeys::parse(texts.iter().map(String::as_str)).unwrap()
    }

    fn id(n: u64) -> WebhookEndpointId {
        WebhookEndpointId::new(Uuid::from_u64_pair(n, 0))
    }

    #[test]
    fn a_sealed_secret_is_opened_by_its_key_for_its_endpoint_and_by_nothing_else() {
        let secret = Secret::of(&[1; 32]);
        let sealed = keys(&[1]).seal(&secret, &id(1), &Counting);
        assert!(sealed.expose().starts_with(SEALED) && !sealed.expose().contains("whsec_"));
        assert_eq!(keys(&[1]).open(&sealed, &id(1)), Some(secret.clone()));
        assert_eq!(keys(&[2, 1]).open(&sealed, &id(1)), Some(secret), "the key before still opens");
        assert_eq!(keys(&[2]).open(&sealed, &id(1)), None);
        assert_eq!(SealKeys::default().open(&sealed, &id(1)), None);
        assert_eq!(keys(&[1]).open(&sealed, &id(2)), None, "copied to another endpoint");
        let mut changed = sealed.expose().to_owned();
        changed.replace_range(SEALED.len()..SEALED.len() + 2, "AA");
        assert_eq!(keys(&[1]).open(&Secret::stored(changed), &id(1)), None);
    }

    #[test]
    fn without_a_key_a_secret_is_stored_as_it_is_and_with_one_those_from_before_still_open() {
        let secret = Secret::of(&[1; 32]);
        assert_eq!(SealKeys::default().seal(&secret, &id(1), &Counting), secret);
        assert_eq!(keys(&[1]).open(&secret, &id(1)), Some(secret));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        for (text, why) in [("s3cret!", "no base64"), ("czNjcmV0", "of 6 bytes instead of 32")] {
            let error = SealKeys::parse([text]).unwrap_err();
            assert!(error.contains(why) && error.contains("openssl") && !error.contains(text), "{error}");
        }
        assert_eq!(format!("{:?}", keys(&[1, 2])), "[2 redacted]");
    }
}
