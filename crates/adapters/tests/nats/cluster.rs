//! Three servers that keep three copies: one of them may die at any moment.

use std::time::Duration;

use sutler_adapters::nats::{Nats, Options};
use sutler_testkit::servers::nats::{Nats as Server, Stop, free_port};

use crate::relay::Shop;
use crate::{options, stream};

fn cluster() -> Vec<Server> {
    let ports: Vec<u16> = (0..3).map(|_| free_port().unwrap()).collect();
    let routes: Vec<String> = ports.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
    let start = |(n, port): (usize, &u16)| {
        Server::start_with(&format!(
            "jetstream {{}}\nserver_name: server{n}
             cluster {{ name: three, listen: \"127.0.0.1:{port}\", routes: [{}] }}",
            routes.join(", ")
        ))
    };
    ports.iter().enumerate().map(|server| start(server).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_server_dies_no_event_is_lost_and_none_comes_twice() {
    let mut servers = cluster();
    let url = servers.iter().map(Server::url).collect::<Vec<_>>().join(",");
    let three = Options { replicas: 3, timeout: Duration::from_secs(1), ..options() };
    let elected = tokio::time::timeout(Duration::from_mins(1), async {
        while Nats::open(&url, &three).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    elected.await.unwrap();
    let shop = Shop::open(&url, &three).await;
    shop.happen(500).await;
    shop.arrives(&servers[0]).await;
    let made = stream(&servers[0]).await.cached_info().clone();
    assert_eq!(made.config.num_replicas, 3);
    // The one that keeps the order of the stream dies while more is on its way.
    let leader = made.cluster.unwrap().leader.unwrap();
    let of_leader: usize = leader.trim_start_matches("server").parse().unwrap();
    let leader = servers.remove(of_leader);
    shop.happen(2_000).await;
    leader.stop(Stop::Killed).unwrap();
    shop.happen(500).await;
    shop.arrives(&servers[0]).await;
    assert_eq!(shop.rewinds(), []);
}
