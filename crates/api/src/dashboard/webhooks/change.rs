//! Make, change, test and remove endpoints; deliver again what they missed.

use axum::extract::Path;
use axum::response::Response;
use jiff::SignedDuration;
use sutler_app::Problem;
use sutler_app::webhooks::{Endpoint, EndpointChange, NewEndpoint, Only, Payload, Recover};
use sutler_domain::Fault;

use super::endpoint_id;
use crate::dashboard::desk::{Desk, Shown, see};
use crate::dashboard::secret::Once;
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;

fn types(form: &Form) -> Vec<String> {
    let text = form.raw("types").unwrap_or_default();
    text.split([',', '\n', ' ']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn payload(form: &Form) -> Payload {
    let word = form.text("payload").unwrap_or_default();
    Payload::WORDS.iter().find(|(known, _)| *known == word).map(|(_, payload)| *payload).unwrap_or_default()
}

/// `/types/0` is the field `types`.
fn place(pointer: &str) -> String {
    if pointer.starts_with("/types") { "types".to_owned() } else { last_name(pointer) }
}

fn ask(sheet: Sheet, form: &Form, known: Option<&Endpoint>) -> Sheet {
    let text =
        |read: fn(&Endpoint) -> String, otherwise: &str| known.map_or_else(|| otherwise.to_owned(), read);
    let payloads = Payload::WORDS.map(|(word, _)| {
        let words = if word == "full" { "The whole event" } else { "Ids only" };
        (word.to_owned(), words.to_owned())
    });
    sheet
        .ask(form, "url", "Address", Ask::Line("url"), text(|e| e.url.clone(), ""))
        .hint("Where events are sent to, such as https://shop.example.com/hooks")
        .needed()
        .ask(form, "types", "Events", Ask::Line("off"), text(|e| e.types.join(", "), "*"))
        .hint("Types separated by commas: order.placed, payment.*, or * for all.")
        .ask(form, "description", "Description", Ask::Line("off"), text(|e| e.description.clone(), ""))
        .ask(
            form,
            "payload",
            "What is sent",
            Ask::Choice(payloads.to_vec()),
            text(|e| e.payload.as_str().to_owned(), "full"),
        )
        .ask(
            form,
            "ordered",
            "Wait with each event for the one before it",
            Ask::Tick(known.is_some_and(|e| e.ordered)),
            "",
        )
}

fn new_sheet(form: &Form) -> Sheet {
    let sheet = Sheet::new("New endpoint", "/admin/webhooks/new", "/admin/webhooks", "Add endpoint")
        .lead("What happens from now on is delivered to it, signed, and tried again until it is taken.");
    ask(sheet, form, None)
}

pub(super) fn new_form(desk: &Desk) -> Response {
    let form = Form::fresh();
    new_sheet(&form).page(desk, "webhooks", &form)
}

/// The secret of an endpoint, which is shown this once.
fn secret_page(desk: &Desk, title: &str, endpoint: &Endpoint, secret: &str) -> Response {
    let page = Once {
        frame: desk.frame(title, "webhooks").under("/admin/webhooks", "Webhooks"),
        lead: format!("Deliveries to {} are signed with it.", endpoint.url),
        secret: secret.to_owned(),
        variable: "WEBHOOK_SECRET",
        back: at(endpoint),
    };
    page.page()
}

pub(super) async fn create(desk: Desk, form: Form) -> Shown {
    let input = NewEndpoint {
        url: form.text("url").unwrap_or_default(),
        types: types(&form),
        description: form.text("description").unwrap_or_default(),
        payload: payload(&form),
        ordered: form.raw("ordered").is_some(),
        ..NewEndpoint::default()
    };
    match desk.api.app.webhooks.create(desk.caller(), &input).await {
        Ok(made) => {
            let title = "The secret of the new endpoint";
            Ok(secret_page(&desk, title, &made.endpoint.value, made.secret.expose()))
        }
        Err(problem) => new_sheet(&form).refused(&desk, "webhooks", &form, problem, place),
    }
}

async fn known(desk: &Desk, id: &str) -> Result<Endpoint, Problem> {
    Ok(desk.api.app.webhooks.endpoint(desk.caller(), &endpoint_id(id)?).await?.0.value)
}

fn at(endpoint: &Endpoint) -> String {
    format!("/admin/webhooks/{}", endpoint.endpoint_id)
}

fn edit_sheet(endpoint: &Endpoint, form: &Form) -> Sheet {
    let at = at(endpoint);
    let sheet = Sheet::new("Edit endpoint", format!("{at}/edit"), at, "Save")
        .lead("What waits for it goes to where it is then.");
    ask(sheet, form, Some(endpoint))
}

pub(super) async fn edit_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(edit_sheet(&known(&desk, &id).await?, &form).page(&desk, "webhooks", &form))
}

pub(super) async fn edit(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let change = EndpointChange {
        url: Some(form.text("url").unwrap_or_default()),
        types: Some(types(&form)),
        description: Some(form.text("description").unwrap_or_default()),
        payload: Some(payload(&form)),
        ordered: Some(form.raw("ordered").is_some()),
        ..EndpointChange::default()
    };
    match desk.api.app.webhooks.update(desk.caller(), &endpoint_id(&id)?, &change).await {
        Ok(stored) => Ok(see(&format!("{}?done=saved", at(&stored.value)))),
        Err(problem) => {
            let endpoint = known(&desk, &id).await?;
            edit_sheet(&endpoint, &form).refused(&desk, "webhooks", &form, problem, place)
        }
    }
}

pub(super) async fn test(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let id = endpoint_id(&id)?;
    desk.api.app.webhooks.test(desk.caller(), &id).await?;
    Ok(see(&format!("/admin/webhooks/{id}?done=sent")))
}

pub(super) async fn enable(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let stored = desk.api.app.webhooks.enable(desk.caller(), &endpoint_id(&id)?).await?;
    Ok(see(&format!("{}?done=enabled", at(&stored.value))))
}

pub(super) async fn disable_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let (endpoint, form) = (known(&desk, &id).await?, Form::fresh());
    let at = at(&endpoint);
    let sheet = Sheet::new("Disable endpoint", format!("{at}/disable"), at, "Disable")
        .danger()
        .lead(format!("Nothing is delivered to {} until it is enabled again.", endpoint.url));
    Ok(sheet.page(&desk, "webhooks", &form))
}

