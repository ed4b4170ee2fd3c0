//! What cannot be a bus is refused with the value, the reason and the next step.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, RetentionPolicy, StorageType};
use sutler_adapters::nats::{Nats, OpenError, Options, Seen};
use sutler_testkit::servers::nats::Nats as Server;

use crate::{options, stream};

/// The refusal, and that it has a next step and no secret in it.
async fn refusal(url: &str, options: &Options) -> (OpenError, String) {
    let Err(error) = Nats::open(url, options).await else { unreachable!("{url} was opened") };
    let text = error.to_string();
    let (what, next) = text.split_once("\n  ").unwrap();
    assert!(!what.is_empty() && !next.is_empty(), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    (error, text)
}

/// Something that says these words to the first who connects, then `answer` to each line.
fn talker(greeting: String, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        while let Ok((mut connection, _)) = listener.accept() {
            connection.write_all(greeting.as_bytes()).unwrap_or_default();
            let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                if line == "PING" {
                    connection.write_all(answer.as_bytes()).unwrap_or_default();
                }
            }
        }
    });
    format!("nats://shop:s3cret@{address}")
}

#[tokio::test]
async fn nobody_there_or_somebody_else_is_told_with_the_address() {
    let (error, text) = refusal("nats://shop:s3cret@127.0.0.1:1", &options()).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(text.starts_with("cannot reach NATS at nats://127.0.0.1:1 ("), "{text}");
    assert!(text.contains("refused"), "{text}");

    let (error, text) = refusal("nats://no-such-host.invalid", &options()).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(text.starts_with("cannot reach NATS at nats://no-such-host.invalid:4222 ("), "{text}");

    let mail = talker("220 mail.example.com ESMTP\r\n".to_owned(), "");
    let (error, text) = refusal(&mail, &options()).await;
    assert!(matches!(error, OpenError::NotNats { .. }), "{error:?}");
    assert!(text.contains("is no NATS server ("), "{text}");
}

#[tokio::test]
async fn an_old_server_is_refused_by_its_version() {
    let info = r#"INFO {"server_id":"N","version":"2.9.10","proto":1,"headers":true,"jetstream":true,"max_payload":1048576}"#;
    let old = talker(format!("{info}\r\n"), "PONG\r\n");
    let (error, text) = refusal(&old, &options()).await;
    assert!(matches!(error, OpenError::TooOld { .. }), "{error:?}");
    assert!(text.contains("is version 2.9.10; Sutler needs 2.10 or newer"), "{text}");
    assert!(text.contains("nothing was changed"), "{text}");
}

#[tokio::test]
async fn a_server_that_keeps_nothing_is_refused() {
    let server = Server::start_with("").unwrap();
    let (error, text) = refusal(&server.url(), &options()).await;
    assert!(matches!(error, OpenError::NoJetStream { .. }), "{error:?}");
    assert!(text.contains("has no JetStream for us (") && text.contains("-js"), "{text}");

    let accounts = "jetstream {}\naccounts { A: { users: [{user: shop, password: s3cret}] } }";
    let server = Server::start_with(accounts).unwrap();
    let (error, _) = refusal(&server.url_as("shop:s3cret"), &options()).await;
    assert!(matches!(error, OpenError::NoJetStream { .. }), "{error:?}");
}

