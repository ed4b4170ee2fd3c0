//! `sutler admin`: people who may sign in, straight in the database, also while no server runs.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_app::access::{NewUser, Role, User, UserChange};
use sutler_app::patch::Patch;
use sutler_app::ports::Storage;
use sutler_app::{App, Caller, Ports, Problem};

use crate::cli::ConfigArgs;
use crate::config::{Config, Request};
use crate::connect::Context;
use crate::console::{Column, Exit, Failure};
use crate::wiring::{self, StoreKeeper};

#[derive(Subcommand, Debug)]
pub(crate) enum Admin {
    /// Make a person known who may sign in
    Create(Create),
    /// Give somebody another password, or a link to choose one
    ResetPassword(ResetPassword),
    /// A link by which the first administrator is made in a browser
    SetupLink(SetupLink),
    /// Everybody who may sign in
    List(List),
}

/// Which database, and where the server is reached.
#[derive(Args, Debug)]
pub(crate) struct At {
    #[command(flatten)]
    config: ConfigArgs,
    /// The database of 'sutler dev'
    #[arg(long)]
    dev: bool,
}

/// Make a person known who may sign in
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler admin create --email you@example.com
  sutler admin create --email ada@example.com --name 'Ada Lovelace' --role operations --password-file ada.txt

Without a password it prints a link with which they sign in once, within 30 minutes, and choose one. On SQLite the server
must not run meanwhile; a server that runs does the same with POST /users.")]
pub(crate) struct Create {
    /// The e-mail address by which they sign in
    #[arg(long)]
    email: String,
    /// Their name
    #[arg(long, default_value = "")]
    name: String,
    /// What they are in the shop
    #[arg(long, default_value = "owner", value_parser = role)]
    role: Role,
    /// File whose first line is the password; '-' reads it from stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// Give somebody another password, or a link to choose one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler admin reset-password --email you@example.com
  sutler admin reset-password --email you@example.com --password-file -

They are signed out everywhere. Who was disabled may sign in again.")]
pub(crate) struct ResetPassword {
    /// The e-mail address by which they sign in
    #[arg(long)]
    email: String,
    /// File whose first line is the password; '-' reads it from stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// A link by which the first administrator is made in a browser
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler admin setup-link
  sutler admin setup-link --config /etc/sutler/sutler.toml --json

It works once, for 30 minutes, and only while nobody may sign in yet.")]
pub(crate) struct SetupLink {
    #[command(flatten)]
    at: At,
}

/// Everybody who may sign in
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler admin list
  sutler admin list --json")]
pub(crate) struct List {
    #[command(flatten)]
    at: At,
}

fn role(word: &str) -> Result<Role, String> {
    let all = || Role::ALL.map(Role::as_str).join(", ");
    Role::parse(word).ok_or_else(|| format!("no such role; use {}", all()))
}

pub(crate) async fn run(args: Admin, context: &Context) -> Result<(), Failure> {
    let at = match &args {
        Admin::Create(Create { at, .. })
        | Admin::ResetPassword(ResetPassword { at, .. })
        | Admin::SetupLink(SetupLink { at })
        | Admin::List(List { at }) => at,
    };
    let (config, _) = context.load(&at.config, request(at))?;
    // Whoever makes an administrator before the first start makes the folder, too.
    super::host::create_data_dir(&config)?;
    let keeper = StoreKeeper::open(&config, Arc::new(SystemClock)).await?;
    let app = match &keeper {
        StoreKeeper::Memory(_) => {
            Err(Failure::new(Exit::Config, "the database is in memory: nobody is kept in it")
                .next("name one:  DATABASE_URL=sqlite:///orders.db"))
        }
        StoreKeeper::Sqlite(store) => engine(store, &config),
        StoreKeeper::Postgres(store) => engine(store, &config),
    };
    let done = match app {
        Ok(app) => act(args, &app, context).await,
        Err(failure) => Err(failure),
    };
    keeper.close().await;
    done
}

fn request(at: &At) -> Request {
    let mut request = Request { command_name: "sutler admin", ..Request::default() };
    if at.dev {
        request.command = vec![("database.url", super::dev::DATABASE_URL), ("mode", "test")];
    }
    request
}

/// As much of the engine as knows people.
fn engine<S: Storage>(store: &Arc<S>, config: &Config) -> Result<App, Failure> {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds::default()));
    let ports = Ports::over(store, BTreeMap::new(), Arc::new(LogShipping), clock, ids);
    let ports = Ports { passwords: Some(wiring::passwords()?), ..ports };
    let address = format!("http://{}", config.http.listen);
    Ok(App::new(ports, wiring::settings(config, &address, false)))
}

