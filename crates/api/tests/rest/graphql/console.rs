//! The console: a page for browsers, which loads nothing.

use axum::http::Method;

use crate::door::Door;

#[tokio::test]
async fn a_browser_is_shown_a_page_that_loads_nothing() {
    let door = Door::open().await;
    let page = door.ask(Method::GET, "/graphql", &[("accept", "text/html,*/*;q=0.8")], b"").await;
    let policy = page.header("content-security-policy").to_owned();
    let html = String::from_utf8(page.bytes.clone()).unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(nonce.len() >= 32, "{policy}");
    for wanted in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(wanted), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for tag in ["style", "script"] {
        assert_eq!(html.matches(&format!("<{tag} ")).count(), 1);
        assert!(html.contains(&format!("<{tag} nonce=\"{nonce}\">")), "{tag}");
    }
    for outside in ["http://", "https://", "src=", "@import", "url(", "{{nonce}}", " style=", "onclick"] {
        assert!(!html.contains(outside), "{outside}");
    }
    let other = door.ask(Method::GET, "/graphql", &[("accept", "text/html")], b"").await;
    assert_ne!(other.header("content-security-policy"), policy, "a nonce is used once");
}

#[tokio::test]
async fn a_program_is_told_to_post() {
    let door = Door::open().await;
    for path in ["/graphql", "/graphql?query=%7B__typename%7D", "/graphql?query=mutation%7BorderPlace%7D"] {
        let reply = door.get(path).await;
        assert_eq!(
            (reply.told().as_str(), reply.header("allow")),
            ("405 method_not_allowed", "POST"),
            "{path}"
        );
    }
    let page = [("accept", "text/html")];
    let reply = door.ask(Method::GET, "/graphql?query=%7B__typename%7D", &page, b"").await;
    assert_eq!(reply.told(), "400 unknown_parameter; /query unknown_parameter");
}
