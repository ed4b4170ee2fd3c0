//! Customers: make, show, change, export, erase.

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::customers::{Contact, CustomerName, CustomerPatch, CustomerView, Export, NewCustomer};
use sutler_app::page::From;
use sutler_app::ports::reads::Lifetime;
use sutler_app::public::rfc3339;
use sutler_app::{Caller, Problem};
use sutler_domain::Version;
use sutler_types::Money;
use sutler_types::customer as wire;

use super::fields::{Fields, shortened};
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::orders::{Joined, address, address_body, note_body, order_body};
use super::{Answer, Api, Call, Document, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/customers", Scope("customers:read"), "list_customers", "Customers, newest first" => list;
        post "/customers", Scope("customers:write"), "create_customer", "Make a customer known" => create;
        get "/customers/{id}", Scope("customers:read"), "get_customer", "A customer, with what they bought" => show;
        patch "/customers/{id}", Scope("customers:write"), "update_customer", "Change a customer" => update;
        get "/customers/{id}/export", Scope("customers:read"), "export_customer", "Everything held about a person" => export;
        post "/customers/{id}/erase", Scope("customers:write"), "erase_customer", "Forget a person" => erase;
    }
}

/// The body of a customer.
pub(crate) fn customer_body(view: &CustomerView) -> wire::Customer {
    let person = view.contact.as_ref();
    let customer = &view.customer;
    wire::Customer {
        customer_id: customer.customer_id.to_string(),
        object: "customer".to_owned(),
        version: view.version.0,
        email: person.and_then(|c| c.email.clone()),
        name: person.and_then(|c| c.name.clone()),
        phone: person.and_then(|c| c.phone.clone()),
        shipping_address: person.and_then(|c| c.shipping_address.as_ref()).map(address_body),
        billing_address: person.and_then(|c| c.billing_address.as_ref()).map(address_body),
        metadata: customer.metadata.clone(),
        lifetime: view.lifetime.as_ref().map(lifetime_body),
        created_at: rfc3339(customer.created_at),
        updated_at: rfc3339(customer.updated_at),
        erased_at: customer.erased_at.map(rfc3339),
    }
}

pub(crate) fn lifetime_body(lifetime: &Lifetime) -> wire::Lifetime {
    wire::Lifetime {
        orders: lifetime.orders,
        spent: lifetime.spent.iter().map(|(code, amount)| Money::new(*amount, code)).collect(),
        last_order_at: lifetime.last_placed_at.map(rfc3339),
    }
}

/// A customer by its id, or `email:…`.
pub(crate) fn name_of(text: &str) -> Result<CustomerName, Problem> {
    CustomerName::parse(text).ok_or_else(|| Problem::not_found("customer", shortened(text)))
}

const EXPANDABLE: [&str; 1] = ["lifetime"];

/// Newest first; `?email=` finds the one who has it, in any case.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let (email, asked) = (params.text("email"), params.page());
    let lifetimes = !params.expand(&EXPANDABLE).is_empty();
    if email.is_some() && asked.from != From::Start {
        params.invalid("email", "'email' finds one customer: leave out 'after' and 'before'");
    }
    params.done()?;
    let found = api.app.customers.list(&call.caller, &asked, email.as_deref(), lifetimes).await?;
    Ok(page::shown(&call, found.map(|view| customer_body(&view))))
}

/// What was ordered is no part of the version, so whoever asks for it always gets it.
async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, mut params: Params) -> Told {
    let lifetime = !params.expand(&EXPANDABLE).is_empty();
    params.done()?;
    let view = api.app.customers.get(&call.caller, &name_of(&id)?, lifetime).await?;
    let answer = if lifetime { Answer::ok(&call) } else { Answer::ok(&call).version(view.version) };
    Ok(answer.json(&customer_body(&view)))
}

/// One to make: `{customer_id?, email?, name?, phone?, shipping_address?, billing_address?, metadata?}`.
pub(crate) fn new_customer(body: &Value) -> Result<NewCustomer, Problem> {
    let mut f = Fields::of(body);
    let input = NewCustomer {
        customer_id: f.id("customer_id"),
        email: f.text("email"),
        name: f.text("name"),
        phone: f.text("phone"),
        shipping_address: f.object("shipping_address", address),
        billing_address: f.object("billing_address", address),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(input)
}

async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let input = new_customer(&body)?;
    let made = api.app.customers.create(&call.caller, &input).await?;
    let location = format!("/customers/{}", made.value.customer.customer_id);
    let answer = Answer::created(&call, location).replayed(made.replayed).version(made.value.version);
    Ok(answer.json(&customer_body(&made.value)))
}

/// A change of one (RFC 7396): absent is unchanged, `null` clears.
pub(crate) fn customer_patch(body: &Value) -> Result<CustomerPatch, Problem> {
    let mut f = Fields::of(body);
    let patch = CustomerPatch {
        email: f.patch("email", |f| f.text("email")),
        name: f.patch("name", |f| f.text("name")),
        phone: f.patch("phone", |f| f.text("phone")),
        shipping_address: f.patch("shipping_address", |f| f.object("shipping_address", address)),
        billing_address: f.patch("billing_address", |f| f.object("billing_address", address)),
        metadata: f.pairs("metadata"),
    };
    f.done()?;
    Ok(patch)
}

async fn update(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let name = name_of(&id)?;
    let patch = customer_patch(&body)?;
    let changed = api.app.customers.update(&call.caller, &name, &patch).await?;
    let answer = Answer::ok(&call).replayed(changed.replayed).version(changed.value.version);
    Ok(answer.json(&customer_body(&changed.value)))
}

/// Everything that is held about the person.
async fn export(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let held = api.app.customers.export(&call.caller, &name_of(&id)?).await?;
    Ok(Answer::ok(&call).json(&customer_export(&api, &call.caller, &held)))
}

/// The body of everything that is held about a person.
pub(crate) fn customer_export(api: &Api, caller: &Caller, held: &Export) -> wire::CustomerExport {
    let none = Joined::default();
    let order = |view| order_body(view, caller, &api.app.settings, &none);
    wire::CustomerExport {
        object: "customer_export".to_owned(),
        exported_at: rfc3339(api.app.ports.clock.now()),
        customer: customer_body(&held.customer),
        contacts: held.contacts.iter().map(contact_body).collect(),
        orders: held.orders.iter().map(order).collect(),
        notes: held.notes.iter().map(note_body).collect(),
    }
}

fn contact_body((version, contact): &(Version, Contact)) -> wire::ContactVersion {
    wire::ContactVersion {
        contact_id: contact.contact_id.to_string(),
        version: version.0,
        email: contact.email.clone(),
        name: contact.name.clone(),
        phone: contact.phone.clone(),
        shipping_address: contact.shipping_address.as_ref().map(address_body),
        billing_address: contact.billing_address.as_ref().map(address_body),
    }
}

/// Forget the person. Orders keep their totals.
async fn erase(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body).done()?;
    let erased = api.app.customers.erase(&call.caller, &name_of(&id)?).await?;
    let answer = Answer::ok(&call).replayed(erased.replayed).version(erased.value.version);
    Ok(answer.json(&customer_body(&erased.value)))
}
