//! A Redis, as a memory that may be away at any moment: whoever asks it hears something, or soon that there is nothing
//! to be heard.

mod breaker;
mod open;

use std::time::{Duration, Instant};

use ::redis::aio::ConnectionManager;
use ::redis::{Cmd, FromRedisValue, cmd};

pub use breaker::FAILURES_MAX;
use breaker::{Breaker, Turned};
pub use open::{Address, OpenError, Seen};

/// Keeps each entry unless its key has one of a version that is not below: KEYS, and for each of them three arguments.
/// The version stands at the head of a value; what has none, or is no text, has version 0.
const KEEP: &str = r#"
for i, key in ipairs(KEYS) do
  local head = redis.pcall('GETRANGE', key, 0, 32)
  local version = type(head) == 'string' and string.match(head, '^{"version":(%d+)')
  if tonumber(version or 0) < tonumber(ARGV[3 * i - 2]) then
    redis.call('SET', key, ARGV[3 * i], 'PX', ARGV[3 * i - 1])
  end
end
"#;

/// Something to be kept.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// What is kept with this version or a later one stays.
    pub(super) below: u64,
    pub(super) ttl_ms: u64,
    pub(super) value: Vec<u8>,
}

/// A Redis.
pub struct Redis {
    connection: ConnectionManager,
    breaker: Breaker,
    place: String,
    /// How long anybody waits for an answer, connecting included.
    timeout: Duration,
}

impl Redis {
    /// Host, port and database, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The values of these keys; `None` when Redis does not say.
    pub(super) async fn values(&self, keys: &[String]) -> Option<Vec<Option<Vec<u8>>>> {
        let values: Vec<_> = self.ask(cmd("MGET").arg(keys)).await?;
        (values.len() == keys.len()).then_some(values)
    }

    /// Keep these entries, where nothing newer is kept. Whether that is done.
    pub(super) async fn keep(&self, entries: &[Entry]) -> bool {
        entries.is_empty() || self.ask::<()>(&keep(entries)).await.is_some()
    }

    /// Let go of these keys, if Redis is there.
    pub(super) async fn drop_keys(&self, keys: &[String]) {
        if !keys.is_empty() {
            self.ask::<u64>(cmd("DEL").arg(keys)).await;
        }
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let permit = self.breaker.permit(Instant::now())?;
        let mut connection = self.connection.clone();
        let told = match tokio::time::timeout(self.timeout, command.query_async(&mut connection)).await {
            Ok(told) => told.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} ms", self.timeout.as_millis())),
        };
        // Once for each change, not for each call: there may be thousands a second.
        match (self.breaker.ended(&permit, told.is_ok(), Instant::now()), &told) {
            (Some(Turned::Away), Err(reason)) => {
                tracing::warn!(redis = self.place, reason, "shared_cache_away");
            }
            (Some(Turned::Back), _) => tracing::info!(redis = self.place, "shared_cache_back"),
            _ => {}
        }
        told.ok()
    }
}

/// The script is sent whole each time: Redis knows it again by itself, and one that has just started has to be told.
fn keep(entries: &[Entry]) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(KEEP).arg(entries.len());
    for entry in entries {
        command.arg(&entry.key);
    }
    for entry in entries {
        command.arg(entry.below).arg(entry.ttl_ms).arg(&entry.value);
    }
    command
}
