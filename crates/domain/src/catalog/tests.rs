//! From drafts to products, and from products to price records.

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::{Currency, Fault, Metadata, Money, ProductId, VariantId};

const NOW: Timestamp = Timestamp::constant(1_795_352_400, 0);

fn eur(amount: i64) -> Money {
    Money { amount, currency: Currency::parse("EUR").unwrap() }
}

fn variant(options: &[(&str, &str)]) -> VariantDraft {
    VariantDraft {
        variant_id: None,
        sku: String::new(),
        barcode: String::new(),
        option_values: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        price: eur(1490),
        compare_at_price: None,
        cost: None,
        weight: None,
        requires_shipping: true,
        tax_code: None,
        track_inventory: true,
        oversell: Oversell::Deny,
        metadata: Metadata::new(),
    }
}

fn mugs() -> ProductDraft {
    let variants = vec![variant(&[("Color", "Blue")]), variant(&[("Color", "Red")])];
    ProductDraft { title: "Blue & Red Mug!".to_owned(), variants, ..ProductDraft::default() }
}

fn composed(draft: ProductDraft, before: Option<&Product>) -> Result<Product, Vec<Fault>> {
    let mut made = u128::from(before.is_some()) * 100;
    let fresh = || {
        made += 1;
        VariantId::new(Uuid::from_u128(made))
    };
    compose(ProductId::trusted("P1".into()), draft, before, fresh, NOW)
}

