//! The command line against a server: answers, hints of failure, exit codes.

use serde_json::Value;

use crate::server::{Said, Server, command, folder, run, sutler};

/// Run a command that must work.
#[track_caller]
fn ok(server: &Server, args: &[&str]) -> String {
    let said = sutler(&server.folder, args);
    assert_eq!(said.code, 0, "sutler {}: {said:?}", args.join(" "));
    said.out
}

#[track_caller]
fn json(server: &Server, args: &[&str]) -> Value {
    serde_json::from_str(&ok(server, args)).unwrap()
}

#[track_caller]
fn fails(server: &Server, code: i32, args: &[&str]) -> Said {
    let said = sutler(&server.folder, args);
    assert_eq!(said.code, code, "sutler {}: {said:?}", args.join(" "));
    said
}

#[test]
fn an_order_is_run_from_the_command_line() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let placed = ok(&server, &["orders", "create", "--sample"]);
    assert!(placed.contains("#1061  ord_") && placed.contains("2 items   €59.60"), "{placed}");
    assert!(placed.contains("placed ─ stock reserved (2 of 2 items) ─ payment captured"), "{placed}");
    assert!(
        ok(&server, &["orders", "ship", "1061", "--item", "TEE-M=1"]).contains("paid · partially_shipped")
    );
    assert!(ok(&server, &["orders", "hold", "1061"]).contains("on hold"));
    assert!(fails(&server, 6, &["orders", "ship", "1061"]).err.contains("order_on_hold"));
    ok(&server, &["orders", "unhold", "1061"]);
    assert!(ok(&server, &["orders", "ship", "1061", "--carrier", "DHL"]).contains("shipped"));
    assert!(ok(&server, &["orders", "deliver", "1061"]).contains("completed · paid · delivered"));
    let refunded = ok(&server, &["orders", "refund", "1061", "--item", "MUG-BLUE=1", "--restock", "--yes"]);
    assert!(refunded.contains("€14.90") && refunded.contains("partially_refunded"), "{refunded}");
    ok(&server, &["orders", "note", "1061", "one came back"]);
    let shown = ok(&server, &["orders", "show", "#1061"]);
    assert!(shown.contains("ada@example.com") && shown.contains("one came back"), "{shown}");
    assert_eq!(
        json(&server, &["orders", "show", "1061", "--version", "2", "--json"])["payment_status"],
        "unpaid"
    );
    assert!(ok(&server, &["orders", "show", "1061", "--events"]).contains("order.completed"));
    assert!(ok(&server, &["orders", "explain", "1061"]).contains("refunds"));
    let tail = ok(&server, &["events", "tail", "--no-follow", "--types", "order.*"]);
    let placed = tail.lines().find(|line| line.contains("#1061") && line.contains("order.placed")).unwrap();
    assert!(placed.contains("€59.60") && !placed.contains('@'), "nobody asked for a person: {placed}");
    let people = ok(&server, &["events", "tail", "--no-follow", "--type", "order.placed", "--people"]);
    assert!(
        people.lines().any(|line| line.contains("#1061") && line.ends_with("ada@example.com")),
        "{people}"
    );
    let listed = ok(&server, &["events", "list", "--type", "order.placed", "--limit", "1", "-o", "id"]);
    assert_eq!(json(&server, &["events", "show", listed.trim()])["type"], "order.placed");
    let of = ok(&server, &["events", "types", "payment.captured"]);
    assert!(of.contains("Book it") && of.contains("\"transaction_id\""), "{of}");
    assert!(fails(&server, 5, &["events", "types", "order.eaten"]).err.contains("no event type"));
}

#[test]
fn an_authorized_payment_is_captured_or_voided() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    ok(&server, &["orders", "create", "--sample", "--token", "tok_auth_only"]);
    assert!(ok(&server, &["orders", "capture", "1061"]).contains("confirmed · paid"));
    ok(&server, &["orders", "create", "--sample", "--token", "tok_auth_only"]);
    assert!(ok(&server, &["orders", "void", "1062"]).contains("voided"));
    let declined = ok(&server, &["orders", "create", "--sample", "--token", "tok_declined"]);
    assert!(declined.contains("payment failed: The card was declined"), "{declined}");
    assert!(ok(&server, &["orders", "pay", "1063", "--token", "tok_ok"]).contains("confirmed · paid"));
    fails(&server, 2, &["orders", "cancel", "1063"]);
    let canceled = ok(&server, &["orders", "cancel", "1063", "--yes"]);
    assert!(canceled.contains("canceled"), "{canceled}");
}

