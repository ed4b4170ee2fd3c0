use super::*;

const SMALL: &str = r#"
kind = "orders"
[columns]
reference = "No"
placed_at = ["Date", " When "]
"line.sku" = "Code"
"line.quantity" = "Qty"
"line.unit_price" = "Price"
"#;

fn refusal(text: &str) -> String {
    let problem = Mapping::parse("mine", text).unwrap_err();
    assert_eq!(problem.code, "bad_mapping");
    problem.detail
}

#[test]
fn a_mapping_names_columns_in_any_case() {
    let mapping = Mapping::parse("mine", SMALL).unwrap();
    assert_eq!(mapping.columns[&Field::PlacedAt], ["date", "when"]);
    assert_eq!(mapping.orders.state, PastState::Placed);
}

#[test]
fn every_shipped_mapping_can_be_read() {
    for (name, text) in SHIPPED {
        Mapping::parse(name, text).unwrap_or_else(|problem| panic!("{}", problem.detail));
        assert!(shipped(name).is_some());
    }
    assert!(shipped("woo").is_none());
}

#[test]
fn a_refusal_names_the_place_and_what_may_stand_there() {
    let unknown = refusal(&SMALL.replace("line.sku", "line.code"));
    assert!(
        unknown.contains("[columns] 'line.code' is not a field") && unknown.contains("line.sku"),
        "{unknown}"
    );
    let missing = refusal(&SMALL.replace("\"line.sku\" = \"Code\"", ""));
    assert!(missing.contains("no column for 'line.sku'"), "{missing}");
    let section = refusal(&format!("{SMALL}\n[order]\nstate = \"paid\""));
    assert!(section.contains("unknown field `order`") && section.contains("line"), "{section}");
    let zone = refusal(&format!("{SMALL}\n[orders]\ntimezone = \"Moon/Sea\""));
    assert!(zone.contains("'Moon/Sea' is not known"), "{zone}");
    let money = refusal(&format!("{SMALL}\n[orders]\ncurrency = \"Euro\""));
    assert!(money.contains("'Euro' is not an ISO 4217 currency code"), "{money}");
}
