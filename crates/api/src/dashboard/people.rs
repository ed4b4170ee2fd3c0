//! People who may sign in, and what each of them is in the shop.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::access::{NewUser, Role, User, UserChange};
use sutler_domain::{Fault, UserId};

use super::desk::{Desk, Frame, Shown, see, shown};
use super::secret::Once;
use super::sheet::{Ask, Sheet, last_name};
use super::sign_in_url;
use super::typed::Form;
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/users", get(list))
        .route("/admin/users/new", get(async |desk: Desk| new_form(&desk)).post(create))
        .route("/admin/users/{id}/edit", get(edit_form).post(edit))
        .route("/admin/users/{id}/link", get(link_form).post(link))
        .route("/admin/users/{id}/delete", get(delete_form).post(delete))
}

/// What each role is for, in words.
const fn about(role: Role) -> &'static str {
    match role {
        Role::Owner => "everything, owners included",
        Role::Admin => "everything but owners",
        Role::Operations => "orders, stock, products, customers",
        Role::Support => "reads, writes notes, refunds up to a limit",
        Role::Developer => "keys, webhooks, jobs; reads the rest",
        Role::Viewer => "reads",
    }
}

/// A person as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    name: String,
    email: String,
    role: String,
    about: &'static str,
    state: Html,
    since: Html,
    is_you: bool,
}

impl Row {
    fn of(user: &User, desk: &Desk) -> Self {
        let state = match (&user.disabled_at, &user.password) {
            (Some(_), _) => w::badge("disabled"),
            (None, None) => w::label("warning", "key", "Signs in by link"),
            (None, Some(_)) => w::badge("enabled"),
        };
        Self {
            id: user.user_id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: w::word(user.role.as_str()),
            about: about(user.role),
            state,
            since: w::ago(user.created_at, desk.now),
            is_you: desk.signed.user_id.as_ref() == Some(&user.user_id),
        }
    }
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    rows: Vec<Row>,
    may_write: bool,
}

async fn list(desk: Desk) -> Shown {
    let users = desk.api.app.access.users(desk.caller()).await?;
    let view = UsersPage {
        frame: desk.frame("Users", "settings").under("/admin/settings", "Settings"),
        rows: users.iter().map(|user| Row::of(&user.value, &desk)).collect(),
        may_write: desk.may("users:write"),
    };
    Ok(shown(&view))
}

fn ask(sheet: Sheet, form: &Form, known: Option<&User>) -> Sheet {
    let roles = Role::ALL
        .map(|role| (role.as_str().to_owned(), format!("{}: {}", w::word(role.as_str()), about(role))));
    let text = |read: fn(&User) -> &str| known.map_or_else(String::new, |user| read(user).to_owned());
    sheet
        .ask(form, "email", "E-mail", Ask::Line("off"), text(|user| &user.email))
        .hint("They sign in with it.")
        .needed()
        .ask(form, "name", "Name", Ask::Line("off"), text(|user| &user.name))
        .ask(
            form,
            "role",
            "Role",
            Ask::Choice(roles.to_vec()),
            known.map_or(Role::Viewer, |user| user.role).as_str(),
        )
}

fn new_sheet(form: &Form) -> Sheet {
    let sheet = Sheet::new("New user", "/admin/users/new", "/admin/users", "Add user")
        .lead("They get a link with which they sign in once and choose a password.");
    ask(sheet, form, None)
}

fn new_form(desk: &Desk) -> Response {
    let form = Form::fresh();
    new_sheet(&form).page(desk, "settings", &form)
}

fn role(form: &Form) -> Result<Role, Problem> {
    let none = || Problem::invalid(vec![Fault::invalid("/role", "choose one of the list")]);
    form.raw("role").and_then(Role::parse).ok_or_else(none)
}

