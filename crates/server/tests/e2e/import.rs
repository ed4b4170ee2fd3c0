//! Files of products, customers and stock, through the command line into the shop.

use serde_json::{Value, json};

use crate::server::{Server, folder, sutler};

const GOOD: &str = "\
Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price
lamp,Lamp,Color,Red,LAMP-RED,shopify,5,59.60
lamp,,,Blue,LAMP-BLUE,shopify,7,59.60
rug,Rug,Title,Default Title,RUG,shopify,1,120.00
";

#[tokio::test]
async fn products_come_in_and_wrong_rows_come_back() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let file = folder.path().join("products.csv");
    std::fs::write(&file, GOOD).unwrap();
    let dry = sutler(folder.path(), &["import", "products.csv", "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.out.contains("would import 2 products (2 new"), "{dry:?}");
    assert_eq!(server.ask("GET", "/products/handle:lamp", None).await.unwrap_err(), "not_found");

    let said = sutler(folder.path(), &["import", "products.csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("imported 2 products (2 new, 0 changed, 0 as before), 3 variants"), "{said:?}");
    let again = sutler(folder.path(), &["import", "products.csv"]);
    assert!(again.out.contains("2 as before"), "a second import changes nothing: {again:?}");

    std::fs::write(&file, format!("{GOOD}vase,Vase,Title,Default Title,VASE,shopify,1,twelve\n")).unwrap();
    let said = sutler(folder.path(), &["import", "products.csv"]);
    assert_eq!(said.code, 8, "{said:?}");
    assert!(said.err.contains("row 5") && said.err.contains("products.csv.errors.csv"), "{said:?}");
    let errors = std::fs::read_to_string(folder.path().join("products.csv.errors.csv")).unwrap();
    assert!(
        errors.contains("twelve") && errors.lines().next().unwrap().ends_with("error_code,error"),
        "{errors}"
    );
    assert_eq!(errors.lines().count(), 2, "{errors}");
}

#[test]
fn a_file_of_another_kind_is_refused_whole() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &["--no-sample"]);
    std::fs::write(folder.path().join("people.csv"), "id,name\n1,Ada\n").unwrap();
    let said = sutler(folder.path(), &["import", "people.csv"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("not_a_shopify_file"), "{said:?}");
}

/// The lines of a file, without what another shop cannot have: when something was, and what follows from orders.
fn told(folder: &std::path::Path, file: &str, without: &[&str]) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for member in without {
            line.as_object_mut().unwrap().remove(*member);
        }
        line
    };
    let mut lines: Vec<Value> = text.lines().map(line).collect();
    lines.sort_by_key(Value::to_string);
    lines
}

#[tokio::test]
async fn customers_and_stock_go_out_of_one_shop_and_into_another() {
    let must = |folder: &std::path::Path, words: &[&str]| {
        let said = sutler(folder, words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
        said
    };
    let (first, second) = (folder(), folder());
    let files = second.path();
    {
        let _shop = Server::dev(first.path(), &[]);
        for (kind, file) in [("products", "products.csv"), ("customers", "c1.ndjson"), ("stock", "s1.ndjson")]
        {
            let path = files.join(file).to_string_lossy().into_owned();
            let mut words = vec!["export", kind, &path];
            words.extend(["--format", "shopify-csv"].into_iter().filter(|_| kind == "products"));
            must(first.path(), &words);
        }
    }
    let shop = Server::dev(files, &["--no-sample"]);
    shop.ask("POST", "/locations", Some(json!({"location_id": "town", "name": "Town shop"}))).await.unwrap();
    must(files, &["import", "products.csv"]);
    let said = must(files, &["import", "c1.ndjson", "--map", "sutler-customers"]);
    assert!(said.out.contains("rows of customers") && said.out.contains("0 changed"), "{said:?}");
    must(files, &["import", "s1.ndjson", "--map", "sutler-stock"]);
    let again = must(files, &["import", "s1.ndjson", "--map", "sutler-stock"]);
    assert!(again.out.contains("0 new, 0 changed"), "a second import changes nothing: {again:?}");
    must(files, &["export", "customers", "c2.ndjson"]);
    must(files, &["export", "stock", "s2.ndjson"]);
    let whose = ["created_at", "updated_at", "lifetime", "version", "contact_id"];
    assert_eq!(told(files, "c2.ndjson", &whose), told(files, "c1.ndjson", &whose));
    let whose = ["variant_id", "product_id", "reserved", "available", "status", "version", "updated_at"];
    assert_eq!(told(files, "s2.ndjson", &whose), told(files, "s1.ndjson", &whose));
}

#[test]
fn a_wrong_row_of_a_level_comes_back_to_be_mended() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &[]);
    std::fs::write(
        folder.path().join("stock.csv"),
        "SKU,Location,On hand\nMUG-BLUE,Main,40\nTEE-M,Paris,1\n",
    )
    .unwrap();
    let said = sutler(folder.path(), &["import", "stock.csv", "--map", "shopify-stock"]);
    assert_eq!(said.code, 8, "{said:?}");
    assert!(said.err.contains("row 3  there is no location 'Paris'"), "{said:?}");
    assert!(said.out.contains("not taken: location_unknown"), "{said:?}");
    let errors = std::fs::read_to_string(folder.path().join("stock.csv.errors.csv")).unwrap();
    assert!(
        errors.starts_with("SKU,Location,On hand,error_code,error\nTEE-M,Paris,1,location_unknown,"),
        "{errors}"
    );
    let mended = errors.replace("Paris", "Main");
    std::fs::write(folder.path().join("mended.csv"), mended).unwrap();
    let said = sutler(folder.path(), &["import", "mended.csv", "--map", "shopify-stock"]);
    assert_eq!(said.code, 0, "{said:?}");
}
