use std::fmt::Write;
use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::Caller;
use sutler_app::transfer::mapping::shipped;
use sutler_app::transfer::{ImportTold, PastOptions, Witness};

use super::shop::Shop;
use super::{must_be_sound, taken, told};

/// Listens to so many orders.
struct Leaves(u32);

#[async_trait]
impl Witness for Leaves {
    fn hear(&mut self, _: ImportTold<'_>) {}

    async fn is_listening(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

/// Invoices of ten customers, every fifth of which takes something back, and one that says nothing.
fn file() -> String {
    let mut file =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    for n in 0..300u32 {
        let (day, minute, customer) = (1 + n / 60, n % 60, n % 10);
        let (prefix, units) = if n % 5 == 4 { ("C", "-1") } else { ("", "2") };
        for code in ["A", "B", "C"] {
            writeln!(
                file,
                "{prefix}{n},{code},x,{units},2010-12-{day:02} 08:{minute:02}:00,1.25,{customer},UK"
            )
            .unwrap();
        }
        if n == 0 {
            file.push_str("W,A,x,many,2010-12-01 08:00:00,1.25,1,UK\n");
        }
    }
    file
}

#[tokio::test]
async fn an_import_that_was_left_goes_on_where_it_stopped() {
    let whole = Shop::open().await;
    let expected = taken(&whole.app, &file()).await.report;

    let shop = Shop::open().await;
    let (mapping, source): (_, Arc<[u8]>) =
        (shipped("uci-online-retail").unwrap(), file().into_bytes().into());
    let (caller, mut rows) = (Caller::system("test"), 0);
    for orders in [1, 7, 31, 64, 120] {
        let left = shop
            .app
            .transfer
            .import_past(&caller, &source, &mapping, PastOptions::default(), &mut Leaves(orders))
            .await
            .unwrap_err();
        assert_eq!(left.code, "import_stopped");
        let record = shop.app.transfer.imports(&caller).await.unwrap().remove(0);
        assert!(record.row >= rows && record.report.is_none(), "{record:?}");
        assert!(record.errors.is_empty(), "no commit carries the rows that were not taken");
        rows = record.row;
    }
    assert!(rows > 2, "some of it was taken");
    let done = taken(&shop.app, &file()).await.report;
    assert_eq!(done.resumed_after, rows);
    let record = shop.app.transfer.imports(&caller).await.unwrap().remove(0);
    // Sixty cancellations of three lines, of people who bought nothing, and the line that says nothing.
    assert_eq!(record.errors.len(), 60 * 3 + 1, "the end tells them");
    let (found, expected_log) = (told(&shop.app).await, told(&whole.app).await);
    let differs = found.iter().zip(&expected_log).find(|(one, other)| one != other);
    assert_eq!((differs, found.len()), (None, expected_log.len()), "the same log, to the byte");
    assert_eq!(
        (done.orders, done.taken, done.canceled),
        (expected.orders, expected.taken, expected.canceled)
    );
    must_be_sound(&shop).await;
}