async fn create(desk: Desk, form: Form) -> Shown {
    let made = async {
        let (email, name) = (form.text("email").unwrap_or_default(), form.text("name").unwrap_or_default());
        let input = NewUser { email, name, role: role(&form)?, password: None };
        desk.api.app.access.create_user(desk.caller(), &input).await
    };
    match made.await {
        Ok((user, Some(token))) => Ok(link_page(&desk, &user.value, &token)),
        Ok((_, None)) => Ok(see("/admin/users?done=saved")),
        Err(problem) => new_sheet(&form).refused(&desk, "settings", &form, problem, last_name),
    }
}

/// The link, which is shown this once.
fn link_page(desk: &Desk, user: &User, token: &str) -> Response {
    let page = Once {
        frame: desk.frame(format!("A link for {}", user.name), "settings").under("/admin/users", "Users"),
        lead: "Send it to them: it signs them in once, within 30 minutes.".to_owned(),
        secret: sign_in_url(&desk.api.app.settings.public_url, token),
        variable: "",
        back: "/admin/users".to_owned(),
    };
    page.page()
}

fn user_id(id: &str) -> Result<UserId, Problem> {
    UserId::parse(id).map_err(|_| Problem::not_found("user", w::short_id(id)))
}

async fn known(desk: &Desk, id: &str) -> Result<User, Problem> {
    Ok(desk.api.app.access.user(desk.caller(), &user_id(id)?).await?.value)
}

fn edit_sheet(user: &User, form: &Form) -> Sheet {
    let action = format!("/admin/users/{}/edit", user.user_id);
    let sheet = Sheet::new(format!("Edit {}", user.name), action, "/admin/users", "Save")
        .lead("Whoever gets another role or is shut out is signed out everywhere.");
    ask(sheet, form, Some(user)).ask(
        form,
        "shut",
        "May not sign in",
        Ask::Tick(user.disabled_at.is_some()),
        "",
    )
}

async fn edit_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(edit_sheet(&known(&desk, &id).await?, &form).page(&desk, "settings", &form))
}

async fn edit(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let user = known(&desk, &id).await?;
    let saved = async {
        let change = UserChange {
            email: Some(form.text("email").unwrap_or_default()),
            name: Some(form.text("name").unwrap_or_default()),
            role: Some(role(&form)?),
            disabled: Some(form.raw("shut").is_some()),
            ..UserChange::default()
        };
        desk.api.app.access.update_user(desk.caller(), &user.user_id, &change).await
    };
    match saved.await {
        Ok(_) => Ok(see("/admin/users?done=saved")),
        Err(problem) => edit_sheet(&user, &form).refused(&desk, "settings", &form, problem, last_name),
    }
}

fn link_sheet(user: &User) -> Sheet {
    let action = format!("/admin/users/{}/link", user.user_id);
    Sheet::new(format!("A link for {}", user.name), action, "/admin/users", "Make the link")
        .lead("For whoever forgot the password: it signs them in once, and they choose another.")
}

async fn link_form(desk: Desk, Path(id): Path<String>) -> Shown {
    Ok(link_sheet(&known(&desk, &id).await?).page(&desk, "settings", &Form::fresh()))
}

async fn link(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let user = known(&desk, &id).await?;
    match desk.api.app.access.sign_in_link(desk.caller(), &user.user_id).await {
        Ok(token) => Ok(link_page(&desk, &user, &token)),
        Err(problem) => link_sheet(&user).refused(&desk, "settings", &form, problem, last_name),
    }
}

fn delete_sheet(user: &User) -> Sheet {
    let action = format!("/admin/users/{}/delete", user.user_id);
    Sheet::new(format!("Delete {}", user.name), action, "/admin/users", "Delete user")
        .danger()
        .lead("They are signed out everywhere. What they did stays in the audit log.")
}

async fn delete_form(desk: Desk, Path(id): Path<String>) -> Shown {
    Ok(delete_sheet(&known(&desk, &id).await?).page(&desk, "settings", &Form::fresh()))
}

async fn delete(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let user = known(&desk, &id).await?;
    match desk.api.app.access.delete_user(desk.caller(), &user.user_id).await {
        Ok(()) => Ok(see("/admin/users?done=deleted")),
        Err(problem) => delete_sheet(&user).refused(&desk, "settings", &form, problem, last_name),
    }
}