#[tokio::test]
async fn who_may_not_in_or_may_not_do_it_is_told_what_is_missing() {
    let server = Server::start_with(
        "jetstream {}
         authorization { users: [
             {user: shop, password: s3cret}
             {user: mute, password: s3cret, permissions: {publish: {deny: \"$JS.API.>\"}}}
             {user: deaf, password: s3cret, permissions: {subscribe: {deny: \"_INBOX.>\"}}}
             {user: guest, password: s3cret, permissions: {publish: {deny: \"$JS.API.STREAM.CREATE.>\"}}}
         ] }",
    )
    .unwrap();
    for login in ["shop:s3cretly", "nobody:s3cret", "s3cret"] {
        let (error, text) = refusal(&server.url_as(login), &options()).await;
        assert!(matches!(error, OpenError::Denied { .. }), "{login}: {error:?}");
        assert!(text.contains("does not let us in ("), "{text}");
    }
    let (error, _) = refusal(&server.url(), &options()).await;
    assert!(matches!(error, OpenError::Denied { .. }), "{error:?}");
    for user in ["mute", "deaf", "guest"] {
        let (error, text) = refusal(&server.url_as(&format!("{user}:s3cret")), &options()).await;
        assert!(matches!(error, OpenError::NotPermitted { .. }), "{user}: {error:?}");
        let missing = match user {
            "mute" => "$JS.API.INFO",
            "deaf" => "_INBOX.",
            _ => "$JS.API.STREAM.CREATE.SUTLER",
        };
        assert!(text.to_lowercase().contains(&missing.to_lowercase()), "{text}");
        assert!(text.contains("let the user publish to sutler.> and $JS.API.>"), "{text}");
    }
    Nats::open(&server.url_as("shop:s3cret"), &options()).await.unwrap();
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_told_with_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |path: PathBuf| {
        refusal("nats://127.0.0.1:1", &Options { creds_file: Some(path), ..options() }).await
    };
    let (error, text) = open(folder.path().join("none.creds")).await;
    assert!(matches!(error, OpenError::BadCreds { .. }), "{error:?}");
    assert!(text.contains("none.creds") && text.contains("events.creds_file"), "{text}");
    let path = folder.path().join("bad.creds");
    std::fs::write(&path, "s3cret").unwrap();
    let (error, _) = open(path).await;
    assert!(matches!(error, OpenError::BadCreds { .. }), "{error:?}");
}

#[tokio::test]
async fn a_stream_is_made_as_it_must_be_and_follows_the_settings() {
    let server = Server::start().unwrap();
    let seen = Nats::look(&server.url(), &options()).await.unwrap();
    assert_eq!((seen.place, seen.messages), (server.url(), None), "looking makes nothing");
    Nats::open(&server.url(), &options()).await.unwrap();
    let made = stream(&server).await.cached_info().config.clone();
    assert_eq!((made.subjects, made.storage), (vec!["sutler.>".to_owned()], StorageType::File));
    assert_eq!((made.num_replicas, made.duplicate_window), (1, Duration::from_mins(2)));
    assert_eq!(made.max_age, Duration::from_hours(90 * 24));

    // What an operator set stays; what the settings of Sutler say is followed.
    let operator = Config { max_bytes: 1 << 30, ..stream(&server).await.cached_info().config.clone() };
    jetstream::new(async_nats::connect(server.url()).await.unwrap()).update_stream(&operator).await.unwrap();
    let shorter = Options { retention: Duration::from_hours(30 * 24), ..options() };
    Nats::open(&server.url(), &shorter).await.unwrap();
    let adapted = stream(&server).await.cached_info().config.clone();
    assert_eq!((adapted.max_bytes, adapted.max_age), (1 << 30, Duration::from_hours(30 * 24)));
    let Seen { messages, version, .. } = Nats::look(&server.url(), &options()).await.unwrap();
    assert!(messages == Some(0) && version.starts_with("2."), "{version}");
}

#[tokio::test]
async fn a_stream_that_cannot_be_used_is_refused_and_left_alone() {
    let server = Server::start().unwrap();
    let context = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let named = |stream: &str| Options { stream: stream.to_owned(), ..options() };
    let ours = |name: &str| Config {
        name: name.to_owned(),
        subjects: vec![format!("{}.>", name.to_lowercase())],
        ..Config::default()
    };
    for (config, reason, next) in [
        (
            Config { subjects: vec!["jobs.>".to_owned()], ..ours("JOBS2") },
            "its subjects are",
            "events.stream",
        ),
        (Config { retention: RetentionPolicy::WorkQueue, ..ours("QUEUE") }, "workqueue", "make it anew"),
        (Config { storage: StorageType::Memory, ..ours("MEMORY") }, "storage is memory", "make it anew"),
    ] {
        let before = context.create_stream(&config).await.unwrap().cached_info().config.clone();
        let (error, text) = refusal(&server.url(), &named(&config.name)).await;
        assert!(matches!(error, OpenError::Unfit { .. }), "{error:?}");
        assert!(text.contains(&format!("the stream {} at {}", config.name, server.url())), "{text}");
        assert!(text.contains(reason) && text.contains(next), "{text}");
        let after = context.get_stream(&config.name).await.unwrap().cached_info().config.clone();
        assert_eq!(before, after);
    }
    // One server cannot keep three copies.
    let (error, text) = refusal(&server.url(), &Options { replicas: 3, ..options() }).await;
    assert!(matches!(error, OpenError::Unfit { .. }), "{error:?}");
    assert!(text.contains("replicas") && text.contains("events.replicas"), "{text}");
    assert!(context.get_stream("SUTLER").await.is_err(), "nothing was begun");
    let (error, text) = refusal(&server.url(), &named("a.b")).await;
    assert!(matches!(error, OpenError::BadStream { .. }), "{error:?}");
    assert!(text.contains("events.stream = \"a.b\""), "{text}");
}
