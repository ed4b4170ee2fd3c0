//! Orders that were placed elsewhere, through the command line into the store.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use sutler_testkit::servers::a_moment;

use crate::server::{Server, command, folder, sutler};

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// So many invoices of ten customers, every tenth of which takes something back.
fn invoices(count: u32) -> String {
    let mut file = HEADER.to_owned();
    for n in 0..count {
        let (prefix, units) = if n % 10 == 9 { ("C", -1) } else { ("", 3) };
        for code in ["MUG", "JUG"] {
            let (day, hour, minute) = (1 + n / 1_440, (n / 60) % 24, n % 60);
            writeln!(
                file,
                "{prefix}{n},{code},x,{units},2010-12-{day:02} {hour:02}:{minute:02}:00,1.25,{},UK",
                n % 9
            )
            .unwrap();
        }
    }
    file
}

#[tokio::test]
async fn orders_come_in_by_a_mapping_and_wrong_rows_come_back() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let file = format!("{}X1,MUG,x,many,2010-12-30 08:00:00,1.25,1,UK\n", invoices(20));
    std::fs::write(folder.path().join("old.csv"), file).unwrap();
    let map = ["--map", "uci-online-retail"];
    let dry = sutler(folder.path(), &[&["import", "old.csv", "--dry-run"], &map[..]].concat());
    assert_eq!(dry.code, 8, "{dry:?}");
    assert!(dry.out.contains("would import 18 orders (18 new) from 41 rows"), "{dry:?}");
    assert_eq!(server.ask("GET", "/imports", None).await.unwrap()["data"].as_array().unwrap().len(), 0);
    assert!(!folder.path().join("old.csv.errors.csv").exists());

    let said = sutler(folder.path(), &[&["import", "old.csv"], &map[..]].concat());
    assert_eq!(said.code, 8, "{said:?}");
    assert!(said.out.contains("imported 18 orders (18 new)"), "{said:?}");
    assert!(said.out.contains("lines canceled") && said.out.contains("-5.00 GBP"), "{said:?}");
    assert!(said.err.contains("row 42") && said.err.contains("'many' is not a whole number"), "{said:?}");
    let order = server.ask("GET", "/orders/ref:3", None).await.unwrap();
    assert_eq!(
        (&order["status"], &order["placed_at"]),
        (&"completed".into(), &"2010-12-01T00:03:00.000Z".into())
    );
    let import = server.ask("GET", "/imports", None).await.unwrap()["data"][0].clone();
    assert_eq!((&import["status"], &import["report"]["orders"]), (&"completed".into(), &18.into()));

    let errors = std::fs::read_to_string(folder.path().join("old.csv.errors.csv")).unwrap();
    assert_eq!(errors.lines().count(), 2, "{errors}");
    std::fs::write(folder.path().join("mended.csv"), errors.replace(",many,", ",2,")).unwrap();
    let mended = sutler(folder.path(), &[&["import", "mended.csv"], &map[..]].concat());
    assert_eq!(mended.code, 0, "{mended:?}");
    let again = sutler(folder.path(), &[&["import", "old.csv"], &map[..]].concat());
    assert!(again.out.contains("imported 18 orders (0 new)"), "{again:?}");
    let verified = sutler(folder.path(), &["verify", "--dev"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn a_mapping_of_ones_own_is_a_file_and_a_wrong_one_is_told() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &["--no-sample"]);
    let mapping = "kind = \"orders\"\n[orders]\ncurrency = \"EUR\"\nstate = \"paid\"\n[columns]\nreference = \"No\"\n\
                   placed_at = \"Date\"\n\"line.sku\" = \"Code\"\n\"line.quantity\" = \"Qty\"\n\"line.unit_price\" = \"Price\"\n";
    std::fs::write(folder.path().join("mine.toml"), mapping).unwrap();
    std::fs::write(folder.path().join("old.csv"), "No;Date;Code;Qty;Price\nA-1;2020-01-02;MUG;2;9.90\n")
        .unwrap();
    let said = sutler(folder.path(), &["import", "old.csv", "--map", "mine.toml"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("19.80 EUR"), "{said:?}");

    std::fs::write(folder.path().join("bad.toml"), mapping.replace("line.sku", "line.code")).unwrap();
    let said = sutler(folder.path(), &["import", "old.csv", "--map", "bad.toml"]);
    assert!(said.code == 2 && said.err.contains("'line.code' is not a field"), "{said:?}");
    let said = sutler(folder.path(), &["import", "old.csv", "--map", "woo"]);
    assert!(
        said.code == 2 && said.err.contains("medusa-products, shopify-customers, shopify-orders,"),
        "{said:?}"
    );
    let said = sutler(folder.path(), &["import", "old.csv", "--map", "uci-online-retail"]);
    assert!(said.code == 2 && said.err.contains("no column 'invoiceno'"), "{said:?}");
}

/// How far the import is, in rows.
async fn row(server: &Server) -> u64 {
    let imports = server.ask("GET", "/imports", None).await.unwrap();
    imports["data"][0]["row"].as_u64().unwrap_or_default()
}

fn exported(folder: &Path) -> String {
    let said = sutler(folder, &["export", "orders"]);
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

#[tokio::test]
async fn an_import_whose_server_is_killed_ten_times_ends_in_the_same_orders() {
    let (whole, killed) = (folder(), folder());
    let file = invoices(1_000);
    for folder in [&whole, &killed] {
        std::fs::write(folder.path().join("old.csv"), &file).unwrap();
    }
    let args = ["import", "old.csv", "--map", "uci-online-retail"];
    let server = Server::dev(whole.path(), &["--no-sample"]);
    assert_eq!(sutler(whole.path(), &args).code, 0);
    let expected = exported(whole.path());
    drop(server);

    for death in 1..=10u64 {
        let server = Server::dev(killed.path(), &["--no-sample"]);
        let mut import =
            command(killed.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let upto = death * 2_000 / 12;
        while row(&server).await < upto && import.try_wait().unwrap().is_none() {
            a_moment().await;
        }
        server.signal("KILL");
        server.end();
        assert_ne!(import.wait().unwrap().code(), Some(0), "death {death} came too late");
    }
    let _server = Server::dev(killed.path(), &["--no-sample"]);
    let done = sutler(killed.path(), &args);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(exported(killed.path()), expected);
    assert_eq!(sutler(killed.path(), &["verify", "--dev"]).code, 0);
}
