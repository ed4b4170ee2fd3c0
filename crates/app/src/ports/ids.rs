//! Fresh ids and secrets.

use uuid::Uuid;

/// Makes ids and secrets; the only source of randomness.
pub trait Ids: Send + Sync {
    /// A fresh `UUIDv7`.
    fn uuid(&self) -> Uuid;
    /// 192 fresh random bits, for secrets.
    fn secret(&self) -> [u8; 24];
    /// A number in `0..=max`, for jitter.
    fn below(&self, max: u64) -> u64;
}
