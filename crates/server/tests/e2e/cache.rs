//! Servers that share products in a Redis, as operators and buyers see them.

use serde_json::{Value, json};
use sutler_testkit::servers::postgres::Postgres;
use sutler_testkit::servers::redis::Redis;

use crate::server::{API_KEY, Said, Server, command, folder, http, run};

fn product(price: i64) -> Value {
    json!({"title": "P1", "price": {"amount": price, "currency": "EUR"}, "stock": 1000})
}

async fn price(server: &Server) -> i64 {
    let found = server.ask("GET", "/products/P1", None).await.unwrap();
    found["variants"][0]["price"]["amount"].as_i64().unwrap()
}

/// How often a tier had what was asked for, or not.
async fn counted(server: &Server, tier: &str, result: &str) -> u64 {
    let text = http().get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap();
    let name = format!("sutler_cache_requests_total{{tier=\"{tier}\",result=\"{result}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

#[tokio::test]
async fn servers_share_a_redis_and_do_without_it() {
    let (postgres, redis) = (Postgres::start().unwrap(), Redis::start().unwrap());
    let (url, redis_url) = (postgres.url(&postgres.database().unwrap()), redis.url());
    let folders = [folder(), folder()];
    let vars = [
        ("DATABASE_URL", url.as_str()),
        ("REDIS_URL", redis_url.as_str()),
        ("SUTLER_CACHE__TIMEOUT", "20s"),
        ("SUTLER_HTTP__DRAIN_DELAY", "0s"),
    ];
    let [one, other] = folders.each_ref().map(|folder| Server::serve(folder.path(), &vars));
    let ready = one.logged("ready").pop().unwrap();
    assert_eq!(ready["cache"], format!("redis 127.0.0.1:{}/0", redis.port()));

    one.ask("PUT", "/products/P1", Some(product(1000))).await.unwrap();
    assert_eq!(price(&one).await, 1000);
    while !redis.ask(&["KEYS", "sutler:*:product:P1"]).unwrap().ends_with("product:P1") {}
    assert_eq!(price(&other).await, 1000);
    assert_eq!((counted(&one, "store", "hit").await, counted(&other, "redis", "hit").await), (1, 1));
    assert_eq!(price(&other).await, 1000);
    assert_eq!((counted(&other, "local", "hit").await, counted(&other, "store", "hit").await), (1, 0));

    one.ask("PUT", "/products/P1", Some(product(1200))).await.unwrap();
    assert_eq!(price(&one).await, 1200);
    while price(&other).await != 1200 {}

    let doctor = |url: &str| {
        let mut command = command(folders[0].path(), &["doctor"]);
        command.env("DATABASE_URL", format!("sqlite://{}/d.db", folders[0].path().display()));
        command.env("REDIS_URL", url);
        run(command, None)
    };
    let healthy = doctor(&redis_url);
    let place = format!("at 127.0.0.1:{}/0", redis.port());
    assert!(healthy.out.contains("✓ cache          Redis ") && healthy.out.contains(&place), "{healthy:?}");

    redis.kill().unwrap();
    for amount in [1300, 1400] {
        other.ask("PUT", "/products/P1", Some(product(amount))).await.unwrap();
        assert_eq!(price(&other).await, amount);
        let order = json!({"items": [{"product_id": "P1", "quantity": 1}]});
        let order = one.ask("POST", "/orders", Some(order)).await.unwrap();
        assert_eq!(order["totals"]["total"]["amount"], amount);
        while price(&one).await != amount {}
    }
    let sick = doctor(&redis_url);
    assert_eq!(sick.code, 9, "{sick:?}");
    assert!(sick.out.contains("✗ cache          cannot reach Redis at 127.0.0.1:"), "{sick:?}");
    assert_eq!((one.stop().code(), other.stop().code()), (Some(0), Some(0)));
}

/// What `sutler serve` says of such a Redis.
fn serve(folder: &std::path::Path, url: &str) -> Said {
    let mut command = command(folder, &["serve", "--port", "0"]);
    command.env("API_KEY", API_KEY).env("REDIS_URL", url);
    run(command, None)
}

#[test]
fn a_redis_that_cannot_be_the_cache_is_refused_before_anything_is_begun() {
    let web = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let not_redis = web.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in web.incoming() {
            std::io::Write::write_all(&mut stream.unwrap(), b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    let secretive = Redis::start_with(&["--requirepass", "s3same"]).unwrap();
    let guarded = secretive.url().replace("redis://", "redis://:hunter2@");
    for (url, code, what) in [
        (
            "http://:hunter2@redis",
            3,
            "cache.url = \"http://:••••@redis\" is no address of a Redis".to_owned(),
        ),
        (
            "redis://:hunter2@127.0.0.1:1/4",
            7,
            "cannot reach Redis at 127.0.0.1:1/4 (Connection refused".to_owned(),
        ),
        (&format!("redis://{not_redis}"), 3, format!("what answers at {not_redis}/0 is not Redis (")),
        (&guarded, 4, format!("Redis at 127.0.0.1:{}/0 refuses us (", secretive.port())),
    ] {
        let folder = folder();
        let said = serve(folder.path(), url);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.starts_with(&format!("error: {what}")), "{said:?}");
        assert!(said.err.contains("REDIS_URL") && !said.err.contains("hunter2"), "{said:?}");
        assert!(!folder.path().join("sutler-data/sutler.db").exists(), "nothing was begun");
    }
}

#[test]
fn the_address_of_a_redis_may_stand_in_a_file() {
    let (folder, redis) = (folder(), Redis::start_with(&["--requirepass", "s3same"]).unwrap());
    let file = folder.path().join("redis-url");
    std::fs::write(&file, redis.url().replace("redis://", "redis://:s3same@")).unwrap();
    let server = Server::serve(folder.path(), &[("REDIS_URL_FILE", file.to_str().unwrap())]);
    let ready = server.logged("ready").pop().unwrap();
    assert_eq!(ready["cache"], format!("redis 127.0.0.1:{}/0", redis.port()));
    assert!(!server.banner.contains("s3same"));
}
