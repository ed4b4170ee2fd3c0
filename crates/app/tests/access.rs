//! What API keys promise, on the memory store.

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use jiff::SignedDuration;
use shop::Shop;
use sutler_app::access::{API_KEY_NAME, CreateKey};
use sutler_app::ports::EventFilter;
use sutler_app::{Caller, Scopes};

fn key(scopes: &[&str]) -> CreateKey {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    CreateKey { name: "till".to_owned(), scopes, expires_at: None }
}

const SECRET: &str = "a-secret-of-24-characters";

#[tokio::test]
async fn a_secret_is_shown_once_and_opens_what_it_is_for() {
    let shop = Shop::open().await;
    let (made, secret) = shop.app.access.create(&shop.caller, &key(&["orders:read"])).await.unwrap();
    assert!(secret.starts_with("sk_live_") && secret.len() == 56, "{secret}");
    assert!(secret.ends_with(&made.value.last4));
    let (id, scopes) = shop.app.access.authenticate(&secret).await.unwrap().unwrap();
    assert_eq!(id, made.value.key_id);
    assert!(scopes.allow("orders:read") && !scopes.allow("orders:write"));
    assert_eq!(shop.app.access.authenticate("sk_live_other").await.unwrap(), None);
    let stored = format!("{:?}", shop.app.access.list(&shop.caller).await.unwrap());
    let log =
        shop.app.ports.feed.after(sutler_domain::Position(0), &EventFilter::default(), 100).await.unwrap();
    assert!(!stored.contains(&secret) && !log.iter().any(|event| event.body.contains(&secret)));
}

#[tokio::test]
async fn a_revoked_or_ended_key_opens_nothing() {
    let shop = Shop::open().await;
    let (made, secret) = shop.app.access.create(&shop.caller, &key(&["*"])).await.unwrap();
    shop.app.access.revoke(&shop.caller, &made.value.key_id).await.unwrap();
    assert_eq!(shop.app.access.authenticate(&secret).await.unwrap_err().code, "key_revoked");
    let again = shop.app.access.revoke(&shop.caller, &made.value.key_id).await.unwrap();
    assert_eq!(again.version.0, 2);
    let end = shop.app.ports.clock.now().checked_add(SignedDuration::from_secs(60)).unwrap();
    let ending = CreateKey { expires_at: Some(end), ..key(&["*"]) };
    let (_, secret) = shop.app.access.create(&shop.caller, &ending).await.unwrap();
    assert!(shop.app.access.authenticate(&secret).await.unwrap().is_some());
    shop.pass(SignedDuration::from_secs(60));
    assert_eq!(shop.app.access.authenticate(&secret).await.unwrap_err().code, "key_revoked");
    assert_eq!(
        shop.app.access.create(&shop.caller, &ending).await.unwrap_err().errors[0].pointer,
        "/expires_at"
    );
}

#[tokio::test]
async fn a_rolled_key_has_a_new_secret_and_the_same_scopes() {
    let shop = Shop::open().await;
    let (made, old) = shop.app.access.create(&shop.caller, &key(&["orders:*"])).await.unwrap();
    let (rolled, new) =
        shop.app.access.roll(&shop.caller, &made.value.key_id, SignedDuration::ZERO).await.unwrap();
    assert_eq!((&rolled.value.name, &rolled.value.scopes), (&made.value.name, &made.value.scopes));
    assert_eq!(shop.app.access.authenticate(&old).await.unwrap_err().code, "key_revoked");
    assert!(shop.app.access.authenticate(&new).await.unwrap().is_some());
    assert_eq!(
        shop.app.access.roll(&shop.caller, &made.value.key_id, SignedDuration::ZERO).await.unwrap_err().code,
        "key_revoked"
    );
}

