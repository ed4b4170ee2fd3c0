//! Make a customer known, change and forget them.

use axum::extract::Path;
use axum::response::Response;
use sutler_app::customers::{Address, CustomerName, CustomerPatch, CustomerView, NewCustomer};
use sutler_app::patch::Patch;

use super::{at, called, customer_id, found};
use crate::dashboard::desk::{Desk, Shown, see};
use crate::dashboard::sheet::{Ask, Sheet};
use crate::dashboard::typed::Form;

/// The parts of an address: the field and its label.
const PARTS: [(&str, &str); 8] = [
    ("name", "Name on the parcel"),
    ("line1", "Street"),
    ("line2", "Street, second line"),
    ("postal_code", "Postal code"),
    ("city", "City"),
    ("region", "Region"),
    ("country", "Country"),
    ("phone", "Phone for the carrier"),
];

fn part<'a>(address: &'a Address, name: &str) -> Option<&'a str> {
    let part = match name {
        "name" => &address.name,
        "line1" => &address.line1,
        "line2" => &address.line2,
        "postal_code" => &address.postal_code,
        "city" => &address.city,
        "region" => &address.region,
        "country" => &address.country,
        _ => &address.phone,
    };
    part.as_deref()
}

/// `/shipping_address/city` is the field `ship.city`; the others are named as they are.
fn place(pointer: &str) -> String {
    let name = pointer.trim_start_matches('/');
    name.strip_prefix("shipping_address/").map_or_else(|| name.to_owned(), |part| format!("ship.{part}"))
}

fn ask(sheet: Sheet, form: &Form, known: Option<&CustomerView>) -> Sheet {
    let person = known.and_then(|view| view.contact.as_ref());
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let mut sheet = sheet
        .ask(form, "name", "Name", Ask::Line("off"), text(person.and_then(|p| p.name.as_ref())))
        .ask(form, "email", "E-mail", Ask::Line("off"), text(person.and_then(|p| p.email.as_ref())))
        .hint("No two customers have the same.")
        .ask(form, "phone", "Phone", Ask::Line("off"), text(person.and_then(|p| p.phone.as_ref())));
    let address = person.and_then(|person| person.shipping_address.as_ref());
    for (name, label) in PARTS {
        let known = address.and_then(|address| part(address, name)).unwrap_or_default();
        sheet = sheet.ask(form, format!("ship.{name}"), label, Ask::Line("off"), known);
    }
    sheet.hint(
        "Goods go to this address. Leave it all empty for none; the country is two letters, such as DE.",
    )
}

/// The address that was typed; `None` when all of it was left empty.
fn address(form: &Form) -> Option<Address> {
    let part = |name: &str| form.text(&format!("ship.{name}"));
    let address = Address {
        name: part("name"),
        line1: part("line1"),
        line2: part("line2"),
        city: part("city"),
        region: part("region"),
        postal_code: part("postal_code"),
        country: part("country"),
        phone: part("phone"),
    };
    (address != Address::default()).then_some(address)
}

fn new_sheet(form: &Form) -> Sheet {
    let sheet = Sheet::new("New customer", "/admin/customers/new", "/admin/customers", "Add customer")
        .lead("Orders with the same e-mail address are theirs.");
    ask(sheet, form, None)
}

pub(super) fn new_form(desk: &Desk) -> Response {
    let form = Form::fresh();
    new_sheet(&form).page(desk, "customers", &form)
}

pub(super) async fn create(desk: Desk, form: Form) -> Shown {
    let input = NewCustomer {
        email: form.text("email"),
        name: form.text("name"),
        phone: form.text("phone"),
        shipping_address: address(&form),
        ..NewCustomer::default()
    };
    let caller = desk.caller_once(form.key());
    match desk.api.app.customers.create(&caller, &input).await {
        Ok(made) => Ok(see(&format!("{}?done=saved", at(&made.value.customer.customer_id)))),
        Err(problem) => new_sheet(&form).refused(&desk, "customers", &form, problem, place),
    }
}

fn edit_sheet(view: &CustomerView, form: &Form) -> Sheet {
    let at = at(&view.customer.customer_id);
    let sheet = Sheet::new(format!("Edit {}", called(view)), format!("{at}/edit"), at, "Save")
        .lead("Orders keep the address that they were placed with.");
    ask(sheet, form, Some(view))
}

pub(super) async fn edit_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(edit_sheet(&found(&desk, &id, false).await?, &form).page(&desk, "customers", &form))
}

fn patch<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

pub(super) async fn edit(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let change = CustomerPatch {
        email: patch(form.text("email")),
        name: patch(form.text("name")),
        phone: patch(form.text("phone")),
        shipping_address: patch(address(&form)),
        ..CustomerPatch::default()
    };
    let (caller, name) = (desk.caller_once(form.key()), CustomerName::Id(customer_id(&id)?));
    match desk.api.app.customers.update(&caller, &name, &change).await {
        Ok(changed) => Ok(see(&format!("{}?done=saved", at(&changed.value.customer.customer_id)))),
        Err(problem) => {
            let view = found(&desk, &id, false).await?;
            edit_sheet(&view, &form).refused(&desk, "customers", &form, problem, place)
        }
    }
}

fn erase_sheet(view: &CustomerView, form: &Form) -> Sheet {
    let at = at(&view.customer.customer_id);
    let orders = view.lifetime.as_ref().map_or(0, |lifetime| lifetime.orders);
    Sheet::new(format!("Erase {}", called(view)), format!("{at}/erase"), at, "Erase this person")
        .danger()
        .lead(format!(
            "Name, e-mail, phone, addresses and notes are forgotten, here and on {}. Orders keep their items and totals. \
             A backup that is restored later erases them again.",
            crate::dashboard::words::count(&orders, "order", "orders")
        ))
        .warning("This cannot be taken back.")
        .ask(form, "sure", "Yes, forget this person", Ask::Tick(false), "")
}

pub(super) async fn erase_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(erase_sheet(&found(&desk, &id, true).await?, &form).page(&desk, "customers", &form))
}

pub(super) async fn erase(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let erased = if form.raw("sure").is_some() {
        let name = CustomerName::Id(customer_id(&id)?);
        desk.api.app.customers.erase(&desk.caller_once(form.key()), &name).await.map(drop)
    } else {
        let fault = sutler_domain::Fault::invalid("/sure", "tick it: erasing cannot be taken back");
        Err(sutler_app::Problem::invalid(vec![fault]))
    };
    match erased {
        Ok(()) => Ok(see(&format!("/admin/customers/{id}?done=erased"))),
        Err(problem) => {
            let view = found(&desk, &id, true).await?;
            let last = crate::dashboard::sheet::last_name;
            erase_sheet(&view, &form).refused(&desk, "customers", &form, problem, last)
        }
    }
}