#[test]
fn the_catalog_and_the_stock_are_kept_from_the_command_line() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    ok(
        &server,
        &[
            "products", "create", "--id", "P2", "--title", "Lamp", "--price", "59.60", "--sku", "LAMP",
            "--stock", "3",
        ],
    );
    assert!(ok(&server, &["products", "show", "P2"]).contains("€59.60"));
    assert!(ok(&server, &["products", "reindex"]).contains("a new index is being built"));
    while sutler(&server.folder, &["products", "search", "lmap", "--sort", "-price", "-o", "id"]).out
        != "P2\n"
    {}
    let level = json(&server, &["stock", "adjust", "LAMP", "+20", "--reason", "received", "--json"]);
    assert_eq!((&level["on_hand"], &level["available"]), (&23.into(), &23.into()));
    assert!(
        fails(&server, 6, &["stock", "adjust", "LAMP", "-1", "--expected", "5"]).err.contains("stock_moved")
    );
    ok(&server, &["stock", "set", "LAMP", "7"]);
    let history = ok(&server, &["stock", "history", "LAMP", "-o", "csv"]);
    assert!(history.lines().count() >= 4 && history.contains("count"), "{history}");
    assert_eq!(ok(&server, &["products", "list", "-o", "id"]).trim(), "P2");
    ok(&server, &["products", "archive", "P2", "--yes"]);
    let said = run(
        command(&server.folder, &["orders", "create", "--file", "-"]),
        Some(r#"{"items": [{"sku": "LAMP", "quantity": 1}]}"#),
    );
    assert_eq!(said.code, 6, "{said:?}");
}

#[test]
fn keys_jobs_and_raw_calls() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let key = json(&server, &["keys", "create", "--name", "reports", "--scope", "orders:read", "--json"]);
    let secret = key["secret"].as_str().unwrap();
    let with_key = |args: &[&str]| run(command(folder.path(), args), Some(secret));
    assert_eq!(with_key(&["orders", "list", "--limit", "1", "--key", "-"]).code, 0);
    let refused = with_key(&["products", "list", "--key", "-"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("insufficient_scope"), "{refused:?}");
    ok(&server, &["keys", "revoke", key["key_id"].as_str().unwrap(), "--yes"]);
    assert_eq!(with_key(&["orders", "list", "--key", "-"]).code, 4);

    let jobs = json(&server, &["jobs", "list", "--limit", "1", "--json"]);
    let job = jobs["data"][0]["job_id"].as_str().unwrap();
    assert!(ok(&server, &["jobs", "show", job]).contains(job));
    let all = ok(&server, &["api", "get", "/orders?limit=25", "--all"]);
    assert_eq!(all.lines().count(), 60);
    let head = ok(
        &server,
        &["api", "post", "/orders", "-f", "items=[{\"product_id\":\"P1\",\"quantity\":1}]", "--include"],
    );
    assert!(head.starts_with("HTTP/1.1 201") && head.contains("location: /orders/ord_"), "{head}");
    assert!(ok(&server, &["status"]).contains("ready"));
    assert_eq!(ok(&server, &["status", "-o", "env"]), format!("export SUTLER_URL={}\n", server.url));
    assert_eq!(json(&server, &["doctor", "--json"])[0]["verdict"], "good");
}

#[test]
fn an_idempotency_key_makes_a_script_safe_to_run_again() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let args = ["orders", "create", "--sample", "--idempotency-key", "k1", "--json"];
    assert_eq!(json(&server, &args)["order_id"], json(&server, &args)["order_id"]);
}

#[test]
fn every_kind_of_failure_has_its_exit_code() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let missing = fails(&server, 5, &["orders", "show", "9999"]);
    assert!(missing.err.starts_with("error: ") && missing.err.contains("problem: not_found"), "{missing:?}");
    let problem: Value =
        serde_json::from_str(&fails(&server, 5, &["orders", "show", "9999", "--json"]).err).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&404.into(), &"not_found".into()));
    fails(&server, 2, &["orders", "create", "--file", "nowhere.json"]);
    fails(&server, 2, &["orders", "refund", "1001", "--amount", "1.005", "--yes"]);
    let mut wrong = command(folder.path(), &["orders", "list"]);
    wrong.env("SUTLER_API_KEY", "sk_live_wrong");
    assert_eq!(run(wrong, None).code, 4);
    let nobody = sutler(folder.path(), &["status", "--server", "http://127.0.0.1:1"]);
    assert_eq!(nobody.code, 7, "{nobody:?}");
    assert!(
        nobody.err.contains("cannot reach sutler at http://127.0.0.1:1") && nobody.err.contains("sutler dev"),
        "{nobody:?}"
    );
}

#[test]
fn what_needs_no_server_works_without_one() {
    let folder = folder();
    let said = |args: &[&str]| sutler(folder.path(), args);
    assert!(said(&["version"]).out.starts_with("sutler "));
    let init = said(&["init"]);
    assert_eq!((init.code, init.out.as_str()), (0, "./sutler.toml\n./.env.example\n./compose.yaml\n"));
    assert_eq!(said(&["init"]).code, 6, "it writes over nothing");
    assert_eq!(said(&["config", "check"]).code, 0);
    assert!(said(&["config", "show", "--origin"]).out.contains("http.listen"));
    assert!(said(&["completions", "bash"]).out.contains("_sutler"));
    assert!(said(&["gen-openapi"]).out.starts_with("{\n  \"components\": {"));
    assert!(said(&["gen-asyncapi"]).out.starts_with("{\n  \"asyncapi\": \"3.0.0\""));
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src/graphql/schema.graphql");
    assert_eq!(said(&["gen-sdl"]).out, std::fs::read_to_string(schema).unwrap());
    assert_eq!(said(&["man", "man"]).code, 0);
    assert!(folder.path().join("man/sutler-orders-create.1").is_file());
    let help = said(&["orders", "--help"]);
    assert!(help.out.contains("explain"), "{help:?}");
    let typo = said(&["order", "list"]);
    assert_eq!(typo.code, 2, "{typo:?}");
    assert!(typo.err.contains("orders"), "{typo:?}");
}
