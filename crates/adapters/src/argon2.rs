//! Passwords by argon2id (RFC 9106): a few hashed at a time, on threads that may block.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use sutler_app::access::PasswordHash;
use sutler_app::ports::passwords::{HashingBusy, Passwords};
use tokio::sync::Semaphore;

/// Memory of one hash, in KiB: the OWASP Password Storage Cheat Sheet's 19 MiB, with [`PASSES`] and one lane.
pub const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
pub const PASSES: u32 = 2;

/// Passwords that are hashed at one time: each takes [`MEMORY_KIB`] and a processor.
pub const AT_ONCE_MAX: usize = 2;

/// Passwords that are hashed or wait for it; more are sent away, so that a flood of guesses costs no more than this.
pub const WAITING_MAX: usize = 32;

/// Hashes passwords with argon2id.
pub struct Argon2id {
    argon2: Argon2<'static>,
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Argon2id {
    /// With the parameters that OWASP names.
    pub fn new() -> Result<Self, String> {
        Self::with(MEMORY_KIB, PASSES)
    }

    /// With other parameters, such as cheap ones for tests.
    pub fn with(memory_kib: u32, passes: u32) -> Result<Self, String> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (at_once, waiting) = (Semaphore::new(AT_ONCE_MAX), Semaphore::new(WAITING_MAX));
        Ok(Self { argon2, at_once: Arc::new(at_once), waiting: Arc::new(waiting) })
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Option<T> + Send + 'static,
    ) -> Result<T, HashingBusy> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| HashingBusy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| HashingBusy)?;
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            // Whoever asked may be gone; the work still has its place until it is done.
            let _held = (place, turn);
            work(&argon2)
        });
        done.await.ok().flatten().ok_or(HashingBusy)
    }
}

#[async_trait]
impl Passwords for Argon2id {
    async fn hash(&self, password: &str) -> Result<PasswordHash, HashingBusy> {
        let password = password.to_owned();
        self.work(move |argon2| hashed(argon2, &password)).await
    }

    async fn matches(&self, password: &str, hash: Option<&PasswordHash>) -> Result<bool, HashingBusy> {
        let (password, hash) = (password.to_owned(), hash.cloned());
        self.work(move |argon2| {
            // Where there is no account, hashing takes as long as comparing does, so that time tells nobody of it.
            let Some(hash) = hash else { return hashed(argon2, &password).map(|_| false) };
            let parsed = phc::PasswordHash::new(hash.expose());
            Some(parsed.is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok()))
        })
        .await
    }
}

/// A hash with a fresh salt; `None` when the system has no chance to give.
fn hashed(argon2: &Argon2<'_>, password: &str) -> Option<PasswordHash> {
    let hash: phc::PasswordHash = argon2.hash_password(password.as_bytes()).ok()?;
    Some(PasswordHash::of(hash.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Argon2id {
        Argon2id::with(Params::MIN_M_COST, 1).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hashing = cheap();
        let hash = hashing.hash("correct horse battery").await.unwrap();
        assert!(hashing.matches("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!hashing.matches("correct horse batterz", Some(&hash)).await.unwrap());
        assert!(!hashing.matches("nobody's password", None).await.unwrap());
        assert_ne!(hashing.hash("correct horse battery").await.unwrap(), hash);
        assert_eq!(format!("{hash:?}"), "[redacted]");
    }

    #[tokio::test]
    async fn the_parameters_are_those_of_owasp() {
        let hash = Argon2id::new().unwrap().hash("correct horse battery").await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
    }

    #[tokio::test]
    async fn a_flood_of_guesses_is_sent_away() {
        let hashing = cheap();
        // Nobody has a turn, so everybody waits.
        let turns = hashing.at_once.acquire_many(u32::try_from(AT_ONCE_MAX).unwrap()).await.unwrap();
        let mut waiting: Vec<_> =
            (0..WAITING_MAX).map(|_| Box::pin(hashing.matches("guess", None))).collect();
        for one in &mut waiting {
            assert!(futures::poll!(one).is_pending());
        }
        assert_eq!(hashing.matches("guess", None).await, Err(HashingBusy));
        drop(turns);
        for one in waiting {
            assert_eq!(one.await, Ok(false));
        }
    }
}
