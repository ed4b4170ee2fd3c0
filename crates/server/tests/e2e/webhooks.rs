//! Webhooks, from the outside: a shop, a receiver, and the commands between them.

use serde_json::{Value, json};
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::receiver::{Manner, Received, Receiver};

use crate::server::{API_KEY, Said, Server, command, folder, run, sutler};
use crate::verifiers::judge;

fn json_of(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

fn types(received: &[Received]) -> Vec<String> {
    received.iter().map(|request| request.json()["type"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_order_is_delivered_seen_and_sent_again() {
    let (folder, receiver) = (folder(), Receiver::start().unwrap());
    let folder = folder.path();
    let _server = Server::dev(folder, &["--no-open"]);
    let url = receiver.url();
    let made = sutler(folder, &["webhooks", "create", &url, "--types", "order.*,payment.*", "--json"]);
    let made = json_of(&made);
    let (id, secret) = (made["webhook_endpoint_id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"));
    let triggered = sutler(folder, &["trigger", "payment.captured"]);
    assert!(triggered.out.contains("→ payment.captured"), "{triggered:?}");
    let came = receiver.wait_for(4).await;
    assert_eq!(types(&came), ["order.placed", "payment.created", "payment.captured", "order.confirmed"]);
    judge(folder, secret, &came[2]);
    // No list and no log shows the secret again.
    for args in [
        ["webhooks", "list", "--json"].as_slice(),
        &["webhooks", "show", id, "--json"],
        &["events", "list", "--all", "-o", "ndjson"],
    ] {
        assert!(!sutler(folder, args).out.contains("whsec_"), "{args:?}");
    }
    let tested = sutler(folder, &["webhooks", "test", id]);
    assert!(tested.code == 0 && tested.out.contains("✓  1"), "{tested:?}");
    receiver.behave(Manner::Status(500));
    let tested = sutler(folder, &["webhooks", "test", id]);
    assert!(tested.code != 0 && tested.out.contains("answered 500"), "{tested:?}");
    receiver.behave(Manner::Take);
    let list =
        sutler(folder, &["webhooks", "deliveries", "--endpoint", id, "--state", "delivered", "--json"]);
    let delivery = json_of(&list)["data"][0]["webhook_delivery_id"].as_str().unwrap().to_owned();
    let before = receiver.received().len();
    assert_eq!(sutler(folder, &["webhooks", "resend", &delivery]).code, 0);
    let again = receiver.wait_for(before + 1).await;
    let shown = json_of(&sutler(folder, &["webhooks", "deliveries", &delivery, "--json"]));
    assert_eq!(shown["event_id"], again[before].header("webhook-id"));
    assert_eq!(shown["attempts"][0]["request"]["body"].as_str().unwrap().as_bytes(), again[before].body);
    let rotated = json_of(&sutler(folder, &["webhooks", "rotate-secret", id, "--json"]));
    assert_ne!(rotated["secret"], secret);
    assert_eq!(sutler(folder, &["webhooks", "delete", id, "--yes"]).code, 0);
    assert_eq!(json_of(&sutler(folder, &["webhooks", "list", "--json"]))["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_no_event() {
    let (folder, receiver) = (folder(), Receiver::start().unwrap());
    let folder = folder.path();
    let vars =
        [("SUTLER_WEBHOOKS__ALLOW_PRIVATE", "true"), ("SUTLER_WEBHOOKS__RETRIES", "1s,1s,1s,1s,1s,1s")];
    let server = Server::serve(folder, &vars);
    receiver.behave(Manner::Hang);
    let body = json!({"url": receiver.url(), "types": ["product.*"]});
    server.ask("POST", "/webhook_endpoints", Some(body)).await.unwrap();
    for n in 0..20 {
        server
            .ask("POST", "/products", Some(json!({"title": format!("Mug {n}"), "price": 100})))
            .await
            .unwrap();
    }
    receiver.wait_for(8).await;
    server.signal("KILL");
    server.end();
    receiver.behave(Manner::Take);
    let before = receiver.received().len();
    let _server = Server::serve(folder, &vars);
    let came = receiver.wait_for(before + 20).await;
    let ids: std::collections::HashSet<&str> =
        came[before..].iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(ids.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_production_server_delivers_to_public_addresses_only() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    for url in [
        "http://shop.example.com/hooks",
        "https://127.0.0.1/",
        "https://[::ffff:a00:1]/",
        "https://0x7f.1/",
        "ftp://x.example.com/",
    ] {
        let answer = server.ask("POST", "/webhook_endpoints", Some(json!({"url": url}))).await;
        assert_eq!(answer, Err("validation_failed".to_owned()), "{url}");
    }
    // A name is judged when it is connected to.
    let made =
        server.ask("POST", "/webhook_endpoints", Some(json!({"url": "https://localhost:9/"}))).await.unwrap();
    let id = made["webhook_endpoint_id"].as_str().unwrap();
    let told = server.ask("POST", &format!("/webhook_endpoints/{id}/test"), None).await.unwrap();
    let list = told["deliveries"].as_str().unwrap();
    let error = loop {
        let found = server.ask("GET", list, None).await.unwrap();
        if let Some(error) = found["data"][0]["last_error"].as_str() {
            break error.to_owned();
        }
        a_moment().await;
    };
    assert!(error.contains("webhooks go to public addresses only"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_forwarded_to_a_developer() {
    let (folder, receiver) = (folder(), Receiver::start().unwrap());
    let folder = folder.path();
    let _server = Server::dev(folder, &["--no-open"]);
    let listen = |after: &str| {
        let to = format!("{}/hooks", receiver.address);
        sutler(
            folder,
            &["listen", "--forward-to", &to, "--types", "order.placed", "--after", after, "--limit", "1"],
        )
    };
    let first = json_of(&sutler(folder, &["events", "list", "--limit", "1", "--json"]));
    let after = first["data"][0]["id"].as_str().unwrap().to_owned();
    let said = listen(&after);
    assert!(said.code == 0 && said.out.contains("order.placed") && said.out.contains("✓ 200"), "{said:?}");
    let secret = said.out.lines().next().unwrap().to_owned();
    judge(folder, &secret, &receiver.wait_for(1).await[0]);
    assert_eq!(listen(&after).out.lines().next(), Some(secret.as_str()), "the secret stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_triggered_can_be_another_one() {
    let folder = folder();
    let folder = folder.path();
    let server = Server::dev(folder, &["--no-open"]);
    let set = ["--set", "items.0.quantity=5", "--set", "metadata.campaign=spring"];
    let said = sutler(folder, &[["trigger", "order.placed"].as_slice(), &set].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let newest = server.ask("GET", "/orders?limit=1", None).await.unwrap()["data"][0].clone();
    assert_eq!(
        (&newest["items"][0]["quantity"]["ordered"], &newest["metadata"]["campaign"]),
        (&json!(5), &json!("spring"))
    );
    for (set, why) in [("quantity", "path=value"), ("currency.code=x", "'currency.code' cannot be set")] {
        let said = sutler(folder, &["trigger", "order.placed", "--set", set]);
        assert!(said.code == 2 && said.err.contains(why), "{said:?}");
    }
    // A server that was not reached is not asked for its goods.
    for args in [["orders", "create", "--sample"].as_slice(), &["trigger", "order.placed"]] {
        let said = sutler(folder, &[args, &["--server", "http://127.0.0.1:1"]].concat());
        assert!(said.code == 7 && !said.err.contains("sample shop"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_database_signs_nothing() {
    let (folder, receiver) = (folder(), Receiver::start().unwrap());
    let folder = folder.path();
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let vars = [("SUTLER_WEBHOOKS__ALLOW_PRIVATE", "true"), ("SUTLER_WEBHOOKS__SEAL_KEYS", key)];
    let server = Server::serve(folder, &vars);
    let body = json!({"url": receiver.url(), "types": ["product.*"]});
    let made = server.ask("POST", "/webhook_endpoints", Some(body)).await.unwrap();
    server.ask("POST", "/products", Some(json!({"title": "Mug", "price": 100}))).await.unwrap();
    assert!(receiver.wait_for(1).await[0].header("webhook-signature").starts_with("v1,"));
    server.stop();
    for entry in std::fs::read_dir(folder.join("sutler-data")).unwrap() {
        let (path, secret) = (entry.unwrap().path(), made["secret"].as_str().unwrap().as_bytes());
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(secret.len()).any(|some| some == secret), "{}", path.display());
    }
}

#[test]
fn keys_and_certificates_that_are_none_are_refused_before_anything_is_begun() {
    for (name, value, what) in [
        ("SUTLER_WEBHOOKS__SEAL_KEYS", "c2hvcnQ=", "webhooks.seal_keys holds a key of 5 bytes instead of 32"),
        ("SUTLER_WEBHOOKS__SEAL_KEYS", "s3cret!", "webhooks.seal_keys holds a key that is no base64"),
        (
            "SUTLER_WEBHOOKS__TRUSTED_CERTIFICATES",
            "none.pem",
            "webhooks.trusted_certificates = \"none.pem\" cannot be read",
        ),
        ("SUTLER_WEBHOOKS__TRUSTED_CERTIFICATES", "/dev/null", "holds no certificate"),
    ] {
        let folder = folder();
        let mut serve = command(folder.path(), &["serve", "--port", "0"]);
        serve.env("API_KEY", API_KEY).env(name, value);
        let said = run(serve, None);
        assert!(said.code == 3 && said.err.contains(what), "{said:?}");
        assert!(!name.ends_with("KEYS") || !said.err.contains(value), "{said:?}");
        assert!(!folder.path().join("sutler-data/server.json").exists());
    }
}
