use sutler_app::transfer::import_errors_csv;

use super::shop::Shop;
use super::{must_be_sound, order, taken};

const WRONG: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,Apple,1,2010-12-01 08:26:00,1.00,7,UK
1,B,Pear,many,2010-12-01 08:26:00,1.00,7,UK
2,A,Apple,1,yesterday,1.00,7,UK
3,A,Apple,1,2010-12-01 08:26:00,one,7,UK
4,A,Apple,-1,2010-12-01 08:26:00,1.00,7,UK
A5,B,Adjust bad debt,1,2010-12-01 08:26:00,-11062.06,,UK
6,A,Apple,1,2010-12-01 08:26:00,1.00
7,A,Apple,0,2010-12-01 08:26:00,1.00,7,UK
,A,Apple,1,2010-12-01 08:26:00,1.00,7,UK
9,A,=HYPERLINK(1),1,2010-12-01 08:26:00,1.00,7,UK
";

#[tokio::test]
async fn every_wrong_row_says_why_and_nothing_of_its_order_is_taken() {
    let shop = Shop::open().await;
    let heard = taken(&shop.app, WRONG).await;
    assert_eq!(
        heard.codes(),
        [
            (2, ""),
            (3, "not_a_number"),
            (4, "date_format"),
            (5, "money_format"),
            (6, "negative_quantity"),
            (7, "negative_price"),
            (8, "wrong_cell_count"),
            (9, "no_quantity"),
            (10, "reference_missing"),
        ]
    );
    assert_eq!(heard.report.orders, 1);
    assert_eq!(heard.report.skipped["negative_price"].amount["GBP"], -1_106_206);
    assert_eq!(heard.report.skipped["order_not_taken"].rows, 1);
    let kept = shop.app.transfer.imports(&shop.caller).await.unwrap();
    assert_eq!(kept[0].errors, heard.errors, "they can be asked for later");
    assert_eq!(kept[0].report.as_ref(), Some(&heard.report));
}

#[tokio::test]
async fn the_file_of_errors_can_be_mended_and_fed_again() {
    let shop = Shop::open().await;
    let heard = taken(&shop.app, WRONG).await;
    let errors = String::from_utf8(import_errors_csv(&heard.columns, &heard.errors)).unwrap();
    assert!(errors.lines().next().unwrap().ends_with("Country,error_code,error"), "{errors}");
    let mended =
        errors.replace("many", "3").replace("yesterday", "2010-12-02 10:00:00").replace(",one,", ",2.50,");
    let again = taken(&shop.app, &mended).await;
    // A row that lacked its last cells has them now, empty.
    assert_eq!(again.report.orders_new, 4);
    assert_eq!(order(&shop.app, "1").await.order.items.len(), 2);
    assert_eq!(again.columns, heard.columns, "the reasons of before are no columns of the file");
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn an_order_that_says_something_else_under_a_known_name_is_told_of() {
    let shop = Shop::open().await;
    let file = |units: u32| {
        format!(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
             1,A,Apple,{units},2010-12-01 08:26:00,1.00,7,UK\n"
        )
    };
    taken(&shop.app, &file(1)).await;
    let other = taken(&shop.app, &file(2)).await;
    assert_eq!(other.codes(), [(2, "reference_exists")]);
    assert_eq!(order(&shop.app, "1").await.order.items[0].ordered, 1);
}
