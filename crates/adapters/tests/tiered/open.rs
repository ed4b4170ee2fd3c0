//! A Redis that cannot be the cache is refused with its place, the reason and the next step.

use std::io::{Read, Write};
use std::net::TcpListener;

use sutler_adapters::cache::{OpenError, Redis, Seen};
use sutler_testkit::servers;

use crate::shop::{PATIENCE, shared};

/// Why a Redis is not opened.
async fn refused(url: &str) -> OpenError {
    match Redis::open(url, PATIENCE).await {
        Ok(redis) => panic!("{} was opened", redis.place()),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("cache.url (REDIS_URL)") && !text.contains("s3cret"), "{text}");
            assert!(Seen::look(url).await.is_err());
            error
        }
    }
}

#[tokio::test]
async fn one_that_does_its_work_is_opened_at_a_port_and_at_a_socket() {
    let server = shared();
    for url in [server.url(), server.socket_url()] {
        let redis = Redis::open(&url, PATIENCE).await.unwrap();
        assert!(redis.place().ends_with("/0"), "{}", redis.place());
        assert!(Seen::look(&url).await.unwrap().version.split('.').count() == 3);
    }
}

#[tokio::test]
async fn nobody_there() {
    for url in [
        "redis://:s3cret@127.0.0.1:1/0",
        "redis+unix:///nowhere/redis.sock",
        "redis://no-such-host.invalid/0",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    }
    let error = refused("redis://127.0.0.1:1/3").await;
    assert!(
        error.to_string().starts_with("cannot reach Redis at 127.0.0.1:1/3 (Connection refused"),
        "{error}"
    );
}

#[tokio::test]
async fn somebody_else() {
    // One says what a web server says, one hangs up.
    for said in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}/0", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                _ = stream.read(&mut [0; 1024]);
                _ = stream.write_all(said);
            }
        });
        let error = refused(&url).await;
        assert!(matches!(error, OpenError::NotRedis { .. }), "{error}");
    }
}

#[tokio::test]
async fn one_that_lets_us_in_only_with_its_password() {
    let server = servers::redis::Redis::start_with(&["--requirepass", "open-s3same"]).unwrap();
    let of = |login: &str| server.url().replace("redis://", &format!("redis://{login}"));
    for login in ["", ":s3cret@", "nobody:s3cret@"] {
        let error = refused(&of(login)).await;
        assert!(matches!(error, OpenError::Denied { .. }), "{login}: {error}");
    }
    Redis::open(&of(":open-s3same@"), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn one_where_we_may_do_no_more_than_the_manual_says() {
    let manual =
        include_str!("../../../../docs/operating.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rights) = manual.split_once("A user of its own needs `").unwrap();
    let rights = rights.split('`').next().unwrap();
    let with = |rights: &str| {
        let user = ["--user", "shop", "on", ">s3cret"].into_iter().chain(rights.split_whitespace());
        servers::redis::Redis::start_with(&user.collect::<Vec<_>>()).unwrap()
    };
    let server = with(rights);
    let url = server.url().replace("redis://", "redis://shop:s3cret@").replace("/0", "/1");
    Redis::open(&url, PATIENCE).await.unwrap();
    assert!(Seen::look(&url).await.unwrap().version.contains('.'));
    let server = with(&rights.replace("+set", ""));
    let error = refused(&server.url().replace("redis://", "redis://shop:s3cret@")).await;
    assert!(matches!(error, OpenError::Denied { .. } | OpenError::Unfit { .. }), "{error}");
}

#[tokio::test]
async fn one_that_does_not_keep_what_it_is_told() {
    let (first, port) = (shared(), shared().port().to_string());
    let replica = servers::redis::Redis::start_with(&["--replicaof", "127.0.0.1", &port]).unwrap();
    let full = servers::redis::Redis::start_with(&["--maxmemory", "1"]).unwrap();
    for url in [replica.url(), full.url(), first.url().replace("/0", "/99")] {
        let error = refused(&url).await;
        assert!(matches!(error, OpenError::Unfit { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_address() {
    for url in ["http://redis:6379", "redis://", "6379"] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::BadUrl(_)), "{error}");
    }
}
