//! People who may sign in.

use axum::extract::{Path, State};
use sutler_app::Problem;
use sutler_app::access::{NewUser, Role, User, UserChange};
use sutler_app::ports::Stored;
use sutler_app::public::rfc3339;
use sutler_domain::UserId;
use sutler_types::page::List;
use sutler_types::person as wire;

use crate::dashboard::sign_in_url;
use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/users", Scope("users:read"), "list_users", "Everybody who may sign in" => list;
        post "/users", Scope("users:write"), "create_user", "Make a person known" => create;
        get "/users/{id}", Scope("users:read"), "get_user", "A person" => show;
        patch "/users/{id}", Scope("users:write"), "update_user", "Change a person" => update;
        delete "/users/{id}", Scope("users:write"), "delete_user", "Take a person away" => remove;
        post "/users/{id}/sign_in_link", Scope("users:write"), "create_sign_in_link", "A link that signs in once" => link;
    }
}

fn roles() -> [(&'static str, Role); 6] {
    Role::ALL.map(|role| (role.as_str(), role))
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    UserId::parse(text).map_err(|_| Problem::not_found("user", shortened(text)))
}

fn body(api: &Api, stored: &Stored<User>, token: Option<&str>) -> wire::User {
    let user = &stored.value;
    wire::User {
        user_id: user.user_id.to_string(),
        object: "user".to_owned(),
        version: stored.version.0,
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role.as_str().to_owned(),
        scopes: user.role.scopes().iter().map(str::to_owned).collect(),
        has_password: user.password.is_some(),
        sign_in_url: token.map(|token| sign_in_url(&api.app.settings.public_url, token)),
        disabled_at: user.disabled_at.map(rfc3339),
        created_at: rfc3339(user.created_at),
        updated_at: rfc3339(user.updated_at),
    }
}

async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let users = api.app.access.users(&call.caller).await?;
    Ok(Answer::ok(&call).json(&List { data: users.iter().map(|user| body(&api, user, None)).collect() }))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let user = api.app.access.user(&call.caller, &user_id(&id)?).await?;
    Ok(Answer::ok(&call).version(user.version).json(&body(&api, &user, None)))
}

/// Make one known: `{email, name?, role, password?}`. Without a password, this answer has a link with which they sign in
/// and choose one; nothing else ever has it.
async fn create(State(api): State<Api>, call: Call, params: Params, Document(document): Document) -> Told {
    params.done()?;
    let mut f = Fields::of(&document);
    f.need("email");
    f.need("role");
    let (email, name) = (f.text("email").unwrap_or_default(), f.text("name").unwrap_or_default());
    let (role, password) = (f.word("role", &roles()), f.text("password"));
    f.done()?;
    let input = NewUser { email, name, role: role.unwrap_or(Role::Viewer), password };
    let (user, token) = api.app.access.create_user(&call.caller, &input).await?;
    let location = format!("/users/{}", user.value.user_id);
    let body = body(&api, &user, token.as_deref());
    Ok(Answer::created(&call, location).version(user.version).json(&body))
}

async fn update(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(document): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let mut f = Fields::of(&document);
    let change = UserChange {
        email: f.text("email"),
        name: f.text("name"),
        role: f.word("role", &roles()),
        disabled: f.flag("disabled"),
        password: f.patch("password", |f| f.text("password")),
    };
    f.done()?;
    let user = api.app.access.update_user(&call.caller, &user_id(&id)?, &change).await?;
    Ok(Answer::ok(&call).version(user.version).json(&body(&api, &user, None)))
}

async fn remove(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    api.app.access.delete_user(&call.caller, &user_id(&id)?).await?;
    Ok(Answer::gone(&call))
}

/// A link for whoever forgot the password; it is in this answer and nowhere else, and works once, for 30 minutes.
async fn link(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(document): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&document).done()?;
    let id = user_id(&id)?;
    let token = api.app.access.sign_in_link(&call.caller, &id).await?;
    let user = api.app.access.user(&call.caller, &id).await?;
    Ok(Answer::ok(&call).version(user.version).json(&body(&api, &user, Some(&token))))
}
