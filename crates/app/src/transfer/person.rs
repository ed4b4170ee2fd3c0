//! Persons in rows of a file: what is known of them stands in a column each.

use sutler_domain::text::LINE_MAX;

use super::header::{Header, Row};
use super::mapping::Field;
use crate::customers::Address;

/// Who gets the bill, and where.
pub(super) const BILLING: [Field; 8] = [
    Field::BillingName,
    Field::BillingLine1,
    Field::BillingLine2,
    Field::BillingCity,
    Field::BillingRegion,
    Field::BillingPostalCode,
    Field::BillingCountry,
    Field::BillingPhone,
];

/// Who gets the goods, and where.
pub(super) const SHIPPING: [Field; 8] = [
    Field::ShippingName,
    Field::ShippingLine1,
    Field::ShippingLine2,
    Field::ShippingCity,
    Field::ShippingRegion,
    Field::ShippingPostalCode,
    Field::ShippingCountry,
    Field::ShippingPhone,
];

/// A text on one line, cut to its limit.
pub(super) fn cleaned(text: &str, max: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(max).collect()
}

/// What a row says of a field, as a line; `None` where that is nothing.
pub(super) fn given(header: &Header, row: &Row, field: Field) -> Option<String> {
    Some(header.cell(row, field)).filter(|cell| !cell.is_empty()).map(|cell| cleaned(cell, LINE_MAX))
}

/// The address that stands in these columns.
pub(super) fn address(header: &Header, row: &Row, fields: [Field; 8]) -> Option<Address> {
    let [name, line1, line2, city, region, postal_code, country, phone] =
        fields.map(|field| given(header, row, field));
    // Programs for tables put an apostrophe before what would lose its zeros.
    let postal_code = postal_code.map(|code| code.trim_start_matches('\'').to_owned());
    let address = Address { name, line1, line2, city, region, postal_code, country, phone };
    (address != Address::default()).then_some(address)
}
