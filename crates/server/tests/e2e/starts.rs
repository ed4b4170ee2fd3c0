//! Why a server does not start: what failed, the value, the reason, the next step. And nothing was changed.

use std::net::TcpListener;

use crate::server::{API_KEY, Server, command, folder, run, sutler};

#[test]
fn a_taken_port_says_who_has_it() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let port = server.url.rsplit(':').next().unwrap();
    let said = sutler(folder.path(), &["dev", "--port", port]);
    assert_eq!(said.code, 1, "{said:?}");
    let next: u16 = port.parse::<u16>().unwrap() + 1;
    let pid = server.pid();
    let first = format!("error: port {port} is already in use by sutler (pid {pid})");
    assert!(said.err.starts_with(&first), "{}", said.err);
    assert!(said.err.contains("that server is running from ./sutler-data; to use it:"), "{}", said.err);
    assert!(
        said.err.contains("sutler status") && said.err.contains(&format!("sutler dev --port {next}")),
        "{}",
        said.err
    );

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    drop(std::thread::spawn(move || while other.accept().is_ok() {}));
    let said = sutler(folder.path(), &["serve", "--port", &port]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(&format!("port {port} is already in use by another program")), "{}", said.err);
}

#[test]
fn a_database_takes_one_server() {
    let folder = folder();
    let _server = Server::dev(folder.path(), &["--no-sample"]);
    let said = sutler(folder.path(), &["dev", "--port", "0"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("dev.db is already in use by"), "{}", said.err);
}

#[test]
fn a_bad_configuration_names_file_line_and_the_likely_word() {
    let folder = folder();
    std::fs::write(folder.path().join("sutler.toml"), "mode = \"live\"\n\n\n[databse]\nurl = \"memory:\"\n")
        .unwrap();
    for args in [&["serve"][..], &["config", "check"], &["dev"]] {
        let said = sutler(folder.path(), args);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(
            said.err.starts_with("error: unknown key \"databse\" in sutler.toml line 4\n"),
            "{}",
            said.err
        );
        assert!(
            said.err.contains("did you mean \"database\"?") && said.err.contains("sutler config check"),
            "{}",
            said.err
        );
    }
    assert!(!folder.path().join("sutler-data").exists(), "nothing was made");
}

#[test]
fn a_short_api_key_is_refused_without_being_shown() {
    let folder = folder();
    let mut serve = command(folder.path(), &["serve", "--port", "0"]);
    serve.env("API_KEY", "hunter2");
    let said = run(serve, None);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("API_KEY has 7 characters") && !said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_database_server_that_is_away_is_named_without_its_password() {
    let folder = folder();
    std::fs::write(
        folder.path().join(".env"),
        "# seed\n\nDATABASE_URL=postgres://orders:hunter2@127.0.0.1:1/sutler\n",
    )
    .unwrap();
    let said = sutler(folder.path(), &["serve"]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.err.contains("cannot reach PostgreSQL at 127.0.0.1:1/sutler"), "{}", said.err);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_file_that_is_not_ours_stays_as_it_is() {
    let folder = folder();
    let file = folder.path().join("orders.db");
    let serve = || {
        let mut serve = command(folder.path(), &["serve", "--port", "0"]);
        serve.env("API_KEY", API_KEY).env("DATABASE_URL", "sqlite:///orders.db");
        run(serve, None)
    };
    std::fs::write(&file, "Dear diary, today I was mistaken for a database. Again and again.").unwrap();
    let said = serve();
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.starts_with("error: orders.db is not a database\n  nothing was changed."),
        "{}",
        said.err
    );
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("Dear diary"));

    std::fs::remove_file(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')").unwrap();
    drop(other);
    let before = std::fs::read(&file).unwrap();
    let said = serve();
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("is an SQLite database, but not one of Sutler"), "{}", said.err);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_newer_schema_is_refused_with_both_numbers() {
    let folder = folder();
    assert_eq!(Server::dev(folder.path(), &["--no-sample"]).stop().code(), Some(0));
    let file = folder.path().join("sutler-data/dev.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.pragma_update(None, "user_version", 17).unwrap();
    database.close().unwrap();
    let said = sutler(folder.path(), &["dev", "--port", "0"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.starts_with("error: the database is newer than this binary (schema 17, binary knows "),
        "{}",
        said.err
    );
    assert!(said.err.contains("nothing was changed"), "{}", said.err);
}
