//! Real servers for tests: started from the programs of this machine, in folders of their own, and gone with the test.

pub mod front;
mod keeper;
pub mod nats;
pub mod node;
pub mod pgbouncer;
pub mod port;
pub mod postgres;
pub mod proxy;
pub mod receiver;
pub mod redis;
pub mod stripe;

/// Between two looks at what will be so: whoever waits leaves the processor to whom it waits for.
pub async fn a_moment() {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}
