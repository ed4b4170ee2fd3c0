//! Names of hosts, looked up where nobody waits for it who does not ask.
//!
//! The system looks a name up in a call that blocks, for five seconds and more where nobody answers. On the threads that the
//! runtime has for such calls the store reads too: a receiver whose name leads nowhere would hold up every request. So names
//! have threads of their own, and a name that several ask for takes one.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, oneshot};

/// Names that are looked up at the same time, each on a thread; more of them wait.
pub const LOOKUPS_MAX: usize = 64;

/// Looks names up. What it says is not trusted: every address is judged.
#[async_trait]
pub trait Names: Send + Sync {
    /// The addresses of a host.
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// As this machine looks names up.
#[derive(Clone, Default)]
pub struct SystemNames(Arc<Lookups>);

type Place = (String, u16);
type Found = Result<Arc<[SocketAddr]>, Arc<io::Error>>;
type Lookup = Shared<BoxFuture<'static, Found>>;

struct Lookups {
    free: Arc<Semaphore>,
    under_way: Mutex<HashMap<Place, Lookup>>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(LOOKUPS_MAX)), under_way: Mutex::default() }
    }
}

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let place = (host.to_owned(), port);
        let lookup = {
            let mut under_way = self.0.under_way.lock();
            under_way.entry(place.clone()).or_insert_with(|| begin(Arc::clone(&self.0), place)).clone()
        };
        lookup
            .await
            .map(|found| found.to_vec())
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }
}

/// For clients that look names up by themselves.
impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        async move {
            // The port is the client's affair.
            let found: Addrs = Box::new(names.look_up(name.as_str(), 0).await?.into_iter());
            Ok(found)
        }
        .boxed()
    }
}

/// In a task of its own, which ends also when everybody who waited has gone.
fn begin(lookups: Arc<Lookups>, place: Place) -> Lookup {
    let task = tokio::spawn(async move {
        let found = on_a_thread(&lookups.free, place.clone()).await;
        lookups.under_way.lock().remove(&place);
        found.map(Into::into).map_err(Arc::new)
    });
    task.map(|ended| ended.unwrap_or_else(|error| Err(Arc::new(io::Error::other(error))))).boxed().shared()
}

async fn on_a_thread(free: &Arc<Semaphore>, (host, port): Place) -> io::Result<Vec<SocketAddr>> {
    let place = Arc::clone(free).acquire_owned().await.map_err(io::Error::other)?;
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("sutler-names".to_owned()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        drop(place);
        // Nobody waits any more when the server ends.
        _ = tell.send(found);
    })?;
    told.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_none_of_the_threads_that_the_store_reads_on() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (release, held) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || held.recv());
            let found = SystemNames::default().look_up("localhost", 80).await.unwrap();
            assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
            drop(release);
            busy.await.unwrap().unwrap_err();
        });
    }

    #[tokio::test]
    async fn a_name_that_is_none_is_an_error_for_everybody_who_asked() {
        let names = SystemNames::default();
        let ask = || names.look_up("no host has this name", 80);
        let (first, second) = futures::join!(ask(), ask());
        assert!(first.is_err() && second.is_err());
        assert!(names.0.under_way.lock().is_empty(), "it is looked up anew the next time");
    }
}
