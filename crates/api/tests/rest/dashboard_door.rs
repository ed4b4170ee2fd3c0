//! Signing in, staying signed in and signing out, as a browser does it.

use axum::http::Method;
use serde_json::json;
use sutler_api::rest::Options;
use sutler_app::Caller;

use crate::door::{Door, Reply};

const PASSWORD: &str = "correct horse battery";
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A shop of `sutler serve` with one person.
async fn shop() -> Door {
    let hashing = std::sync::Arc::new(sutler_adapters::argon2::Argon2id::with(8, 1).unwrap());
    Door::behind(|ports| ports.passwords = Some(hashing), |_| {}, Options::default()).await
}

async fn with_ada() -> Door {
    let door = shop().await;
    door.app.access.ensure_admin("ada@example.com", PASSWORD).await.unwrap();
    door
}

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

async fn post(door: &Door, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Reply {
    let headers = [headers, &[("content-type", "application/x-www-form-urlencoded")]].concat();
    door.ask(Method::POST, path, &headers, &form(fields)).await
}

/// The cookie of a session that an answer sets.
fn cookie(reply: &Reply) -> Option<String> {
    let set = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let session = set.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("sutler="));
    session.map(str::to_owned).filter(|pair| pair.len() > "sutler=".len())
}

async fn signed_in(door: &Door) -> String {
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let reply = post(door, "/admin/login", &[OWN], &fields).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/admin"), "{reply:?}");
    cookie(&reply).unwrap()
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.clone()).unwrap()
}

/// The value of a hidden field of a page.
fn hidden(reply: &Reply, name: &str) -> String {
    let html = text(reply);
    let from = html.find(&format!("name=\"{name}\" value=\"")).expect("the page has the field");
    let rest = &html[from..];
    let value = rest.split('"').nth(3).unwrap();
    value.replace("&#38;", "&").replace("&#34;", "\"").replace("&#61;", "=")
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_there_and_back() {
    let door = with_ada().await;
    let reply = door.get("/admin/account?tab=1").await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.header("location"), "/admin/login?next=%2Fadmin%2Faccount%3Ftab%3D1");
    let htmx = [("hx-request", "true"), ("hx-current-url", "http://shop.test/admin/account?tab=2")];
    let reply = door.ask(Method::GET, "/admin/account", &htmx, b"").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("hx-redirect")),
        (401, "/admin/login?next=%2Fadmin%2Faccount%3Ftab%3D2")
    );
    let fields = [("email", "Ada@example.com"), ("password", PASSWORD), ("next", "/admin/account?tab=1")];
    let reply = post(&door, "/admin/login", &[OWN], &fields).await;
    assert_eq!(reply.header("location"), "/admin/account?tab=1");
    let cookie = cookie(&reply).unwrap();
    let page = door.ask(Method::GET, "/admin/account", &[("cookie", &cookie)], b"").await;
    assert!(page.status == 200 && text(&page).contains("ada@example.com"), "{page:?}");
    let foreign = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "https://evil.example/")];
    assert_eq!(post(&door, "/admin/login", &[OWN], &foreign).await.header("location"), "/admin");
}

#[tokio::test]
async fn a_session_opens_the_dashboard_and_nothing_else() {
    let door = with_ada().await;
    let cookie = signed_in(&door).await;
    // Another site's page, our own, and a program: the cookie says nothing to an API, so none can be sent in its name.
    for from in [("sec-fetch-site", "cross-site"), OWN, ("user-agent", "curl")] {
        let headers = [from, ("cookie", cookie.as_str()), ("content-type", "application/json")];
        for (method, path, body) in [
            (Method::GET, "/orders", ""),
            (Method::POST, "/orders", "{}"),
            (Method::POST, "/graphql", "{\"query\": \"{ whoami { actor } }\"}"),
        ] {
            let reply = door.ask(method, path, &headers, body.as_bytes()).await;
            assert_eq!(reply.told(), "401 unauthenticated", "{path} {from:?}");
        }
    }
}

#[tokio::test]
async fn a_cookie_is_for_this_server_and_no_script() {
    let door = with_ada().await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let set = |reply: &Reply| reply.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
    let line = set(&post(&door, "/admin/login", &[OWN], &fields).await);
    assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax; Max-Age=129600"), "{line}");
    let hashing = std::sync::Arc::new(sutler_adapters::argon2::Argon2id::with(8, 1).unwrap());
    let tls = |settings: &mut sutler_app::Settings| settings.public_url = "https://shop.test".to_owned();
    let door = Door::behind(|ports| ports.passwords = Some(hashing), tls, Options::default()).await;
    door.app.access.ensure_admin("ada@example.com", PASSWORD).await.unwrap();
    let line = set(&post(&door, "/admin/login", &[OWN], &fields).await);
    assert!(line.starts_with("__Host-sutler=") && line.contains("; Secure;"), "{line}");
    // Without TLS in its name, a cookie may have been set by anybody on the way.
    let plain = line.replacen("__Host-sutler", "sutler", 1);
    let reply =
        door.ask(Method::GET, "/admin/account", &[("cookie", plain.split(';').next().unwrap())], b"").await;
    assert_eq!(reply.status, 303);
}

