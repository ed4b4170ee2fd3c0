//! The bus, as operators and consumers see it: real servers of Sutler, of NATS, and of PostgreSQL.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sutler_client::Heard;
use sutler_testkit::bus::Message;
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::nats::{Nats, Stop};
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Said, Server, command, folder, http, run};

/// Nothing takes longer than this, unless something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

const PUBLIC_URL: (&str, &str) = ("SUTLER_PUBLIC_URL", "https://shop.example.com");

fn order() -> Value {
    json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}})
}

async fn stock(server: &Server) {
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 100_000});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
}

/// The text of an answer, byte for byte.
async fn text(server: &Server, path: &str) -> String {
    let answer = http().get(format!("{}{path}", server.url)).bearer_auth(API_KEY).send().await.unwrap();
    answer.text().await.unwrap()
}

/// Every event, and the texts of the pages on which they are shown.
async fn shown(server: &Server) -> (Vec<Value>, String) {
    let (mut events, mut pages, mut after) = (Vec::new(), String::new(), String::new());
    loop {
        let page = text(server, &format!("/events?limit=200{after}")).await;
        let read: Value = serde_json::from_str(&page).unwrap();
        events.extend(read["data"].as_array().unwrap().iter().cloned());
        pages += &page;
        if read["page"]["has_more"] != true {
            return (events, pages);
        }
        after = format!("&after={}", read["page"]["next"].as_str().unwrap());
    }
}

/// Wait until the bus has every event that the server shows; what it has is what is shown.
async fn has_all(nats: &Nats, server: &Server) -> Vec<Message> {
    let all = tokio::time::timeout(PATIENCE, async {
        loop {
            let (events, pages) = shown(server).await;
            let messages = nats.messages("SUTLER").await.unwrap();
            if messages.len() >= events.len() {
                return (events, pages, messages);
            }
            a_moment().await;
        }
    });
    let (events, pages, messages) = all.await.unwrap();
    assert_eq!(messages.len(), events.len(), "each once");
    for (message, event) in messages.iter().zip(&events) {
        assert_eq!(
            (message.event_id.as_str(), message.kind.as_str()),
            (event["id"].as_str().unwrap(), event["type"].as_str().unwrap())
        );
        let body = std::str::from_utf8(&message.body).unwrap();
        assert!(pages.contains(body), "not as GET /events shows it: {body}");
    }
    // And as the stream of the server shows it, byte for byte.
    let client = server.client().with_key(API_KEY);
    let reader = client.events();
    let mut stream = reader.follow(&[("after", "start")]);
    for message in &messages {
        let json = loop {
            match tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap() {
                Heard::Event { json, .. } => break json,
                Heard::Open { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(json.as_bytes(), message.body);
    }
    messages
}

/// A number of `/metrics`.
async fn metric(server: &Server, name: &str) -> f64 {
    let all = text(server, "/metrics").await;
    let line =
        all.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{all}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let so = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            a_moment().await;
        }
    });
    assert!(so.await.is_ok(), "never: {what}");
}

