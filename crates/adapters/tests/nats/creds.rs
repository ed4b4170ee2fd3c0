//! Credentials as `nsc` writes them: a token that the account signed, and the seed of the user's key.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};
use sutler_adapters::nats::{Nats, OpenError, Options};
use sutler_app::ports::Publisher;
use sutler_testkit::servers::nats::Nats as Server;

use crate::options;

/// What the holder of one key says about another.
fn signed(issuer: &KeyPair, subject: &KeyPair, nats: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = encode(&json!({"typ": "JWT", "alg": "ed25519-nkey"}));
    let claims = json!({
        "jti": "test", "iat": 1_700_000_000, "name": "test",
        "iss": issuer.public_key(), "sub": subject.public_key(), "nats": nats,
    });
    let said = format!("{head}.{}", encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(said.as_bytes()).unwrap());
    format!("{said}.{signature}")
}

fn write_creds(path: &Path, account: &KeyPair, user: &KeyPair) {
    let nats = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    let (token, seed) = (signed(account, user, &nats), user.seed().unwrap());
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    );
    std::fs::write(path, text).unwrap();
}

#[tokio::test]
async fn a_file_with_credentials_lets_in_who_has_it() {
    let (operator, account, user) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_user());
    let of_operator = signed(&operator, &operator, &json!({"type": "operator", "version": 2}));
    let of_account = |account: &KeyPair, storage: i64| {
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
            "leaf": -1, "mem_storage": storage, "disk_storage": storage, "streams": storage, "consumer": storage,
        });
        signed(&operator, account, &json!({"type": "account", "version": 2, "limits": limits}))
    };
    // JetStream needs an account of the server's own, which keeps nothing.
    let (shop, system) = (account.public_key(), KeyPair::new_account());
    let settings = format!(
        "jetstream {{}}\noperator: {of_operator}\nresolver: MEMORY\nsystem_account: {}
         resolver_preload: {{ {shop}: {}, {}: {} }}",
        system.public_key(),
        of_account(&account, -1),
        system.public_key(),
        of_account(&system, 0),
    );
    let server = Server::start_with(&settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.creds");
    let open = async || {
        let options = Options { creds_file: Some(path.clone()), ..options() };
        Nats::open(&server.url(), &options).await
    };
    write_creds(&path, &account, &user);
    let bus = open().await.unwrap();
    assert_eq!(bus.newest().await, Ok(None));
    // Of an account that nobody knows there.
    write_creds(&path, &KeyPair::new_account(), &user);
    let Err(error) = open().await else { unreachable!("it was let in") };
    assert!(matches!(error, OpenError::Denied { .. }), "{error:?}");
}
