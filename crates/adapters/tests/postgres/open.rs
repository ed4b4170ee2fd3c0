//! Which databases are opened, which are refused, and what the refusal says.

use sutler_adapters::postgres::{OpenError, Options, Postgres};
use sutler_app::ports::Store;
use sutler_testkit::builders as some;
use sutler_testkit::servers::postgres::{Postgres as Server, Stop};

use crate::{database, node};

async fn refused(url: &str) -> OpenError {
    refused_with(url, Options::default()).await
}

async fn refused_with(url: &str, options: Options) -> OpenError {
    match Postgres::open(url, options).await {
        Ok(_) => unreachable!("{url} was opened"),
        Err(error) => error,
    }
}

/// The refusal begins like this, and goes on with what to do.
#[track_caller]
fn says(error: &OpenError, begins: &str, next: &str) {
    let text = error.to_string();
    assert!(text.starts_with(begins), "{text}");
    assert!(text.lines().count() >= 2 && text.contains(next), "{text}");
}

#[tokio::test]
async fn an_address_that_is_none_is_told() {
    for (url, reason) in [
        ("mysql://shop:s3cret@db/orders", "does not begin with postgres://"),
        ("postgres://shop:s3cret@db:port/orders", "port"),
        ("postgres://shop:s3cret@db/orders?color=red", "color"),
        ("postgres://shop:s3cret@db/orders?sslrootcert=/none.pem", "/none.pem"),
        ("postgres:///orders", "no host"),
    ] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::BadUrl { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(reason) && text.contains("postgres://user:password@host:5432/database"),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn whoever_is_not_there_is_named() {
    let error = refused("postgres://shop:s3cret@127.0.0.1:1/orders").await;
    says(&error, "cannot reach PostgreSQL at 127.0.0.1:1/orders (", "pg_isready");
    assert!(error.to_string().contains("refused") && !error.to_string().contains("s3cret"), "{error}");
    let error = refused("postgres://shop@no-such-host.invalid/orders").await;
    says(&error, "cannot reach PostgreSQL at no-such-host.invalid:5432/orders (", "sutler doctor");
    // Somebody is there who does not speak.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = refused(&format!("postgres://shop@127.0.0.1:{port}/orders?connect_timeout=1")).await;
    says(
        &error,
        &format!("cannot reach PostgreSQL at 127.0.0.1:{port}/orders (no answer within"),
        "is it up",
    );
}

#[tokio::test]
async fn whoever_may_not_come_in_is_told_why() {
    let server = Server::shared();
    let error = refused(&server.url("no_such_database")).await;
    let place = server.place("no_such_database");
    says(
        &error,
        &format!("PostgreSQL at {place} does not let us in (database \"no_such_database\" does not"),
        "pg_hba",
    );
    let url = server.url("postgres").replace("sutler@", "nobody@");
    assert!(matches!(refused(&url).await, OpenError::Denied { reason, .. } if reason.contains("nobody")));
    // A role that may look, but make nothing.
    let name = server.database().unwrap();
    server.sql(&name, "CREATE ROLE guest LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC").unwrap();
    let url = server.url(&name).replace("sutler@", "guest@");
    assert!(
        matches!(refused(&url).await, OpenError::Denied { reason, .. } if reason.contains("permission denied"))
    );
    assert_eq!(tables(server, &name), "");
}

fn tables(server: &Server, name: &str) -> String {
    let sql =
        "SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'";
    server.sql(name, sql).unwrap()
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let server = Server::start_with(&[(setting, "off")]).unwrap();
        let name = server.database().unwrap();
        let error = refused(&server.url(&name)).await;
        let place = server.place(&name);
        says(&error, &format!("PostgreSQL at {place} runs with {setting} = off: "), "ALTER SYSTEM SET");
        assert_eq!(tables(&server, &name), "", "nothing half started");
    }
    let server = Server::shared();
    let name = server.database().unwrap();
    server.sql(&name, &format!("ALTER DATABASE {name} SET synchronous_commit = off")).unwrap();
    let error = refused(&server.url(&name)).await;
    assert!(matches!(error, OpenError::NotDurable { setting: "synchronous_commit", .. }), "{error:?}");
    assert_eq!(tables(server, &name), "");
    server.sql(&name, &format!("ALTER DATABASE {name} SET synchronous_commit = local")).unwrap();
    node(&server.url(&name)).await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_refused() {
    let server = Server::shared();
    let name = server.database().unwrap();
    server.sql(&name, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).unwrap();
    says(&refused(&server.url(&name)).await, "PostgreSQL at ", "target_session_attrs=read-write");
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused() {
    let server = Server::shared();
    server.sql("postgres", "CREATE DATABASE latin ENCODING 'SQL_ASCII' TEMPLATE template0").unwrap();
    let error = refused(&server.url("latin")).await;
    assert!(matches!(&error, OpenError::NotUtf8 { found, .. } if found == "SQL_ASCII"), "{error:?}");
    assert!(error.to_string().contains("createdb --encoding=UTF8"));
}

#[tokio::test]
async fn a_database_of_somebody_else_is_left_alone() {
    let server = Server::shared();
    for table in ["TABLE person (name text)", "VIEW people AS SELECT 1 AS one"] {
        let name = server.database().unwrap();
        server.sql(&name, &format!("CREATE {table}")).unwrap();
        let before = tables(server, &name);
        let error = refused(&server.url(&name)).await;
        let place = server.place(&name);
        says(&error, &format!("the database {place} has a table pe"), "createdb sutler");
        assert_eq!(tables(server, &name), before);
    }
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let server = Server::shared();
    let name = server.database().unwrap();
    let url = server.url(&name);
    node(&url).await.commit(some::touch(1)).await.unwrap();
    server.sql(&name, "INSERT INTO sutler_migrations VALUES (10, '0010_next', 'x', 0)").unwrap();
    let error = refused(&url).await;
    says(
        &error,
        "the database is newer than this binary (schema 10, binary knows 9)\n",
        "nothing was changed",
    );
    server.sql(&name, "DELETE FROM sutler_migrations WHERE version = 10").unwrap();
    server.sql(&name, "UPDATE sutler_migrations SET checksum = 'y'").unwrap();
    let error = refused(&url).await;
    assert!(matches!(&error, OpenError::Changed { name, .. } if name == "0001_initial"), "{error:?}");
}

#[tokio::test]
async fn migrations_wait_when_told_to() {
    let url = database();
    let asked = || Options { migrate: false, ..Options::default() };
    let error = refused_with(&url, asked()).await;
    assert!(matches!(error, OpenError::Pending { count: 9, .. }), "{error:?}");
    says(&error, "9 migrations are pending in ", "start once without --no-migrate to apply them");
    node(&url).await;
    Postgres::open(&url, asked()).await.unwrap();
}

/// A server with a certificate of its own making, known to nobody.
fn encrypting() -> (Server, String) {
    let server = Server::start().unwrap();
    let (data, port) = (server.folder().join("data"), server.port());
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \\
                -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \\
                -keyout server.key -out server.crt && chmod 600 server.key && chown --reference=. server.key server.crt";
    let made = std::process::Command::new("sh").args(["-c", script]).current_dir(&data).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    server.sql("postgres", "ALTER SYSTEM SET ssl = on").unwrap();
    server.stop(Stop::Fast).unwrap();
    std::fs::write(data.join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
        .unwrap();
    server.start_at("localhost").unwrap();
    let name = server.database().unwrap();
    (server, format!("postgres://sutler@localhost:{port}/{name}"))
}

#[tokio::test]
async fn a_connection_is_encrypted_and_verified_as_it_is_asked_for() {
    let (server, url) = encrypting();
    let root = server.folder().join("data/server.crt").display().to_string();
    let asked = |query: &str| format!("{url}?{query}");
    let plain = refused(&asked("sslmode=disable")).await;
    assert!(
        matches!(&plain, OpenError::Denied { reason, .. } if reason.contains("no encryption")),
        "{plain:?}"
    );
    for query in ["sslmode=require", "sslmode=prefer", &format!("sslmode=verify-full&sslrootcert={root}")] {
        node(&asked(query)).await.commit(some::touch(1)).await.unwrap();
    }
    let unknown = refused(&asked("sslmode=verify-full")).await;
    assert!(
        matches!(&unknown, OpenError::Unreachable { reason, .. } if reason.contains("certificate")),
        "{unknown:?}"
    );
    let by_number =
        asked(&format!("sslmode=verify-full&sslrootcert={root}")).replace("localhost", "127.0.0.1");
    let wrong = refused(&by_number).await;
    assert!(
        matches!(&wrong, OpenError::Unreachable { reason, .. } if reason.contains("certificate")),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_store_that_was_closed_says_so() {
    let store = node(&database()).await;
    store.close().await;
    let refused = store.commit(some::touch(1)).await;
    assert!(
        matches!(&refused, Err(sutler_app::commit::Refused::Unavailable(why)) if why.contains("closed")),
        "{refused:?}"
    );
    assert!(store.maintain().await.is_err());
}
