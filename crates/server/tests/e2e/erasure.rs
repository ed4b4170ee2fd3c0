//! A person is erased: nothing of them is left in any file, and no backup brings them back.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Said, Server, folder, sutler};

/// What is known of her, as bytes that stand in no file afterwards.
const WORDS: [&str; 6] =
    ["ada@example.com", "Ada Lovelace", "12 Market St", "1 New St", "+49 30 1815", "Ada called"];

fn good(said: Said) -> Said {
    assert_eq!(said.code, 0, "{said:?}");
    said
}

/// The words that stand in any file of a folder, each with the file.
fn found(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let has = |word: &&&str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        all.extend(WORDS.iter().filter(has).map(|word| format!("{word} in {}", path.display())));
    }
    all
}

async fn known(server: &Server) -> (String, String) {
    let product = json!({"title": "P", "price": 100, "track_inventory": false});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let order = json!({
        "customer": {"email": "ada@example.com", "name": "Ada Lovelace", "phone": "+49 30 1815"},
        "shipping_address": {"name": "Ada Lovelace", "line1": "12 Market St"},
        "items": [{"product_id": "P1", "quantity": 1}],
    });
    let placed = server.ask("POST", "/orders", Some(order)).await.unwrap();
    let [order, customer] = ["order_id", "customer_id"].map(|id| placed[id].as_str().unwrap().to_owned());
    let moved = json!({"shipping_address": {"line1": "1 New St"}});
    server.ask("PATCH", &format!("/orders/{order}"), Some(moved)).await.unwrap();
    let note = json!({"body": "Ada called"});
    server.ask("POST", &format!("/orders/{order}/notes"), Some(note)).await.unwrap();
    let change = json!({"shipping_address": {"line1": "12 Market St"}});
    server.ask("PATCH", &format!("/customers/{customer}"), Some(change)).await.unwrap();
    (order, customer)
}

#[tokio::test]
async fn an_erased_person_is_in_no_file_and_no_backup_brings_them_back() {
    let folder = folder();
    let data = folder.path().join("sutler-data");
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let (order, customer) = known(&server).await;
    let before = found(&data).join(", ");
    assert!(WORDS.iter().all(|word| before.contains(word)), "each word stands in a file before: {before}");
    server.stop();
    good(sutler(folder.path(), &["backup", "--dev", "old.tar.zst"]));

    let server = Server::dev(folder.path(), &["--no-sample"]);
    let held = good(sutler(folder.path(), &["customers", "export", "ADA@example.com"]));
    assert!(WORDS.iter().all(|word| held.out.contains(word)), "{held:?}");
    let unsure = sutler(folder.path(), &["customers", "erase", &customer]);
    assert_eq!(unsure.code, 2, "nobody was asked, so nobody is erased: {unsure:?}");
    good(sutler(folder.path(), &["customers", "erase", "ada@example.com", "--yes"]));
    // The log is cut off with the batch; a reader may keep it until the next one.
    let forgotten = async {
        while !found(&data).is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), forgotten).await;
    assert!(in_time.is_ok(), "while the server runs: {:?}", found(&data));
    server.stop();
    assert_eq!(found(&data), Vec::<String>::new(), "after it stopped");

    let said = good(sutler(folder.path(), &["restore", "--dev", "old.tar.zst", "--force", "--json"]));
    let restored: Value = serde_json::from_str(&said.out).unwrap();
    assert!(restored["erased"].as_u64().unwrap() >= 3, "contacts and the note: {said:?}");
    assert_eq!(found(&data), Vec::<String>::new(), "in the restored files");
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let shown = server.ask("GET", &format!("/orders/{order}?expand=customer,notes"), None).await.unwrap();
    let shown = shown.to_string() + &server.ask("GET", "/customers", None).await.unwrap().to_string();
    assert!(WORDS.iter().all(|word| !shown.contains(word)), "{shown}");
    assert!(server.ask("GET", "/customers/email:ada@example.com", None).await.is_err());
    good(sutler(folder.path(), &["verify", "--dev"]));
    server.stop();
    assert_eq!(found(&data), Vec::<String>::new(), "after it ran on what was restored");
}