pub(super) async fn disable(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let change = EndpointChange { enabled: Some(false), ..EndpointChange::default() };
    let stored = desk.api.app.webhooks.update(desk.caller(), &endpoint_id(&id)?, &change).await?;
    Ok(see(&format!("{}?done=disabled", at(&stored.value))))
}

pub(super) async fn delete_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let (endpoint, form) = (known(&desk, &id).await?, Form::fresh());
    let at = at(&endpoint);
    let sheet = Sheet::new("Delete endpoint", format!("{at}/delete"), at, "Delete endpoint")
        .danger()
        .lead(format!("{} is told of nothing any more, and what waits for it is dropped.", endpoint.url));
    Ok(sheet.page(&desk, "webhooks", &form))
}

pub(super) async fn delete(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    desk.api.app.webhooks.delete(desk.caller(), &endpoint_id(&id)?).await?;
    Ok(see("/admin/webhooks?done=deleted"))
}

pub(super) async fn rotate_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let (endpoint, form) = (known(&desk, &id).await?, Form::fresh());
    let at = at(&endpoint);
    let sheet = Sheet::new("Rotate the secret", format!("{at}/rotate"), at, "Rotate secret")
        .lead("A new secret is made. The present one signs beside it for a while, so that nothing is lost.");
    Ok(sheet.page(&desk, "webhooks", &form))
}

pub(super) async fn rotate(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let made = desk.api.app.webhooks.rotate_secret(desk.caller(), &endpoint_id(&id)?).await?;
    Ok(secret_page(&desk, "The new secret", &made.endpoint.value, made.secret.expose()))
}

/// How far back a recovery may be asked to look, with its words.
const SINCE: [(&str, &str, i64); 4] = [
    ("1h", "The last hour", 1),
    ("24h", "The last 24 hours", 24),
    ("7d", "The last 7 days", 24 * 7),
    ("30d", "The last 30 days", 24 * 30),
];

fn recover_sheet(endpoint: &Endpoint, form: &Form) -> Sheet {
    let at = at(endpoint);
    let since = SINCE.map(|(value, words, _)| (value.to_owned(), words.to_owned()));
    Sheet::new("Recover deliveries", format!("{at}/recover"), at, "Recover")
        .lead("Queues what the endpoint missed, in the order in which it happened. What waits already is left alone.")
        .ask(form, "since", "Since", Ask::Choice(since.to_vec()), "24h")
        .ask(form, "all", "Also what was delivered", Ask::Tick(false), "")
}

pub(super) async fn recover_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(recover_sheet(&known(&desk, &id).await?, &form).page(&desk, "webhooks", &form))
}

pub(super) async fn recover(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let endpoint = known(&desk, &id).await?;
    let word = form.text("since").unwrap_or_default();
    let hours = SINCE.iter().find(|(value, ..)| *value == word).map(|(_, _, hours)| *hours);
    let recovered = match hours.and_then(|hours| desk.now.checked_sub(SignedDuration::from_hours(hours)).ok())
    {
        Some(since) => {
            let only = if form.raw("all").is_some() { Only::All } else { Only::Failed };
            let recover = Recover { since, until: None, types: Vec::new(), only, dry_run: false };
            desk.api.app.webhooks.recover(desk.caller(), &endpoint.endpoint_id, &recover).await
        }
        None => Err(Problem::invalid(vec![Fault::invalid("/since", "choose one of the list")])),
    };
    match recovered {
        Ok(_) => Ok(see(&format!("{}?done=recovered", at(&endpoint)))),
        Err(problem) => recover_sheet(&endpoint, &form).refused(&desk, "webhooks", &form, problem, last_name),
    }
}
