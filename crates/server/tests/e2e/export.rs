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
    let said = sutler(folder.path(), &["export", "--each", "out", "--format", "csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    for kind in ["orders", "items", "products", "stock", "events", "customers", "journal", "movements"] {
        let text = std::fs::read_to_string(folder.path().join(format!("out/{kind}.csv"))).unwrap();
        assert!(text.lines().count() > 1, "{kind}");
        assert!(said.out.contains(&format!(" {kind} in out/{kind}.csv")), "{said:?}");
    }
    let journal = std::fs::read_to_string(folder.path().join("out/movements.csv")).unwrap();
    let moved = journal.lines().find(|line| line.contains(",damaged,-3,0,")).unwrap();
    assert!(moved.ends_with(",'-3 by hand"), "{moved}");
    let again = sutler(folder.path(), &["export", "--each", "out"]);
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
    for args in [
        &["export"][..],
        &["export", "orders", "x.csv", "--each", "out"],
        &["export", "orders", "--all", "out"],
        &["export", "products", "--format", "google-xml"],
        &["export", "orders", "--filter", "paid"],
        &["import"],
    ] {
        assert_eq!(sutler(folder.path(), args).code, 2, "{args:?}");
    }
    let wrong = sutler(folder.path(), &["export", "orders", "--format", "shopify-csv"]);
    assert!(wrong.code == 2 && wrong.err.contains("shopify-csv is a form of products"), "{wrong:?}");
}

#[tokio::test]
async fn the_books_are_even_and_filters_leave_what_was_asked_for() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    server
        .ask("PUT", "/products/P1", Some(json!({"title": "P", "price": 1190, "track_inventory": false})))
        .await
        .unwrap();
    for token in ["tok_ok", "tok_ok", "tok_declined"] {
        let order = json!({"items": [{"product_id": "P1", "quantity": 2, "tax": {"rate": "0.19"}}],
                           "payment": {"token": token}});
        // The command waits until the payment rests.
        let placed =
            run(command(folder.path(), &["orders", "create", "--file", "-"]), Some(&order.to_string()));
        assert_eq!(placed.code, 0, "{placed:?}");
    }
    let paid = sutler(folder.path(), &["export", "orders", "--filter", "payment_status=paid", "-q"]);
    assert_eq!((paid.code, paid.out.lines().count()), (0, 2), "{paid:?}");
    let books = sutler(folder.path(), &["export", "journal", "books.csv"]);
    assert_eq!(books.code, 0, "{books:?}");
    let text = std::fs::read_to_string(folder.path().join("books.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let minor = |cell: &str| cell.replace('.', "").parse::<i64>().unwrap();
    let (mut sum, mut clearing) = (0, 0);
    for row in rows.records().map(Result::unwrap) {
        let amount = minor(&row[6]) - minor(&row[7]);
        sum += amount;
        clearing += if &row[5] == "gateway_clearing" { amount } else { 0 };
    }
    assert_eq!((sum, clearing), (0, 4760), "{text}");
    assert!(text.contains(",order.placed,receivable,23.80,0.00,EUR"), "{text}");
}

#[tokio::test]
async fn a_feed_has_what_is_for_sale() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &["--no-sample"]);
    std::fs::write(folder.path().join("in.csv"), SHEET).unwrap();
    assert_eq!(sutler(folder.path(), &["import", "in.csv"]).code, 0);
    let args = ["export", "products", "--format", "google-xml", "--shop-url", "https://shop.example/"];
    let feed = sutler(folder.path(), &args);
    assert_eq!(feed.code, 0, "{feed:?}");
    assert_eq!(feed.out.matches("<item>").count(), 2, "the draft is not for sale: {}", feed.out);
    assert!(feed.out.contains("<link>https://shop.example/products/lamp?variant="), "{}", feed.out);
    assert!(
        feed.out.contains("<g:price>70.00 EUR</g:price>\n<g:sale_price>59.60 EUR</g:sale_price>"),
        "{}",
        feed.out
    );
}

#[tokio::test]
async fn a_whole_shop_moves_into_an_empty_database_and_nowhere_else() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let beside = sutler(folder.path(), &["export", "--all", "out", "--dev"]);
    assert_eq!(beside.code, 0, "a server may run: {beside:?}");
    drop(server);
    let said = sutler(folder.path(), &["export", "--all", "out", "--dev"]);
    assert!(said.code == 0 && said.out.contains(" rows in out/shop.ndjson"), "{said:?}");
    let at = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("DATABASE_URL", "sqlite://other.db");
        run(command, None)
    };
    assert_eq!(at(&["import", "--all", "out"]).code, 0);
    let verified = at(&["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(at(&["export", "--all", "again"]).code, 0);
    let text = |of: &str| std::fs::read_to_string(folder.path().join(of).join("shop.ndjson")).unwrap();
    assert!(text("out") == text("again"), "the two shops differ");
    let twice = at(&["import", "--all", "out"]);
    assert!(twice.code == 6 && twice.err.contains("has a shop already"), "{twice:?}");
    let half = text("out").lines().take(9).collect::<Vec<_>>().join("\n");
    std::fs::create_dir(folder.path().join("half")).unwrap();
    std::fs::write(folder.path().join("half/shop.ndjson"), half).unwrap();
    let mut into = command(folder.path(), &["import", "--all", "half"]);
    into.env("DATABASE_URL", "sqlite://third.db");
    let broken = run(into, None);
    assert!(broken.code == 9 && broken.err.contains("the file ends here"), "{broken:?}");
}

#[tokio::test]
async fn a_file_of_orders_is_placed_and_its_failing_lines_are_told() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let line = |sku: &str, reference: &str| {
        format!("{{\"items\":[{{\"sku\":\"{sku}\",\"quantity\":1}}],\"reference\":\"{reference}\"}}\n")
    };
    let text: String = (0..300).map(|n| line("MUG-BLUE", &format!("f-{n}"))).collect();
    let adjust = json!({"sku": "MUG-BLUE", "delta": 1000, "reason": "received"});
    server.ask("POST", "/inventory/adjustments", Some(adjust)).await.unwrap();
    std::fs::write(folder.path().join("orders.ndjson"), format!("{text}{}", line("NONE", "f-300"))).unwrap();
    let said = sutler(folder.path(), &["orders", "place", "--bulk", "orders.ndjson"]);
    assert_eq!(said.code, 8, "{said:?}");
    assert!(said.out.contains("✗ line 301  product_unknown  /items/0/sku"), "{said:?}");
    assert!(said.out.contains("301 lines   300 placed   0 known before   1 failed"), "{said:?}");
    std::fs::write(folder.path().join("orders.ndjson"), &text).unwrap();
    let again = sutler(folder.path(), &["orders", "create", "--bulk", "orders.ndjson", "--json"]);
    assert_eq!(again.code, 0, "{again:?}");
    let lines: Vec<Value> = again.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[300]["summary"]["replayed"]), (301, &json!(300)));
    let piped = run(
        command(folder.path(), &["orders", "create", "--bulk", "-", "--atomic", "--dry-run"]),
        Some(&line("NONE", "f-0")),
    );
    assert!(piped.code == 6 && piped.err.contains("lines_failed"), "{piped:?}");
}
