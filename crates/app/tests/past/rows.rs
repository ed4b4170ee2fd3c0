//! Customers and stock of a file.

use std::fmt::Write;
use std::sync::Arc;

use sutler_app::customers::{CustomerName, CustomerView};
use sutler_app::transfer::mapping::{Mapping, MappingKind, shipped};
use sutler_app::transfer::{ImportError, ImportOptions, ImportTold, RowsReport, Witness};
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::CustomerId;

use super::shop::Shop;
use super::{head, log, must_be_sound, samples};

/// What was heard of a file.
#[derive(Debug)]
struct Heard {
    report: RowsReport,
    errors: Vec<(u64, String)>,
    warnings: Vec<String>,
}

async fn read(shop: &Shop, file: &str, mapping: &Mapping, dry_run: bool) -> Result<Heard, Problem> {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let source: Arc<[u8]> = file.as_bytes().into();
    let mut witness = |told: ImportTold<'_>| match told {
        ImportTold::Error(ImportError { row, code, .. }) => errors.push((*row, code.clone())),
        ImportTold::Warning { message, .. } => warnings.push(message.to_owned()),
        ImportTold::Columns(_) | ImportTold::Progress { .. } => {}
    };
    let options = ImportOptions { dry_run };
    let report = shop
        .app
        .transfer
        .import_rows(&Caller::system("test"), &source, mapping, options, &mut witness)
        .await?;
    Ok(Heard { report, errors, warnings })
}

/// Import a file by a mapping that comes along. Its rows all have to be somewhere.
async fn taken(shop: &Shop, file: &str, mapping: &str) -> Heard {
    let heard = read(shop, file, &shipped(mapping).unwrap(), false).await.unwrap();
    let of = &heard.report;
    assert_eq!(of.created + of.updated + of.unchanged + of.empty + of.rows_skipped(), of.rows);
    heard
}

/// New, changed, as before, saying nothing.
fn counts(heard: &Heard) -> [u64; 4] {
    let of = &heard.report;
    [of.created, of.updated, of.unchanged, of.empty]
}

async fn customer(shop: &Shop, email: &str) -> CustomerView {
    let name = CustomerName::Email(email.to_owned());
    shop.app.customers.get(&Caller::system("test"), &name, false).await.unwrap()
}

const PEOPLE: &str = "\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,\
Default Address City,Default Address Country Code,Default Address Zip,Phone,Note,Tags
'6001,Ada,Lovelace,Ada@example.com,yes,Engines Ltd,12 St James Square,London,GB,SW1Y 4JH,'+44 20 7946 0000,calls at noon,vip
'6002,Grace,Hopper,,no,,,,,,,,
,,,,,,,,,,,,
,Nobody,,,,,,,,,,,
";

