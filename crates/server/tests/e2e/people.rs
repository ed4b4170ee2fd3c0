//! The first administrator, by each of the three ways, and what is left after a restart.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;

use crate::server::{Said, Server, command, folder, run, sutler};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// A browser that follows nothing, so that each answer is seen.
fn browser() -> Client {
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none()).build().unwrap()
}

async fn post(browser: &Client, url: &str, fields: &[(&str, &str)]) -> Response {
    let form: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let hex = value.bytes().fold(String::new(), |hex, b| hex + &format!("%{b:02X}"));
            format!("{name}={hex}")
        })
        .collect();
    let request = browser.post(url).header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"));
    request.send().await.unwrap()
}

async fn sign_in(server: &Server, password: &str) -> Result<String, u16> {
    let fields = [("email", EMAIL), ("password", password)];
    let answer = post(&browser(), &format!("{}/admin/login", server.url), &fields).await;
    if answer.status().as_u16() != 303 {
        return Err(answer.status().as_u16());
    }
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    Ok(cookie.split(';').next().unwrap().to_owned())
}

async fn is_in(server: &Server, cookie: &str) -> bool {
    let request = browser().get(format!("{}/admin/account", server.url)).header("cookie", cookie);
    request.send().await.unwrap().status() == 200
}

fn line(said: &Said) -> &str {
    assert_eq!(said.code, 0, "{said:?}");
    said.out.trim()
}

#[tokio::test]
async fn the_environment_names_the_first_administrator() {
    let folder = folder();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let vars = [("SUTLER_ADMIN_EMAIL", EMAIL), ("SUTLER_ADMIN_PASSWORD_FILE", file.to_str().unwrap())];
    let server = Server::serve(folder.path(), &vars);
    let cookie = sign_in(&server, PASSWORD).await.unwrap();
    assert!(is_in(&server, &cookie).await);
    assert_eq!(sign_in(&server, "not the password").await, Err(401));
    let log = server.ask("GET", "/audit_log?action=user.created", None).await.unwrap();
    assert_eq!(log["data"][0]["actor"], "environment");
    assert_eq!(server.stop().code(), Some(0));
    // A session outlives the server, and so does the person, whatever the environment says then.
    let server = Server::serve(
        folder.path(),
        &[("SUTLER_ADMIN_EMAIL", EMAIL), ("SUTLER_ADMIN_PASSWORD", "another good password")],
    );
    assert!(is_in(&server, &cookie).await);
    assert!(sign_in(&server, PASSWORD).await.is_ok());
}

#[test]
fn half_an_administrator_is_refused_before_anything_starts() {
    let folder = folder();
    for (vars, told) in [
        (&[("SUTLER_ADMIN_EMAIL", EMAIL)][..], "admin.email is set and admin.password is not"),
        (&[("SUTLER_ADMIN_EMAIL", EMAIL), ("SUTLER_ADMIN_PASSWORD", "short")], "12 characters at least"),
    ] {
        let mut serve = command(folder.path(), &["serve", "--port", "0"]);
        serve.envs(vars.iter().copied());
        let said = run(serve, None);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.err.contains(told) && !said.err.contains("short\n"), "{said:?}");
    }
}

#[tokio::test]
async fn a_command_makes_administrators_without_a_server() {
    let folder = folder();
    let made = ["admin", "create", "--email", EMAIL, "--password-file", "-", "--json"];
    let made: Value =
        serde_json::from_str(line(&run(command(folder.path(), &made), Some(PASSWORD)))).unwrap();
    assert_eq!(
        (&made["email"], &made["role"], &made["sign_in_url"]),
        (&EMAIL.into(), &"owner".into(), &Value::Null)
    );
    let again = sutler(folder.path(), &["admin", "create", "--email", EMAIL]);
    assert_eq!(again.code, 6, "{again:?}");
    let no_link = sutler(folder.path(), &["admin", "setup-link"]);
    assert_eq!(no_link.code, 6, "{no_link:?}");
    let listed = sutler(folder.path(), &["admin", "list"]);
    assert!(line(&listed).contains(EMAIL) && listed.out.contains("owner"), "{listed:?}");
    let server = Server::serve(folder.path(), &[]);
    let cookie = sign_in(&server, PASSWORD).await.unwrap();
    // One process has the file.
    let beside = sutler(folder.path(), &["admin", "list"]);
    assert_ne!(beside.code, 0, "{beside:?}");
    assert_eq!(server.stop().code(), Some(0));
    let reset = sutler(folder.path(), &["admin", "reset-password", "--email", EMAIL]);
    let link = line(&reset).split_once("#k=").unwrap().1.to_owned();
    let server = Server::serve(folder.path(), &[]);
    assert!(!is_in(&server, &cookie).await);
    assert_eq!(sign_in(&server, PASSWORD).await, Err(401));
    let answer = post(&browser(), &format!("{}/admin/login", server.url), &[("link", &link)]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, "/admin/account")
    );
}

#[tokio::test]
async fn a_link_makes_the_first_administrator_once() {
    let folder = folder();
    let public = [("SUTLER_PUBLIC_URL", "http://shop.example.com")];
    let mut link = command(folder.path(), &["admin", "setup-link"]);
    link.envs(public);
    let said = run(link, None);
    let token = line(&said).strip_prefix("http://shop.example.com/admin/setup#k=").unwrap().to_owned();
    let server = Server::serve(folder.path(), &public);
    let url = format!("{}/admin/setup", server.url);
    let fields = [("k", token.as_str()), ("email", EMAIL), ("name", "Ada"), ("password", PASSWORD)];
    assert_eq!(post(&browser(), &url, &fields).await.status(), 303);
    assert_eq!(post(&browser(), &url, &fields).await.status(), 401);
    assert!(sign_in(&server, PASSWORD).await.is_ok());
}