#[tokio::test]
async fn signing_in_gives_another_token_and_ends_the_one_before() {
    let door = with_ada().await;
    let first = signed_in(&door).await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let second = cookie(&post(&door, "/admin/login", &[OWN, ("cookie", &first)], &fields).await).unwrap();
    assert_ne!(first, second);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &first)], b"").await.status, 303);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &second)], b"").await.status, 200);
}

#[tokio::test]
async fn a_wrong_password_and_no_account_are_told_alike_and_seldom() {
    let door = with_ada().await;
    let attempt = async |email: &str| {
        let reply =
            post(&door, "/admin/login", &[OWN], &[("email", email), ("password", "not the password")]).await;
        assert!(cookie(&reply).is_none());
        let words = text(&reply);
        let told = words.lines().find(|line| line.contains("id=\"trouble\"")).unwrap().to_owned();
        (reply.status.as_u16(), told, reply.header("retry-after").to_owned())
    };
    assert_eq!(attempt("ada@example.com").await, attempt("nobody@example.com").await);
    for _ in 0..9 {
        assert_eq!(attempt("ada@example.com").await.0, 401);
    }
    let (status, told, wait) = attempt("ada@example.com").await;
    assert_eq!((status, wait.as_str()), (429, "900"), "{told}");
    // Not even with the right password, until the time is over.
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(post(&door, "/admin/login", &[OWN], &fields).await.status, 429);
}

#[tokio::test]
async fn forms_of_other_sites_do_nothing() {
    let door = with_ada().await;
    let cookie = signed_in(&door).await;
    let page = door.ask(Method::GET, "/admin/account", &[("cookie", &cookie)], b"").await;
    let csrf = hidden(&page, "csrf");
    let out = async |headers: &[(&str, &str)], csrf: &str| {
        let headers = [headers, &[("cookie", cookie.as_str())]].concat();
        post(&door, "/admin/logout", &headers, &[("csrf", csrf)]).await.status.as_u16()
    };
    assert_eq!(out(&[("sec-fetch-site", "cross-site")], &csrf).await, 403);
    assert_eq!(out(&[("origin", "https://evil.example"), ("host", "shop.test")], &csrf).await, 403);
    // A browser that says nothing is believed by the word of the form alone.
    assert_eq!(out(&[], "another word").await, 403);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &cookie)], b"").await.status, 200);
    assert_eq!(out(&[], &csrf).await, 303);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &cookie)], b"").await.status, 303);
    // Nor does the form one signs in with, without its own word.
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(post(&door, "/admin/login", &[], &fields).await.status, 403);
    let login = door.get("/admin/login").await;
    let word = hidden(&login, "form");
    let set = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("form", word.as_str())];
    assert_eq!(post(&door, "/admin/login", &[("cookie", &set)], &fields).await.status, 303);
}

#[tokio::test]
async fn pages_run_only_scripts_of_ours_and_stand_in_no_frame() {
    let door = with_ada().await;
    let reply = door.get("/admin/login").await;
    let policy = reply.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(text(&reply).contains(&format!("<script nonce=\"{nonce}\">")));
    assert_ne!(door.get("/admin/login").await.header("content-security-policy"), policy);
    assert_eq!((reply.header("x-frame-options"), reply.header("cache-control")), ("DENY", "no-store"));
    assert_eq!(
        (reply.header("referrer-policy"), reply.header("x-content-type-options")),
        ("same-origin", "nosniff")
    );
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_a_session() {
    let door = with_ada().await;
    let cookie_before = signed_in(&door).await;
    let page = door.ask(Method::GET, "/admin/account", &[("cookie", &cookie_before)], b"").await;
    let csrf = hidden(&page, "csrf");
    let sessions = door.app.access.sessions(&Caller::system("test"), None).await.unwrap();
    door.app.access.end_session(&Caller::system("test"), &sessions[0].session.session_id).await.unwrap();
    let typed = [("csrf", csrf.as_str()), ("present", PASSWORD), ("password", "one <b>word</b> & another")];
    let held = [OWN, ("cookie", cookie_before.as_str())];
    let reply = post(&door, "/admin/account/password", &held, &typed).await;
    assert!(reply.status == 200 && text(&reply).contains("What you typed is kept"), "{reply:?}");
    let [path, fields, seal] = ["again_path", "again_fields", "again_seal"].map(|name| hidden(&reply, name));
    let login = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", "/admin/account"),
        ("again_path", path.as_str()),
        ("again_fields", fields.as_str()),
        ("again_seal", seal.as_str()),
    ];
    let reply = post(&door, "/admin/login", &held, &login).await;
    let fresh = cookie(&reply).unwrap();
    let html = text(&reply);
    assert!(html.contains("action=\"/admin/account/password\""), "{html}");
    assert!(html.contains("one &#60;b&#62;word&#60;/b&#62; &#38; another"), "{html}");
    assert!(!html.contains(&csrf), "the word of the session that ended is of no use");
    let again = [
        ("csrf", hidden(&reply, "csrf")),
        ("present", PASSWORD.to_owned()),
        ("password", "one <b>word</b> & another".to_owned()),
    ];
    let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = post(&door, "/admin/account/password", &[OWN, ("cookie", &fresh)], &again).await;
    assert_eq!(reply.status, 303, "{reply:?}");
}