#[tokio::test]
async fn a_customer_is_who_the_row_says() {
    let shop = Shop::open().await;
    let before = log(&shop.app).await.len();
    let heard = taken(&shop, PEOPLE, "shopify-customers").await;
    assert_eq!(
        (heard.report.of, heard.report.rows, counts(&heard)),
        (MappingKind::Customers, 3, [2, 0, 0, 0])
    );
    assert_eq!(heard.errors, [(5, "customer_nameless".to_owned())]);
    assert_eq!(heard.warnings, ["nothing is read from the columns Note"], "nothing is dropped in silence");

    let ada = customer(&shop, "ada@EXAMPLE.com").await;
    let person = ada.contact.unwrap();
    assert_eq!(person.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(
        person.phone.as_deref(),
        Some("+44 20 7946 0000"),
        "the guard of a spreadsheet is no part of it"
    );
    let address = person.shipping_address.unwrap();
    assert_eq!(address.name.as_deref(), Some("Engines Ltd, Ada Lovelace"));
    assert_eq!(address.postal_code.as_deref(), Some("SW1Y 4JH"));
    assert_eq!(ada.customer.metadata["shopify.tags"], "vip");
    let grace = CustomerName::Id(CustomerId::parse("6002").unwrap());
    let grace = shop.app.customers.get(&Caller::system("test"), &grace, false).await.unwrap();
    assert_eq!(
        grace.contact.unwrap().name.as_deref(),
        Some("Grace Hopper"),
        "without an address the id is the name"
    );
    let events = log(&shop.app).await.split_off(before);
    assert!(events.iter().all(|event| event.actor == "import"), "listeners hear of it only when they ask to");
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn a_file_twice_changes_nothing_and_an_empty_cell_says_nothing() {
    let shop = Shop::open().await;
    taken(&shop, PEOPLE, "shopify-customers").await;
    let before = head(&shop.app).await;
    assert_eq!(counts(&taken(&shop, PEOPLE, "shopify-customers").await), [0, 0, 2, 0]);
    let partial = "Email,Phone,Tags\nada@example.com,,regular\n";
    assert_eq!(counts(&taken(&shop, partial, "shopify-customers").await), [0, 1, 0, 0]);
    assert_eq!(head(&shop.app).await.0, before.0 + 1, "one change, one event");
    let ada = customer(&shop, "ada@example.com").await;
    assert_eq!(ada.customer.metadata["shopify.tags"], "regular");
    assert_eq!(ada.contact.unwrap().phone.as_deref(), Some("+44 20 7946 0000"));
}

#[tokio::test]
async fn of_two_rows_with_one_address_the_later_stands() {
    let shop = Shop::open().await;
    let file = "Email,First Name\na@example.com,One\nb@example.com,Other\nA@example.com,Two\n";
    assert_eq!(counts(&taken(&shop, file, "shopify-customers").await), [2, 1, 0, 0]);
    assert_eq!(customer(&shop, "a@example.com").await.contact.unwrap().name.as_deref(), Some("Two"));
}

#[tokio::test]
async fn a_dry_run_judges_as_the_import_would_and_writes_nothing() {
    let shop = Shop::open().await;
    let before = head(&shop.app).await;
    let file = "Email,First Name\nada@example.com,Ada\nno address,Eve\n";
    let mapping = shipped("shopify-customers").unwrap();
    let dry = read(&shop, file, &mapping, true).await.unwrap();
    assert_eq!(head(&shop.app).await, before);
    let wet = read(&shop, file, &mapping, false).await.unwrap();
    assert_eq!((counts(&dry), &dry.errors), (counts(&wet), &wet.errors));
    assert_eq!(wet.errors.len(), 1);
}

#[tokio::test]
async fn who_was_erased_is_not_made_again_by_a_file() {
    let shop = Shop::open().await;
    let file = "Customer ID,Email,First Name\n6001,ada@example.com,Ada\n";
    taken(&shop, file, "shopify-customers").await;
    let name = CustomerName::Email("ada@example.com".to_owned());
    shop.app.customers.erase(&Caller::system("test"), &name).await.unwrap();
    let heard = taken(&shop, file, "shopify-customers").await;
    assert_eq!(heard.errors, [(2, "gone".to_owned())]);
}

#[tokio::test]
async fn stock_is_counted() {
    let shop = Shop::open().await;
    shop.product("MUG", 900, 5).await;
    shop.product("JUG", 900, 7).await;
    shop.product("CUP", 900, 2).await;
    let file = "\
SKU,Location,On hand (current),On hand (new)
MUG,Main,5,12
JUG,main,7,
CUP,MAIN,not stocked,not stocked
HAT,Main,1,1
MUG,Paris,1,1
JUG,Main,x,
,Main,3,3
";
    let heard = taken(&shop, file, "shopify-stock").await;
    assert_eq!(counts(&heard), [0, 1, 1, 1]);
    let codes: Vec<_> = heard.errors.iter().map(|(row, code)| (*row, code.as_str())).collect();
    assert_eq!(
        codes,
        [(5, "product_unknown"), (6, "location_unknown"), (7, "invalid_quantity"), (8, "sku_missing")]
    );
    assert_eq!(shop.stock("MUG").await, (12, 0), "the new count, not the one before");
    assert_eq!((shop.stock("JUG").await, shop.stock("CUP").await), ((7, 0), (2, 0)));
    assert_eq!(counts(&taken(&shop, file, "shopify-stock").await), [0, 0, 2, 1]);
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn lines_of_json_are_rows_too() {
    let shop = Shop::open().await;
    shop.product("MUG", 900, 5).await;
    let stock = "{\"sku\":\"MUG\",\"location_id\":\"main\",\"on_hand\":9,\"safety_stock\":2,\"reorder_point\":null}\n\n[1]\n{\n";
    let heard = taken(&shop, stock, "sutler-stock").await;
    assert_eq!((counts(&heard), heard.report.rows), ([0, 1, 0, 0], 3));
    assert_eq!(heard.errors, [(3, "invalid_json".to_owned()), (4, "invalid_json".to_owned())]);
    let level = shop.level("MUG").await.level;
    assert_eq!((level.on_hand, level.safety_stock, level.reorder_point), (9, 2, None));

    let people = "{\"customer_id\":\"c1\",\"email\":\"ada@example.com\",\"shipping_address\":{\"city\":\"London\"},\
                  \"billing_address\":null,\"metadata\":{\"tier\":\"gold\"}}\n";
    assert_eq!(counts(&taken(&shop, people, "sutler-customers").await), [1, 0, 0, 0]);
    let ada = customer(&shop, "ada@example.com").await;
    assert_eq!((ada.customer.customer_id.as_str(), &*ada.customer.metadata["tier"]), ("c1", "gold"));
    assert_eq!(ada.contact.unwrap().shipping_address.unwrap().city.as_deref(), Some("London"));
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_as_a_whole() {
    let shop = Shop::open().await;
    let before = head(&shop.app).await;
    let stock = shipped("shopify-stock").unwrap();
    let problem = read(&shop, "SKU,Location\nMUG,Main\n", &stock, false).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Invalid, "not_such_a_file"));
    assert!(problem.detail.contains("'on hand (new)'"), "{}", problem.detail);
    let orders = shipped("shopify-orders").unwrap();
    assert_eq!(read(&shop, "SKU\n", &orders, false).await.unwrap_err().code, "bad_mapping");
    assert_eq!(head(&shop.app).await, before);
}

#[tokio::test]
async fn whoever_hangs_up_stops_the_import_and_loses_nothing() {
    struct Deaf;
    #[async_trait::async_trait]
    impl Witness for Deaf {
        fn hear(&mut self, _: ImportTold<'_>) {}
        async fn is_listening(&mut self) -> bool {
            false
        }
    }
    let shop = Shop::open().await;
    let mut file = "Email\n".to_owned();
    for n in 0..1_000 {
        writeln!(file, "p{n}@example.com").unwrap();
    }
    let source: Arc<[u8]> = file.as_bytes().into();
    let mapping = shipped("shopify-customers").unwrap();
    let options = ImportOptions::default();
    let stopped =
        shop.app.transfer.import_rows(&Caller::system("test"), &source, &mapping, options, &mut Deaf).await;
    assert_eq!(stopped.unwrap_err().code, "import_stopped");
    let [created, _, unchanged, _] = counts(&taken(&shop, &file, "shopify-customers").await);
    assert_eq!(created + unchanged, 1_000);
    assert!(unchanged > 0, "what was taken in before stays");
}

#[tokio::test]
async fn a_sample_of_spree_becomes_its_customers() {
    let Some(files) = samples("spree") else { return };
    let file = files.into_iter().find(|(name, _)| name == "customers.csv").unwrap().1;
    let shop = Shop::open().await;
    let heard = taken(&shop, &String::from_utf8(file).unwrap(), "spree-customers").await;
    assert_eq!(
        (heard.errors.as_slice(), heard.warnings.as_slice()),
        (&[][..], &[][..]),
        "every column is read"
    );
    assert_eq!(counts(&heard)[0], heard.report.rows);
    let james = customer(&shop, "james.patel@example.com").await.contact.unwrap();
    let address = james.shipping_address.unwrap();
    assert_eq!(address.name.as_deref(), Some("Patel Trading Co., James Patel"));
    assert_eq!((address.region.as_deref(), address.country.as_deref()), (Some("TX"), Some("US")));
}