#[tokio::test]
async fn a_rolled_key_goes_on_for_its_overlap_and_no_longer() {
    let shop = Shop::open().await;
    let (made, old) = shop.app.access.create(&shop.caller, &key(&["orders:*"])).await.unwrap();
    let day = SignedDuration::from_hours(24);
    let too_long = shop.app.access.roll(&shop.caller, &made.value.key_id, day * 31).await.unwrap_err();
    assert_eq!(too_long.errors[0].pointer, "/overlap");
    let (_, new) = shop.app.access.roll(&shop.caller, &made.value.key_id, day).await.unwrap();
    shop.pass(day - SignedDuration::from_secs(1));
    assert!(shop.app.access.authenticate(&old).await.unwrap().is_some());
    shop.pass(SignedDuration::from_secs(1));
    assert_eq!(shop.app.access.authenticate(&old).await.unwrap_err().code, "key_revoked");
    assert!(shop.app.access.authenticate(&new).await.unwrap().is_some());
}

#[tokio::test]
async fn when_a_key_was_last_used_is_told_to_the_store_in_its_own_time() {
    let shop = Shop::open().await;
    let (made, secret) = shop.app.access.create(&shop.caller, &key(&["orders:read"])).await.unwrap();
    let id = made.value.key_id.as_str();
    assert_eq!(shop.app.access.last_used(&[id]).await.unwrap(), [].into());
    shop.app.access.authenticate(&secret).await.unwrap();
    let now = shop.app.ports.clock.now();
    assert_eq!(shop.app.access.last_used(&[id]).await.unwrap(), [(id.to_owned(), now)].into());
    assert_eq!(shop.app.ports.people.last_seen(&[id]).await.unwrap(), [].into());
    assert_eq!(shop.app.access.tell_uses().await.unwrap(), 1);
    assert_eq!(shop.app.access.tell_uses().await.unwrap(), 0);
    assert_eq!(shop.app.ports.people.last_seen(&[id]).await.unwrap(), [(id.to_owned(), now)].into());
}

#[tokio::test]
async fn nobody_gives_what_they_lack() {
    let shop = Shop::open().await;
    let clerk = Caller { scopes: Scopes::of(["keys:write", "orders:read"]), ..shop.caller.clone() };
    assert!(shop.app.access.create(&clerk, &key(&["orders:read"])).await.is_ok());
    for scope in ["*", "orders:write", "orders:*", "nonsense"] {
        let problem = shop.app.access.create(&clerk, &key(&[scope])).await.unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/scopes/0", "{scope}");
    }
    assert_eq!(
        shop.app.access.create(&shop.caller, &key(&[])).await.unwrap_err().errors[0].pointer,
        "/scopes"
    );
    let owner = shop.app.access.create(&shop.caller, &key(&["*"])).await.unwrap().0;
    assert!(shop.app.access.roll(&clerk, &owner.value.key_id, SignedDuration::ZERO).await.is_err());
    let reader = Caller { scopes: Scopes::of(["orders:read"]), ..shop.caller.clone() };
    assert_eq!(shop.app.access.list(&reader).await.unwrap_err().code, "insufficient_scope");
}

#[tokio::test]
async fn the_operators_key_is_one_however_often_the_server_starts() {
    let shop = Shop::open().await;
    let first = shop.app.access.bootstrap(SECRET, false).await.unwrap();
    let again = shop.app.access.bootstrap(SECRET, false).await.unwrap();
    assert_eq!(first, again);
    assert!(shop.app.access.authenticate(SECRET).await.unwrap().unwrap().1.allow("keys:write"));
    let other = "another-secret-of-some-length";
    shop.app.access.bootstrap(other, false).await.unwrap();
    assert_eq!(shop.app.access.authenticate(SECRET).await.unwrap_err().code, "key_revoked");
    let named = CreateKey { name: API_KEY_NAME.to_owned(), ..key(&["*"]) };
    assert_eq!(shop.app.access.create(&shop.caller, &named).await.unwrap_err().errors[0].pointer, "/name");
    let weak = shop.app.access.bootstrap("too-short", false).await.unwrap_err();
    assert!(weak.detail.contains("9 characters, at least 24"), "{}", weak.detail);
    assert!(shop.app.access.bootstrap("too-short", true).await.is_ok());
}