#[tokio::test]
async fn a_form_that_a_stranger_wrote_is_not_sent_again() {
    let door = with_ada().await;
    let cookie_before = signed_in(&door).await;
    let sessions = door.app.access.sessions(&Caller::system("test"), None).await.unwrap();
    door.app.access.end_session(&Caller::system("test"), &sessions[0].session.session_id).await.unwrap();
    // It does not know the word of the session.
    let held = [("cookie", cookie_before.as_str())];
    let reply =
        post(&door, "/admin/account/password", &held, &[("csrf", "guessed"), ("password", "theirs")]).await;
    assert_eq!(reply.status, 303);
    // Nor can it make the seal.
    let forged = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("again_path", "/admin/account/password"),
        ("again_fields", "password=theirs"),
        ("again_seal", "00"),
    ];
    let reply = post(&door, "/admin/login", &[OWN, held[0]], &forged).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/admin"));
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_link_that_works_once() {
    let door = shop().await;
    assert_eq!(door.get("/admin/login").await.header("location"), "/admin/setup");
    assert_eq!(door.get("/admin/setup").await.status, 200);
    let house = Caller::system("test");
    let first = door.app.access.setup_link(&house).await.unwrap();
    let second = door.app.access.setup_link(&house).await.unwrap();
    let set_up = async |k: &str, password: &str| {
        post(
            &door,
            "/admin/setup",
            &[OWN],
            &[("k", k), ("email", "ada@example.com"), ("name", "Ada"), ("password", password)],
        )
        .await
    };
    assert_eq!(set_up("guessed", PASSWORD).await.status, 401);
    let reply = set_up(&first, "short").await;
    assert!(reply.status == 400 && text(&reply).contains("12 characters at least"), "{reply:?}");
    let reply = set_up(&first, PASSWORD).await;
    assert_eq!(reply.status, 303, "{reply:?}");
    let cookie = cookie(&reply).unwrap();
    let page = door.ask(Method::GET, "/admin", &[("cookie", &cookie)], b"").await;
    assert!(text(&page).contains("owner"), "{page:?}");
    assert_eq!(set_up(&first, PASSWORD).await.status, 401);
    assert_eq!(set_up(&second, PASSWORD).await.status, 401);
    assert_eq!(door.get("/admin/setup").await.header("location"), "/admin/login");
    assert_eq!(door.app.access.setup_link(&Caller::system("test")).await.unwrap_err().code, "set_up_already");
}

#[tokio::test]
async fn whoever_changes_the_password_is_signed_out_everywhere_else() {
    let door = with_ada().await;
    let (here, there) = (signed_in(&door).await, signed_in(&door).await);
    let page = door.ask(Method::GET, "/admin/account", &[("cookie", &here)], b"").await;
    let csrf = hidden(&page, "csrf");
    let change = async |present: &str| {
        let fields = [("csrf", csrf.as_str()), ("present", present), ("password", "another horse battery")];
        post(&door, "/admin/account/password", &[OWN, ("cookie", &here)], &fields).await.status.as_u16()
    };
    assert_eq!(change("not the password").await, 401);
    assert_eq!(change(PASSWORD).await, 303);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &here)], b"").await.status, 200);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &there)], b"").await.status, 303);
}

#[tokio::test]
async fn another_persons_session_is_not_found() {
    let door = with_ada().await;
    let input = json!({"email": "eve@example.com", "role": "viewer", "password": PASSWORD});
    let key = format!("Bearer {}", door.key(&["*"]).await);
    door.post_with("/users", &[("authorization", &key)], &input).await.must(201);
    let ada = signed_in(&door).await;
    let sessions = door.app.access.sessions(&Caller::system("test"), None).await.unwrap();
    let target = sessions[0].session.session_id.to_string();
    let fields = [("email", "eve@example.com"), ("password", PASSWORD)];
    let eve = cookie(&post(&door, "/admin/login", &[OWN], &fields).await).unwrap();
    let page = door.ask(Method::GET, "/admin/account", &[("cookie", &eve)], b"").await;
    let csrf = hidden(&page, "csrf");
    let path = format!("/admin/account/sessions/{target}/end");
    let reply = post(&door, &path, &[OWN, ("cookie", &eve)], &[("csrf", &csrf)]).await;
    assert_eq!(reply.status, 404);
    assert_eq!(door.ask(Method::GET, "/admin/account", &[("cookie", &ada)], b"").await.status, 200);
}

#[tokio::test]
async fn the_dashboard_can_be_switched_off() {
    let door = Door::with(|_| {}, Options { dashboard: false, ..Options::default() }).await;
    assert_eq!(door.get("/admin/login").await.told(), "404 not_found");
}