#[tokio::test]
async fn of_two_servers_one_publishes_and_the_other_takes_over() {
    let (postgres, nats) = (Postgres::start().unwrap(), Nats::start().unwrap());
    let (url, bus) = (postgres.url(&postgres.database().unwrap()), nats.url());
    let folders = [folder(), folder()];
    // The jobs that the killed server had are to be taken over soon.
    let lease = ("SUTLER_JOBS__LEASE", "5s");
    let vars = [("DATABASE_URL", url.as_str()), ("NATS_URL", bus.as_str()), PUBLIC_URL, lease];
    let one = Server::serve(folders[0].path(), &vars);
    let ready = one.logged("ready").pop().unwrap();
    assert_eq!(ready["bus"], format!("the stream SUTLER at {bus}"), "{ready}");
    stock(&one).await;
    has_all(&nats, &one).await;
    let other = Server::serve(folders[1].path(), &vars);
    for n in 0..20 {
        let server = if n % 2 == 0 { &one } else { &other };
        server.ask("POST", "/orders", Some(order())).await.unwrap();
    }
    has_all(&nats, &other).await;
    until("one of them has its turn for good", async || {
        metric(&one, "sutler_outbox_pending").await == 0.0
            && metric(&other, "sutler_outbox_pending").await == 0.0
    })
    .await;

    // Whoever had the last turn is killed, with orders that nobody published yet.
    let turn = |server: &Server| {
        server.logged("relay_begun").last().and_then(|line| line["turn"].as_u64()).unwrap_or(0)
    };
    assert_ne!(turn(&one), turn(&other));
    let (publishing, waiting) = if turn(&one) > turn(&other) { (one, other) } else { (other, one) };
    let before = waiting.logged("relay_begun").len();
    let buying = async {
        for _ in 0..30 {
            waiting.ask("POST", "/orders", Some(order())).await.unwrap();
        }
    };
    let killing = async {
        until("something of it is on the way", async || nats.messages("SUTLER").await.unwrap().len() > 120)
            .await;
        publishing.signal("KILL");
    };
    futures::join!(buying, killing);
    publishing.end();
    until("every order is confirmed", async || confirmed(&nats.messages("SUTLER").await.unwrap()) == 50)
        .await;
    let messages = has_all(&nats, &waiting).await;
    assert_eq!(waiting.logged("relay_begun").len(), before + 1);
    // In order for each order, and so in all.
    let positions: Vec<u64> = messages.iter().map(|message| message.position.0).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    assert_eq!(confirmed(&messages), 50);
    assert_eq!(waiting.stop().code(), Some(0));
}

/// Orders that were told to be confirmed.
fn confirmed(messages: &[Message]) -> usize {
    let confirmed = messages.iter().filter(|message| message.kind == "order.confirmed");
    let subjects = confirmed.map(|message| {
        serde_json::from_slice::<Value>(&message.body).unwrap()["subject"].as_str().unwrap().to_owned()
    });
    subjects.collect::<BTreeSet<String>>().len()
}

