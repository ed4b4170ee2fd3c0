//! A file of products, through the command line into the catalog.

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
