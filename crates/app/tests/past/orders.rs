use sutler_app::Kind;
use sutler_app::transfer::PastOptions;
use sutler_app::transfer::mapping::{Mapping, shipped};
use sutler_domain::orders::{
    FulfillmentStatus, OrderStatus, PaymentState, fulfillment_status, payment_status,
};

use super::shop::Shop;
use super::{head, import, log, must_be_sound, order, taken};

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// Three invoices, a cancellation of some of the first, and goods that were lost.
const FILE: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1001,MUG,Mug,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
1001,JUG,Jug,2,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
1002,MUG,Mug,4,2010-12-02 09:00:00,2.55,17850.0,United Kingdom
1003,BAG,Bag,1,2010-12-02 10:00:00,9.95,,France
C1004,MUG,Mug,-7,2010-12-03 11:00:00,2.55,17850.0,United Kingdom
C1004,HAT,Hat,-1,2010-12-03 11:00:00,5.00,17850.0,United Kingdom
1005,JUG,broken,-3,2010-12-03 12:00:00,0.0,,United Kingdom
";

#[tokio::test]
async fn an_invoice_is_an_order_as_it_was() {
    let shop = Shop::open().await;
    shop.product("MUG", 9_900, 5).await;
    let before = shop.stock("MUG").await;
    let heard = taken(&shop.app, FILE).await;
    assert_eq!((heard.report.orders, heard.report.orders_new, heard.report.rows), (3, 3, 7));

    let view = order(&shop.app, "1001").await;
    assert_eq!(view.order.status, OrderStatus::Completed);
    assert_eq!(view.order.totals.total, 6 * 255 + 2 * 339, "what it cost then, not what a mug costs now");
    assert_eq!(view.order.placed_at.to_string(), "2010-12-01T08:26:00Z");
    assert_eq!(view.order.customer_id.as_ref().unwrap().as_str(), "17850");
    assert_eq!(view.order.metadata["country"], "United Kingdom");
    assert_eq!(view.order.payments[0].gateway, "imported");
    let other = order(&shop.app, "1003").await;
    assert_eq!(fulfillment_status(&other.order), FulfillmentStatus::Delivered);
    assert_eq!(
        view.order.items[0].product_id.as_str(),
        "MUG",
        "a code that the catalog knows is its variant"
    );
    assert!(view.number > 0);
    assert_eq!(shop.stock("MUG").await, before, "what was sold then moves nothing now");
    shop.settle().await;
    assert_eq!(shop.stock("MUG").await, before);
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn history_is_told_by_an_actor_of_its_own_at_its_own_times() {
    let shop = Shop::open().await;
    let setup = log(&shop.app).await.len();
    taken(&shop.app, FILE).await;
    let events = log(&shop.app).await.split_off(setup);
    assert!(events.iter().all(|event| event.actor == "import" && event.at < event.recorded_at));
    let mut last = std::collections::HashMap::new();
    for event in &events {
        let before = last.insert(event.stream.clone(), event.at);
        assert!(
            before.is_none_or(|before| before <= event.at),
            "times of a stream never decrease: {event:?}"
        );
    }
}

#[tokio::test]
async fn a_cancellation_finds_the_orders_it_cancels_the_last_first() {
    let shop = Shop::open().await;
    let heard = taken(&shop.app, FILE).await;
    let (last, first) = (order(&shop.app, "1002").await, order(&shop.app, "1001").await);
    assert_eq!((last.order.items[0].returned, first.order.items[0].returned), (4, 3));
    assert_eq!((last.order.refunded(), first.order.refunded()), (4 * 255, 3 * 255));
    assert_eq!(payment_status(&last.order), PaymentState::Refunded);
    assert_eq!(payment_status(&first.order), PaymentState::PartiallyRefunded);
    assert_eq!(first.order.updated_at.to_string(), "2010-12-03T11:00:00Z");
    assert_eq!(heard.codes(), [(7, "no_earlier_purchase")], "what finds nothing is listed");
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn control_totals_have_every_row_once() {
    let shop = Shop::open().await;
    let report = taken(&shop.app, FILE).await.report;
    assert_eq!((report.taken.rows, report.taken.quantity, report.taken.amount["GBP"]), (4, 13, 3228 + 995));
    assert_eq!(
        (report.canceled.rows, report.canceled.quantity, report.canceled.amount["GBP"]),
        (1, -7, -1785)
    );
    assert_eq!((report.written_off.rows, report.written_off.quantity), (1, -3));
    let skipped = &report.skipped["no_earlier_purchase"];
    assert_eq!((skipped.rows, skipped.quantity, skipped.amount["GBP"]), (1, -1, -500));
    let all = report.taken.rows + report.canceled.rows + report.written_off.rows + report.rows_skipped();
    assert_eq!(all, report.rows);
}

#[tokio::test]
async fn goods_that_were_lost_stand_in_the_journal_and_move_nothing() {
    let shop = Shop::open().await;
    shop.product("JUG", 500, 9).await;
    taken(&shop.app, FILE).await;
    assert_eq!(shop.stock("JUG").await, (9, 0));
    let query = sutler_app::ports::reads::JournalQuery { sku: Some("JUG".into()), ..Default::default() };
    let rows = shop.app.inventory.movements(&shop.caller, &query).await.unwrap().rows;
    let lost: Vec<_> =
        rows.iter().filter(|row| row.reason == sutler_domain::inventory::Reason::Lost).collect();
    assert_eq!(lost.len(), 1);
    assert!(lost[0].note.as_deref().unwrap().contains("-3 of JUG in 1005"), "{lost:?}");
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let shop = Shop::open().await;
    let first = taken(&shop.app, FILE).await;
    let at = head(&shop.app).await;
    let second = taken(&shop.app, FILE).await;
    assert_eq!(head(&shop.app).await, at);
    assert_eq!((second.report.orders, second.report.orders_new, second.report.refunds_new), (3, 0, 0));
    assert_eq!(second.report.taken, first.report.taken);
    assert_eq!(second.report.canceled, first.report.canceled);
    assert_eq!(second.errors, first.errors);
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let shop = Shop::open().await;
    let at = head(&shop.app).await;
    let mapping = shipped("uci-online-retail").unwrap();
    let options = PastOptions { dry_run: true, ..PastOptions::default() };
    let dry = import(&shop.app, FILE.as_bytes(), &mapping, options).await.unwrap();
    assert_eq!(head(&shop.app).await, at);
    assert_eq!(shop.app.transfer.imports(&shop.caller).await.unwrap(), []);
    let done = taken(&shop.app, FILE).await;
    assert_eq!(dry.errors, done.errors);
    assert_eq!((dry.report.taken, dry.report.canceled), (done.report.taken, done.report.canceled));
}

#[tokio::test]
async fn prices_with_more_decimals_are_rounded_once_a_line() {
    let shop = Shop::open().await;
    let file = format!(
        "{HEADER}1,A,A,1000,2010-12-01 08:26:00,0.0125,1,UK\n1,B,B,1,2010-12-01 08:26:00,0.125,1,UK\n"
    );
    let report = taken(&shop.app, &file).await.report;
    assert_eq!(report.taken.amount["GBP"], 1250 + 12, "half to even");
    let view = order(&shop.app, "1").await;
    assert_eq!(view.order.totals.total, 1262);
    assert_eq!(view.order.items[0].metadata["import.unit_price"], "0.0125");
    must_be_sound(&shop).await;

    let strict = FILE_MAPPING.replace("line_total", "error");
    let strict = Mapping::parse("strict", &strict).unwrap();
    let heard = import(&shop.app, file.as_bytes(), &strict, PastOptions::default()).await.unwrap();
    assert_eq!(heard.codes(), [(2, "excess_precision"), (3, "excess_precision")]);
}

const FILE_MAPPING: &str = include_str!("../../mappings/uci-online-retail.toml");

#[tokio::test]
async fn a_file_of_another_sort_is_refused_whole() {
    let shop = Shop::open().await;
    let mapping = shipped("uci-online-retail").unwrap();
    for (file, words) in [
        ("", "it is empty"),
        ("id;name\n1;x\n", "no column 'invoiceno'"),
        ("Handle,Title\nx,y\n", "no column 'invoiceno'"),
    ] {
        let problem = import(&shop.app, file.as_bytes(), &mapping, PastOptions::default()).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Invalid, "not_such_a_file"));
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    let endless = format!("{HEADER}1,\"A{}", "x".repeat(300_000));
    let problem = import(&shop.app, endless.as_bytes(), &mapping, PastOptions::default()).await.unwrap_err();
    assert!(problem.detail.contains("a quote that is not closed"), "{}", problem.detail);
}

#[tokio::test]
async fn an_order_whose_rows_lie_apart_is_one_order() {
    let shop = Shop::open().await;
    let row = |no: &str, code: &str, at: &str, customer: &str| {
        format!("{no},{code},x,1,2010-12-01 08:{at}:00,1.00,{customer},UK\n")
    };
    let file = [row("1", "A", "26", "7"), row("2", "A", "26", "8"), row("1", "B", "27", "7")].concat();
    let heard = taken(&shop.app, &format!("{HEADER}{file}")).await;
    assert_eq!(order(&shop.app, "1").await.order.items.len(), 2);
    assert_eq!(heard.report.orders, 2);
    assert_eq!(heard.warnings, [(4, "differs_from_first_row".to_owned())], "the first row's time stands");
}

#[tokio::test]
async fn no_order_is_taken_for_the_number_of_a_card() {
    // The digest of these rows, in hex, holds digits that pass the check of cards.
    let file = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
537213,GRD-0001733,COMPACT STONEWARE BIRD FEEDER WILAR 513,17,2010-12-03 22:15:15,10.50,13599,Germany
537213,GRD-0001734,SQUARE COTTON WATERING CAN ELKEL 301,2,2010-12-03 22:15:15,47.90,13599,Germany
537213,GRD-0001735,PLAIN STEEL WATERING CAN ARJOR 897,4,2010-12-03 22:15:15,187.50,13599,Germany
537213,TRS-0001736,HEAVY OAK LEGGINGS FENBEL 488,9,2010-12-03 22:15:15,46.00,13599,Germany
537213,JKT-0001737,SOFT CANVAS JACKET SELSEL 549,11,2010-12-03 22:15:15,114.50,13599,Germany
537213,BED-0001738-BLACK,VINTAGE LEATHER BLANKET JOROL 722,4,2010-12-03 22:15:15,392.99,13599,Germany
";
    let shop = Shop::open().await;
    let heard = taken(&shop.app, file).await;
    assert_eq!((heard.codes(), heard.report.orders_new), (Vec::new(), 1));
}