#[tokio::test]
async fn orders_do_not_need_the_bus() {
    let (nats, folder) = (Nats::start().unwrap(), folder());
    let bus = nats.url();
    let vars = [("NATS_URL", bus.as_str()), PUBLIC_URL, ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let server = Server::serve(folder.path(), &vars);
    stock(&server).await;
    has_all(&nats, &server).await;
    until("it is written down", async || metric(&server, "sutler_outbox_pending").await == 0.0).await;
    nats.stop(Stop::Killed).unwrap();
    for _ in 0..25 {
        let placed = server.ask("POST", "/orders", Some(order())).await.unwrap();
        assert_eq!(placed["status"], "confirmed");
    }
    until("it is told", async || !server.logged("bus_away").is_empty()).await;
    assert!(metric(&server, "sutler_outbox_pending").await >= 125.0);
    until("they wait", async || metric(&server, "sutler_outbox_oldest_seconds").await > 0.0).await;
    let ready = http().get(format!("{}/readyz", server.url)).send().await.unwrap();
    assert_eq!(ready.status(), 200, "an engine without its bus takes orders");
    let doctor = run(with(folder.path(), &["doctor"], &vars), None);
    assert_eq!(doctor.code, 0, "{doctor:?}");
    assert!(
        doctor.out.contains("! bus") && doctor.out.contains("cannot reach NATS at nats://127.0.0.1"),
        "{doctor:?}"
    );

    nats.start_again().unwrap();
    has_all(&nats, &server).await;
    until("nothing waits", async || metric(&server, "sutler_outbox_pending").await == 0.0).await;
    assert!(metric(&server, "sutler_outbox_oldest_seconds").await == 0.0);
    until("that is told too", async || !server.logged("bus_back").is_empty()).await;
    assert_eq!((server.logged("bus_away").len(), server.logged("bus_back").len()), (1, 1), "each once");
    assert_eq!(server.logged("bus_away")[0]["level"], "warn");
    let doctor = run(with(folder.path(), &["doctor"], &vars), None);
    assert!(doctor.out.contains("✓ bus") && doctor.out.contains("events in SUTLER"), "{doctor:?}");
    assert_eq!(server.stop().code(), Some(0));
}

fn with(folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> std::process::Command {
    let mut command = command(folder, args);
    command.env("API_KEY", API_KEY).envs(vars.iter().copied());
    command
}

/// A server that does not start, and leaves nothing behind.
fn refused(vars: &[(&str, &str)]) -> Said {
    let folder = folder();
    let said = run(with(folder.path(), &["serve", "--port", "0"], vars), None);
    assert!(said.err.starts_with("error: ") && !said.err.contains("s3cret"), "{said:?}");
    assert!(said.err.lines().count() >= 2, "a reason and a next step: {said:?}");
    for file in ["sutler-data/sutler.db", "sutler-data/server.json"] {
        assert!(!folder.path().join(file).exists(), "{file} was begun");
    }
    said
}

#[test]
fn what_is_no_bus_is_refused_before_anything_is_begun() {
    let said = refused(&[("NATS_URL", "nats://shop:s3cret@127.0.0.1:1")]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.err.starts_with("error: cannot reach NATS at nats://127.0.0.1:1 ("), "{said:?}");

    let said = refused(&[("NATS_URL", "amqp://shop:s3cret@bus")]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("events.url = \"amqp://shop:••••@bus\" is no address of a NATS server"),
        "{said:?}"
    );
    assert!(said.err.contains("from: NATS_URL in the environment"), "{said:?}");

    let said = refused(&[("NATS_URL", "nats://bus"), ("SUTLER_EVENTS__STREAM", "my.events")]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("events.stream = \"my.events\" is no name"), "{said:?}");

    let nats = Nats::start_with("").unwrap();
    let said = refused(&[("NATS_URL", &nats.url())]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("has no JetStream for us (") && said.err.contains("-js"), "{said:?}");

    let nats = Nats::start_with(
        "jetstream {}
         authorization { users: [
             {user: shop, password: s3cret, permissions: {publish: {deny: \"$JS.API.STREAM.CREATE.>\"}}}
         ] }",
    )
    .unwrap();
    let said = refused(&[("NATS_URL", &nats.url_as("shop:s3cretly"))]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("does not let us in (") && said.err.contains("NATS_URL"), "{said:?}");
    let said = refused(&[("NATS_URL", &nats.url_as("shop:s3cret"))]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("does not permit what the relay needs ("), "{said:?}");
    assert!(said.err.contains("sutler.> and $JS.API.>"), "{said:?}");
}

#[test]
fn a_bus_that_encrypts_is_reached_when_its_certificate_is_trusted() {
    let folder = folder();
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \\
                  -subj /CN=localhost -addext subjectAltName=DNS:localhost \\
                  -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem";
    let mut openssl = std::process::Command::new("sh");
    let made = openssl.args(["-c", script]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name).display().to_string());
    let nats =
        Nats::start_with(&format!("jetstream {{}}\ntls {{ cert_file: \"{cert}\", key_file: \"{key}\" }}"));
    let nats = nats.unwrap();
    let url = format!("tls://localhost:{}", nats.port());
    let said = refused(&[("NATS_URL", &url)]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(
        said.err.contains("NATS at tls://localhost:")
            && said.err.contains("shows a certificate that is not trusted (")
            && said.err.contains("SSL_CERT_FILE"),
        "{said:?}"
    );
    let vars = [("NATS_URL", url.as_str()), ("SSL_CERT_FILE", &cert), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let server = Server::serve(folder.path(), &vars);
    assert_eq!(server.logged("ready")[0]["bus"], format!("the stream SUTLER at {url}"));
    assert_eq!(server.stop().code(), Some(0));
}

#[tokio::test]
async fn a_bus_of_another_shop_is_refused() {
    let (nats, folders) = (Nats::start().unwrap(), [folder(), folder()]);
    let bus = nats.url();
    let vars = [("NATS_URL", bus.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let server = Server::serve(folders[0].path(), &vars);
    stock(&server).await;
    has_all(&nats, &server).await;
    let said = run(with(folders[1].path(), &["serve", "--port", "0"], &vars), None);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("holds the events of another log"), "{said:?}");
    assert!(said.err.contains("name another stream in events.stream"), "{said:?}");
    let own = [vars[0], vars[1], ("SUTLER_EVENTS__STREAM", "OTHER")];
    let other = Server::serve(folders[1].path(), &own);
    stock(&other).await;
    until("it has a stream of its own", async || {
        nats.messages("OTHER").await.is_ok_and(|messages| !messages.is_empty())
    })
    .await;
    assert_eq!(server.stop().code(), Some(0));
}