async fn act(args: Admin, app: &App, context: &Context) -> Result<(), Failure> {
    let caller = Caller::system("command");
    let told = match args {
        Admin::List(_) => return list(app, &caller, context).await,
        Admin::SetupLink(_) => {
            let token = app.access.setup_link(&caller).await.map_err(refused)?;
            json!({"setup_url": sutler_api::setup_url(&app.settings.public_url, &token)})
        }
        Admin::Create(args) => {
            let password = args.password_file.as_deref().map(password).transpose()?;
            let input = NewUser { email: args.email, name: args.name, role: args.role, password };
            let (made, token) = app.access.create_user(&caller, &input).await.map_err(refused)?;
            shown(app, &made.value, token.as_deref())
        }
        Admin::ResetPassword(args) => reset(args, app, &caller).await?,
    };
    tell(&told, context)
}

async fn reset(args: ResetPassword, app: &App, caller: &Caller) -> Result<Value, Failure> {
    let users = app.access.users(caller).await.map_err(refused)?;
    let wanted = args.email.trim().to_lowercase();
    let found = users.into_iter().find(|user| user.value.email == wanted);
    let id = found.map(|user| user.value.user_id).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("nobody signs in as {wanted}"))
            .next("who does:  sutler admin list")
    })?;
    let password = args.password_file.as_deref().map(password).transpose()?;
    let is_chosen = password.is_some();
    let change = UserChange {
        password: password.map_or(Patch::Clear, Patch::Set),
        disabled: Some(false),
        ..UserChange::default()
    };
    let user = app.access.update_user(caller, &id, &change).await.map_err(refused)?;
    let token =
        if is_chosen { None } else { Some(app.access.sign_in_link(caller, &id).await.map_err(refused)?) };
    Ok(shown(app, &user.value, token.as_deref()))
}

fn shown(app: &App, user: &User, token: Option<&str>) -> Value {
    json!({
        "user_id": user.user_id, "email": user.email, "name": user.name, "role": user.role.as_str(),
        "sign_in_url": token.map(|token| sutler_api::sign_in_url(&app.settings.public_url, token)),
    })
}

fn tell(told: &Value, context: &Context) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        return context.output.json(told);
    }
    if let (Some(email), Some(role)) = (told["email"].as_str(), told["role"].as_str()) {
        context.output.say(format!("{email} may sign in as {role}"));
    }
    for (name, words) in
        [("sign_in_url", "sign in within 30 min, once:"), ("setup_url", "open within 30 min, once:")]
    {
        if let Some(url) = told[name].as_str() {
            context.output.say(words);
            context.output.line(url)?;
        }
    }
    Ok(())
}

async fn list(app: &App, caller: &Caller, context: &Context) -> Result<(), Failure> {
    let users = app.access.users(caller).await.map_err(refused)?;
    let rows: Vec<Value> = users
        .iter()
        .map(|user| {
            let mut row = shown(app, &user.value, None);
            if let Value::Object(fields) = &mut row {
                fields.insert("disabled".to_owned(), json!(user.value.disabled_at.is_some()));
            }
            row
        })
        .collect();
    let columns = [
        Column::at("user", "/user_id"),
        Column::at("e-mail", "/email"),
        Column::at("name", "/name"),
        Column::at("role", "/role"),
        Column::at("disabled", "/disabled"),
    ];
    context.output.list(&columns, &rows, "/user_id", &json!({"data": rows}))
}

/// The first line of a file, or of stdin.
fn password(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = read.map_err(|error| {
        Failure::new(Exit::Config, format!("cannot read the password in {} ({error})", path.display()))
            .next("named by:  --password-file")
    })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn refused(problem: Problem) -> Failure {
    let exit = match problem.kind {
        sutler_app::Kind::Invalid => Exit::Usage,
        sutler_app::Kind::NotFound => Exit::NotFound,
        sutler_app::Kind::Conflict | sutler_app::Kind::Refused => Exit::Conflict,
        sutler_app::Kind::Unauthorized => Exit::Denied,
        sutler_app::Kind::Busy => Exit::Unreachable,
        sutler_app::Kind::Internal => Exit::Failed,
    };
    Failure::new(exit, problem.detail)
}
