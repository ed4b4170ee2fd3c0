//! The proof in the user's hands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

use serde_json::Value;

use crate::server::{Server, command, folder, run, sutler};

#[test]
fn a_flash_sale_is_proved_on_a_server_of_its_own() {
    let folder = folder();
    let said = sutler(folder.path(), &["bench", "--verify", "--stock", "10", "--buyers", "60"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("  60 buyers, 10 units, 32 connections, SQLite\n"), "{}", said.out);
    let outcome = "  placed 10   refused out_of_stock 50   oversold 0   double charges 0   lost events 0\n";
    assert!(said.out.contains(outcome), "{}", said.out);
    assert!(said.out.contains("✓ sold         10 of 10 units sold, none oversold\n"), "{}", said.out);
    assert!(said.out.contains("✓ paid         19900 minor units taken"), "{}", said.out);
    assert!(!said.out.contains('✗'), "{}", said.out);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it left something behind");
}

/// The server that the proof starts judges each order by the stock there was before its batch.
#[test]
fn a_store_that_oversells_fails_the_proof_loudly() {
    let folder = folder();
    let mut bench = command(folder.path(), &["bench", "--verify", "--stock", "10", "--buyers", "60"]);
    bench.env("SUTLER_SEEDED_BUG", "StockCheckedBeforeBatch").env("TMPDIR", folder.path());
    let said = run(bench, None);
    assert_eq!(said.code, 9, "{said:?}");
    assert!(said.out.contains("✗ sold ") && said.out.contains(" units were sold of 10: "), "{}", said.out);
    assert!(said.out.contains(" too many"), "{}", said.out);
    assert!(!said.out.contains("oversold 0 "), "{}", said.out);
}

/// A fault that nobody knows is refused before anything is started.
#[test]
fn a_server_with_an_unknown_fault_does_not_start() {
    let folder = folder();
    let mut serve = command(folder.path(), &["serve", "--port", "0"]);
    let said = run(
        {
            serve.env("SUTLER_SEEDED_BUG", "Nonsense");
            serve
        },
        None,
    );
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("\"Nonsense\", which is none of the faults"), "{}", said.err);
}

#[test]
fn a_server_that_is_named_is_used_and_the_ledger_kept() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let arguments = [
        "bench",
        "--verify",
        "--json",
        "--stock",
        "5",
        "--rate",
        "200",
        "--duration",
        "100ms",
        "--payment",
        "none",
        "--ledger",
        "told.ndjson",
        "--server",
        &server.url,
    ];
    let said = sutler(folder.path(), &arguments);
    assert_eq!(said.code, 0, "{said:?}");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&report["asked"], &report["placed"], &report["out_of_stock"]),
        (&20.into(), &5.into(), &15.into())
    );
    let ledger = std::fs::read_to_string(folder.path().join("told.ndjson")).unwrap();
    assert_eq!(ledger.lines().count(), 20);
}

#[test]
fn a_server_that_is_not_there_is_exit_code_7() {
    let folder = folder();
    let said = run(command(folder.path(), &["bench", "--server", "http://127.0.0.1:9"]), None);
    assert_eq!(said.code, 7, "{said:?}");
    let said = sutler(folder.path(), &["bench", "--server", "https://127.0.0.1:9"]);
    assert_ne!(said.code, 0);
}

/// What stands in front of servers loses an answer, then nobody is ready, then there is nothing left.
const ANSWERS: [(&str, &str); 4] = [
    ("200 OK", r#"{"variants": [{"variant_id": "var_1"}]}"#),
    ("502 Bad Gateway", r#"{"code": "answer_lost"}"#),
    ("503 Service Unavailable", r#"{"code": "no_node_ready"}"#),
    ("409 Conflict", r#"{"code": "out_of_stock"}"#),
];

/// Answer each request of a connection with the next of the answers; write down the keys that orders came under.
fn converse(stream: &TcpStream, told: &Mutex<(usize, Vec<String>)>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    loop {
        let (mut key, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok().filter(|count| *count > 0)?;
            let (name, value) = line.trim().split_once(": ").unwrap_or((line.trim(), ""));
            match name.to_ascii_lowercase().as_str() {
                "" => break,
                "idempotency-key" => key = Some(value.to_owned()),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        lines.read_exact(&mut vec![0; length]).ok()?;
        let mut told = told.lock().unwrap();
        let (status, body) = ANSWERS[told.0];
        told.0 += 1;
        told.1.extend(key.filter(|key| key.ends_with("-0")));
        let (mut stream, length) = (stream, body.len());
        let head = format!("HTTP/1.1 {status}\r\nretry-after: 0\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    }
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_under_the_same_key_and_counted() {
    let (folder, told) = (folder(), Mutex::new((0, Vec::new())));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let arguments = ["bench", "--json", "--buyers", "1", "--connections", "1", "--server", &url];
    let said = std::thread::scope(|scope| {
        let asking = scope.spawn(|| sutler(folder.path(), &arguments));
        // One connection makes the product, the other one places the order.
        for _ in 0..2 {
            let (stream, told) = (listener.accept().unwrap().0, &told);
            scope.spawn(move || converse(&stream, told));
        }
        asking.join().unwrap()
    });
    assert_eq!(said.code, 0, "{said:?}");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        report["asked_again"],
        serde_json::json!({"502 answer_lost": 1, "503 no_node_ready": 1}),
        "{report}"
    );
    let keys = told.into_inner().unwrap().1;
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}
