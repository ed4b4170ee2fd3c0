//! Place an order by hand: for a buyer at the counter or on the telephone.

use axum::response::Response;
use sutler_app::customers::Address;
use sutler_app::orders::{CustomerInput, ItemInput, OrderRequest, ShippingInput};
use sutler_app::{Caller, Problem};
use sutler_domain::{CustomerId, Fault};

use super::back;
use super::money::{ask_payment, typed_payment};
use crate::dashboard::desk::{Desk, Shown};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words as w;

/// Items that one form has room for.
const ITEMS: usize = 4;

fn sheet(desk: &Desk, form: &Form) -> Sheet {
    let currency = desk.api.app.settings.currency.code();
    let mut sheet = Sheet::new("New order", "/admin/orders/new", "/admin/orders", "Place order")
        .lead("Prices and taxes are those of the shop. Its stock is kept for it at once.");
    for at in 0..ITEMS {
        let (first, n) = (at == 0, at.saturating_add(1));
        sheet = sheet.ask(form, format!("sku.{at}"), format!("SKU {n}"), Ask::Line("off"), "");
        sheet = if first { sheet.needed() } else { sheet };
        let units = if first { "1" } else { "" };
        sheet =
            sheet.ask(form, format!("units.{at}"), format!("Quantity {n}"), Ask::Units { most: None }, units);
    }
    sheet = sheet
        .ask(form, "email", "E-mail", Ask::Line("off"), "")
        .ask(form, "name", "Name", Ask::Line("off"), "")
        .ask(form, "customer_id", "Customer id", Ask::Line("off"), "")
        .hint("Your own id for the customer, if you have one.")
        .ask(form, "reference", "Reference", Ask::Line("off"), "")
        .hint("Your own id for the order; no two orders have the same.")
        .ask(form, "method", "Shipping", Ask::Line("off"), "")
        .hint("Such as standard or express.")
        .ask(form, "shipping", "Shipping costs", Ask::Amount(currency.to_owned()), "")
        .ask(form, "line1", "Street", Ask::Line("off"), "")
        .ask(form, "postal_code", "Postal code", Ask::Line("off"), "")
        .ask(form, "city", "City", Ask::Line("off"), "")
        .ask(form, "country", "Country", Ask::Line("off"), "")
        .hint("Two letters, such as DE.");
    ask_payment(sheet, form, desk, true)
}

pub(super) fn form(desk: &Desk) -> Response {
    let form = Form::fresh();
    sheet(desk, &form).page(desk, "orders", &form)
}

pub(super) async fn place(desk: Desk, form: Form) -> Shown {
    // An answer is waited for only where there is one to wait for.
    let payment = typed_payment(&form);
    let wait_s = if payment.is_some() { 5 } else { 0 };
    let caller = Caller { wait_s, ..desk.caller_once(form.key()) };
    let placed = match request(&desk, &form) {
        Ok(request) => {
            Box::pin(desk.api.app.orders.place(&caller, OrderRequest { payment, ..request })).await
        }
        Err(problem) => Err(problem),
    };
    match placed {
        Ok(placed) => Ok(back(&placed.value, "placed")),
        Err(problem) => {
            let rows = rows(&form);
            sheet(&desk, &form).refused(&desk, "orders", &form, problem, |pointer| field(pointer, &rows))
        }
    }
}

/// The rows of the form that name something.
fn rows(form: &Form) -> Vec<usize> {
    (0..ITEMS).filter(|at| form.text(&format!("sku.{at}")).is_some()).collect()
}

/// The field of a pointer into the request.
fn field(pointer: &str, rows: &[usize]) -> String {
    let Some(rest) = pointer.strip_prefix("/items/") else {
        return match pointer {
            "/items" => "sku.0".to_owned(),
            _ => last_name(pointer),
        };
    };
    let (index, member) = rest.split_once('/').unwrap_or((rest, ""));
    let row = index.parse::<usize>().ok().and_then(|index| rows.get(index)).copied().unwrap_or_default();
    match member {
        "quantity" => format!("units.{row}"),
        _ => format!("sku.{row}"),
    }
}

fn request(desk: &Desk, form: &Form) -> Result<OrderRequest, Problem> {
    let currency = desk.api.app.settings.currency;
    let mut faults = Vec::new();
    let mut items = Vec::new();
    for (index, at) in rows(form).into_iter().enumerate() {
        let quantity = form.whole(&format!("units.{at}")).unwrap_or_else(|detail| {
            faults.push(Fault::invalid(format!("/items/{index}/quantity"), detail));
            None
        });
        items.push(ItemInput {
            product_id: None,
            variant_id: None,
            sku: form.text(&format!("sku.{at}")),
            quantity: quantity.unwrap_or(1),
            expected_unit_price: None,
            tax: None,
            metadata: sutler_domain::Metadata::new(),
        });
    }
    if items.is_empty() {
        faults.push(Fault::invalid("/items", "name at least one SKU"));
    }
    let customer_id = form.text("customer_id").and_then(|id| {
        CustomerId::parse(&id)
            .map_err(|error| faults.push(Fault::invalid("/customer_id", error.to_string())))
            .ok()
    });
    let costs = form.text("shipping").and_then(|text| {
        w::typed_amount(&text, currency)
            .map_err(|detail| faults.push(Fault::invalid("/shipping", detail)))
            .ok()
    });
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let (email, name) = (form.text("email"), form.text("name"));
    let customer = (email.is_some() || name.is_some()).then_some(CustomerInput { email, name, phone: None });
    let method = form.text("method").or_else(|| costs.map(|_| "standard".to_owned()));
    let shipping = method.map(|method| ShippingInput {
        method,
        amount: sutler_app::orders::Amount { amount: costs.unwrap_or_default(), currency: Some(currency) },
        tax: None,
    });
    Ok(OrderRequest {
        customer_id,
        customer,
        items,
        shipping,
        shipping_address: address(form),
        reference: form.text("reference"),
        ..OrderRequest::default()
    })
}

fn address(form: &Form) -> Option<Address> {
    let (line1, city) = (form.text("line1"), form.text("city"));
    let (postal_code, country) = (form.text("postal_code"), form.text("country"));
    let is_given = [&line1, &city, &postal_code, &country].iter().any(|part| part.is_some());
    is_given.then(|| Address {
        name: form.text("name"),
        line1,
        city,
        postal_code,
        country,
        ..Address::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_shown_beside_the_row_that_it_is_of() {
        assert_eq!(field("/items/1/quantity", &[0, 2]), "units.2");
        assert_eq!(field("/items/0", &[1]), "sku.1");
        assert_eq!(field("/items", &[]), "sku.0");
        assert_eq!(field("/customer/email", &[]), "email");
    }
}