fn pointers(draft: ProductDraft) -> Vec<String> {
    composed(draft, None).unwrap_err().into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn what_a_draft_leaves_out_is_made() {
    let product = composed(mugs(), None).unwrap();
    assert_eq!((product.handle.as_str(), product.created_at), ("blue-red-mug", NOW));
    let options =
        [ProductOption { name: "Color".to_owned(), values: vec!["Blue".to_owned(), "Red".to_owned()] }];
    assert_eq!(product.options, options);
    assert_eq!(product.variants.iter().map(|v| v.title.as_str()).collect::<Vec<_>>(), ["Blue", "Red"]);
    let plain =
        ProductDraft { title: "茶".to_owned(), variants: vec![variant(&[])], ..ProductDraft::default() };
    let plain = composed(plain, None).unwrap();
    assert_eq!((plain.handle.as_str(), plain.variants[0].title.as_str()), ("p1", "Default"));
}

#[test]
fn a_variant_keeps_its_id_while_its_options_are_equal() {
    let before = composed(mugs(), None).unwrap();
    let id = |product: &Product, place: usize| product.variants[place].variant_id.clone();
    let mut draft = mugs();
    draft.variants.reverse();
    draft.variants[0].price = eur(1);
    let after = composed(draft, Some(&before)).unwrap();
    assert_eq!((id(&after, 0), id(&after, 1)), (id(&before, 1), id(&before, 0)));
    assert_eq!((after.handle, after.created_at), (before.handle.clone(), before.created_at));

    let mut other = mugs();
    other.variants[0].option_values = [("Color".to_owned(), "Green".to_owned())].into();
    // An id that a draft names is taken: the variant that had it gets a fresh one.
    other.variants[0].variant_id = Some(id(&before, 1));
    let after = composed(other, Some(&before)).unwrap();
    assert_eq!(id(&after, 0), id(&before, 1));
    assert!(!before.variants.iter().any(|v| v.variant_id == id(&after, 1)));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut draft = mugs();
    draft.title = " ".to_owned();
    draft.handle = Some("a b".to_owned());
    draft.tags = vec!["x".repeat(81)];
    draft.images = vec![Image { url: String::new(), alt: None }];
    draft.metadata = [("k".to_owned(), "x".repeat(501))].into();
    draft.variants[0].sku = "M".to_owned();
    draft.variants[1].sku = "M".to_owned();
    draft.variants[1].price = Money { amount: -1, currency: Currency::parse("JPY").unwrap() };
    draft.variants[1].option_values = draft.variants[0].option_values.clone();
    draft.variants[1].metadata = [(String::new(), String::new())].into();
    let expected = [
        "/title",
        "/tags/0",
        "/images/0/url",
        "/metadata/k",
        "/variants/1/sku",
        "/variants/1/option_values",
        "/variants/1/price",
        "/variants/1/price",
        "/variants/1/metadata/",
        "/handle",
    ];
    assert_eq!(pointers(draft), expected);
}

#[test]
fn options_are_few_named_once_and_chosen_by_every_variant() {
    let of = |variants: Vec<VariantDraft>| ProductDraft { variants, ..mugs() };
    let four = [("A", "1"), ("B", "1"), ("C", "1"), ("D", "1")];
    assert_eq!(pointers(of(vec![variant(&four)])), ["/options"]);
    assert_eq!(pointers(of(vec![variant(&[("A", "1")]), variant(&[])])), ["/variants/1/option_values"]);
    assert_eq!(pointers(of(vec![variant(&[("A", "")])])), ["/options/0/values"]);

    let named = |name: &str, values: &[&str]| ProductOption {
        name: name.to_owned(),
        values: values.iter().map(|v| (*v).to_owned()).collect(),
    };
    let with = |options: Vec<ProductOption>| ProductDraft { options, ..mugs() };
    assert_eq!(pointers(with(vec![named("Color", &["Blue"])])), ["/variants/1/option_values"]);
    let twice = with(vec![named("Color", &["Blue", "Red"]), named("Color", &["Blue", "Red"])]);
    assert_eq!(pointers(twice), ["/options/1/name"]);
    let size = pointers(with(vec![named("Size", &["M"])]));
    assert!(size.contains(&"/variants/0/option_values".to_owned()), "{size:?}");
}

#[test]
fn a_product_has_variants_and_not_too_many() {
    assert_eq!(pointers(ProductDraft { variants: Vec::new(), ..mugs() }), ["/variants"]);
    let many = |count: usize| {
        let variants = (0..count).map(|n| variant(&[("N", &n.to_string())])).collect();
        ProductDraft { variants, ..mugs() }
    };
    assert!(composed(many(VARIANTS_MAX), None).is_ok());
    assert_eq!(pointers(many(VARIANTS_MAX + 1)), ["/variants"]);
}

#[test]
fn a_barcode_is_no_card_number() {
    let mut draft = mugs();
    draft.variants[0].barcode = "4006381000093".to_owned();
    draft.variants[0].sku = "4006381000093".to_owned();
    assert!(composed(draft.clone(), None).is_ok());
    draft.variants[0].barcode = "4242424242424242".to_owned();
    assert_eq!(pointers(draft), ["/variants/0/barcode"]);
}

#[test]
fn handles_are_made_short_and_plain() {
    let table = [
        ("Blue Mug", "blue-mug".to_owned()),
        ("  --A  &&  b--", "a-b".to_owned()),
        ("Ünicode", "nicode".to_owned()),
        (&"a ".repeat(60), ["a"; 40].join("-")),
    ];
    for (title, expected) in table {
        assert_eq!(super::product::handle_of(title), expected, "{title}");
    }
}

#[test]
fn price_records_follow_what_an_order_reads_and_nothing_else() {
    let before = composed(mugs(), None).unwrap();
    let names = |before: Option<&Product>, after: Option<&Product>| {
        price_changes(before, after).iter().map(PriceEvent::name).collect::<Vec<_>>()
    };
    assert_eq!(names(None, Some(&before)), ["VariantCreated", "VariantCreated"]);
    assert_eq!(names(Some(&before), None), ["VariantDeleted", "VariantDeleted"]);

    let mut after = before.clone();
    after.title = "Cup".to_owned();
    after.variants[0].sku = "CUP".to_owned();
    assert!(names(Some(&before), Some(&after)).is_empty());
    after.variants[0].price = eur(1);
    after.variants[1].oversell = Oversell::Allow;
    assert_eq!(names(Some(&before), Some(&after)), ["VariantPriceChanged", "VariantUpdated"]);
    after.variants.remove(0);
    assert_eq!(names(Some(&before), Some(&after)), ["VariantUpdated", "VariantDeleted"]);

    let archived = Product { status: ProductStatus::Archived, ..before.clone() };
    let changes = price_changes(Some(&before), Some(&archived));
    assert!(changes.iter().all(|c| c.record().status == ProductStatus::Archived), "{changes:?}");
}
