//! `sutler verify` and `sutler orders replay`: on a file, beside a server, and after somebody edited the file.

use serde_json::{Value, json};

use crate::server::{API_KEY, Server, command, folder, run, sutler};

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn a_file_is_verified_beside_its_server_and_a_difference_is_exit_9() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    let product = json!({"title": "P1", "price": {"amount": 1490, "currency": "EUR"}, "stock": 10});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let order = json!({"items": [{"product_id": "P1", "quantity": 2}]});
    let placed = server.ask("POST", "/orders", Some(order)).await.unwrap();

    let said = sutler(folder.path(), &["verify", "--json"]);
    let found = document(&said.out);
    assert_eq!((said.code, &found["clean"], &found["differences_total"]), (0, &json!(true), &json!(0)));
    let asked = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("SUTLER_API_KEY", API_KEY);
        run(command, None)
    };
    let said = asked(&["verify", "--server", &server.url]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("everything stored follows from"), "{}", said.out);
    let replay = ["orders", "replay", "1001", "--verify"];
    let said = asked(&replay);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("OrderPlaced") && said.out.contains("is the last step"), "{}", said.out);

    let db = rusqlite::Connection::open(database(folder.path())).unwrap();
    let edited = db.execute("UPDATE orders SET body = replace(body, '\"total\":2980', '\"total\":2981')", []);
    assert_eq!(edited.unwrap(), 1);
    drop(db);
    let said = sutler(folder.path(), &["verify"]);
    assert_eq!(said.code, 9, "{said:?}");
    let id = placed["order_id"].as_str().unwrap();
    assert!(said.out.contains(&format!("order #1001 ({id})")), "{}", said.out);
    let cause = "total 29.81 EUR, the log says 29.80 EUR";
    assert!(said.out.contains(cause), "{}", said.out);
    let said = asked(&replay);
    assert_eq!(said.code, 9, "{said:?}");
    assert!(said.out.contains(cause), "{}", said.out);
    assert_eq!(asked(&["orders", "replay", "1001"]).code, 0, "without --verify it only tells");
    let found = document(&asked(&["verify", "--server", &server.url, "--json"]).out);
    assert_eq!(found["differences"][0]["check"], "views");
}

fn database(folder: &std::path::Path) -> std::path::PathBuf {
    let data = folder.join("sutler-data");
    let files = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "db")).unwrap()
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let folder = folder();
    let said = sutler(folder.path(), &["verify"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("there is no database at"), "{}", said.err);
    assert!(!folder.path().join("sutler-data").exists());
}
