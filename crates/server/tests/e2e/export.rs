//! Everything out, page by page, and products in again.

use serde_json::{Value, json};

use crate::server::{Server, command, folder, run, sutler};

const SHEET: &str = "\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Image Src,Image Position,Image Alt Text,SEO Title,Variant Weight Unit,Status
lamp,Lamp,<p>Bright</p>,Ada,Lamps,\"home, light\",true,Color,Red,LAMP-RED,250,shopify,5,deny,59.60,70.00,true,true,https://example.com/1.png,1,Front,Lamps,kg,active
lamp,,,,,,,,Blue,LAMP-BLUE,250,shopify,7,continue,59.60,,true,false,https://example.com/2.png,2,,,kg,
lamp,,,,,,,,,,,,,,,,,,https://example.com/3.png,3,,,,
rug,'=Rug+1,,,,,false,Title,Default Title,RUG,,,,deny,120.00,,false,true,,,,,,draft
";

#[tokio::test]
async fn a_pipe_gets_every_order_once_and_numbers_stay_numbers() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    server
        .ask("PUT", "/products/P1", Some(json!({"title": "P", "price": 1000, "track_inventory": false})))
        .await
        .unwrap();
    let orders = 450;
    let mut ids = Vec::new();
    for index in 0..orders {
        let order = json!({"customer": {"name": format!("=cmd|{index}"), "phone": "+49 30 1"},
                           "items": [{"product_id": "P1", "quantity": 2}]});
        let placed = server.ask("POST", "/orders", Some(order)).await.unwrap();
        ids.push(placed["order_id"].as_str().unwrap().to_owned());
    }
    let said = sutler(folder.path(), &["export", "orders"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let lines = said.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<String> = lines.map(|order| order["order_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found, ids, "oldest first, each once");
    assert!(said.err.contains("450 orders"), "{}", said.err);

    let said = sutler(folder.path(), &["export", "orders", "orders.csv"]);
    assert_eq!((said.code, said.out.as_str()), (0, "450 orders in orders.csv\n"), "{said:?}");
    let text = std::fs::read_to_string(folder.path().join("orders.csv")).unwrap();
    let first = text.lines().nth(1).unwrap();
    assert!(first.contains(",'=cmd|0,'+49 30 1,"), "{first}");
    assert!(first.contains(",EUR,20.00,"), "{first}");
    assert_eq!(text.lines().count(), 451);
    let raw = sutler(folder.path(), &["export", "orders", "--format", "csv", "--raw"]);
    assert!(raw.out.contains(",=cmd|0,+49 30 1,"), "{}", raw.out.lines().nth(1).unwrap());
}

#[tokio::test]
async fn everything_goes_into_a_folder_and_moves_of_stock_can_be_added_up() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let adjust = json!({"sku": "MUG-BLUE", "delta": -3, "reason": "damaged", "note": "-3 by hand"});
    server.ask("POST", "/inventory/adjustments", Some(adjust)).await.unwrap();
    let said = sutler(folder.path(), &["export", "--all", "out", "--format", "csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    for kind in ["orders", "items", "products", "stock", "events", "journal"] {
        let text = std::fs::read_to_string(folder.path().join(format!("out/{kind}.csv"))).unwrap();
        assert!(text.lines().count() > 1, "{kind}");
        assert!(said.out.contains(&format!(" {kind} in out/{kind}.csv")), "{said:?}");
    }
    let journal = std::fs::read_to_string(folder.path().join("out/journal.csv")).unwrap();
    let moved = journal.lines().find(|line| line.contains(",damaged,-3,0,")).unwrap();
    assert!(moved.ends_with(",'-3 by hand"), "{moved}");
    let again = sutler(folder.path(), &["export", "--all", "out"]);
    assert!(again.code == 0 && folder.path().join("out/events.ndjson").exists(), "{again:?}");
}

#[tokio::test]
async fn products_come_back_as_they_went() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &["--no-sample"]);
    std::fs::write(folder.path().join("in.csv"), SHEET).unwrap();
    assert_eq!(sutler(folder.path(), &["import", "in.csv"]).code, 0);
    let said = sutler(folder.path(), &["export", "products", "out.csv", "--format", "shopify-csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    let text = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(text.contains("'=Rug+1"), "{text}");
    let back = sutler(folder.path(), &["import", "out.csv"]);
    assert_eq!(back.code, 0, "{back:?}\n{text}");
    assert!(back.out.contains("(0 new, 0 changed, 2 as before)"), "{back:?}\n{text}");

    let other = crate::server::folder();
    let elsewhere = Server::dev(other.path(), &["--no-sample"]);
    std::fs::write(other.path().join("out.csv"), &text).unwrap();
    assert_eq!(sutler(other.path(), &["import", "out.csv"]).code, 0);
    let lamp = elsewhere.ask("GET", "/products/handle:lamp", None).await.unwrap();
    assert_eq!(lamp["variants"][1]["tax_code"], "exempt");
    assert_eq!(lamp["variants"][0]["weight"], json!({"value": "0.25", "unit": "kg"}));
    assert_eq!(lamp["images"].as_array().unwrap().len(), 3);
    let rug = elsewhere.ask("GET", "/products/handle:rug", None).await.unwrap();
    assert_eq!(rug["title"], "=Rug+1");
    let again = sutler(other.path(), &["export", "products", "--format", "shopify-csv"]);
    assert_eq!(again.out, text, "what went out, came in and goes out is the same");
}

#[test]
fn an_export_says_what_it_needs() {
    let folder = folder();
    let nobody = run(
        command(folder.path(), &["export", "orders", "orders.csv", "--server", "http://127.0.0.1:9"]),
        None,
    );
    assert_eq!(nobody.code, 7, "{nobody:?}");
    assert!(!folder.path().join("orders.csv").exists());
    for args in [&["export"][..], &["export", "orders", "x.csv", "--all", "out"]] {
        assert_eq!(sutler(folder.path(), args).code, 2, "{args:?}");
    }
    let wrong = sutler(folder.path(), &["export", "orders", "--format", "shopify-csv"]);
    assert!(wrong.code == 2 && wrong.err.contains("shopify-csv is a form of products"), "{wrong:?}");
}
