use std::path::Path;

use super::*;

fn request() -> Request {
    Request { env_file: true, command_name: "sutler serve", ..Request::default() }
}

/// Load in a fresh folder that holds these files.
fn load_with(
    files: &[(&str, &str)],
    vars: &[(&str, &str)],
    request: &Request,
) -> Result<(Config, Layer), ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    load(request, &vars.iter().copied().collect(), folder.path())
}

fn faults(files: &[(&str, &str)], vars: &[(&str, &str)]) -> Vec<ConfigFault> {
    load_with(files, vars, &request()).unwrap_err().0
}

#[test]
fn nothing_said_gives_the_documented_defaults() {
    let (config, _) = load_with(&[], &[], &request()).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8420");
    assert_eq!(config.database, Database::Sqlite(Path::new("./sutler-data/sutler.db").to_owned()));
    assert_eq!(config.orders.number_start, 1001);
    assert_eq!(config.public_url, None);
    assert_eq!(config.rate_limit.secret_per_min, None);
}

#[test]
fn the_template_is_all_defaults() {
    let uncommented: String = show::template()
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let text = uncommented.split_once('\n').unwrap().1;
    let (_, values) = load_with(&[("sutler.toml", text)], &[], &request()).unwrap();
    let (_, defaults) = load_with(&[], &[], &request()).unwrap();
    for (path, found) in defaults {
        assert_eq!(values[path].text, found.text, "{path}");
        assert_ne!(values[path].origin, Origin::Default, "{path} is not in the template");
    }
}

#[test]
fn the_stronger_source_wins() {
    let toml = ("sutler.toml", "[http]\nlisten = \"127.0.0.1:1\"\n");
    let dotenv = (".env", "PORT=2\nSUTLER_HTTP__PORT=3\n");
    let port = |files: &[(&str, &str)], vars: &[(&str, &str)], request: &Request| {
        load_with(files, vars, request).unwrap().0.http.listen.port()
    };
    assert_eq!(port(&[toml], &[], &request()), 1);
    assert_eq!(port(&[toml, dotenv], &[], &request()), 3);
    assert_eq!(port(&[toml, dotenv], &[("PORT", "4")], &request()), 4);
    assert_eq!(port(&[toml, dotenv], &[("PORT", "4"), ("SUTLER_HTTP__PORT", "5")], &request()), 5);
    let flagged = Request { flags: vec![("http.port", "6".to_owned(), "--port")], ..request() };
    assert_eq!(port(&[toml, dotenv], &[("SUTLER_HTTP__PORT", "5")], &flagged), 6);
    let without = Request { env_file: false, ..request() };
    assert_eq!(port(&[toml, dotenv], &[], &without), 1);
}

#[test]
fn the_seeds_environment_works_untouched() {
    let seed = "DATABASE_URL=sqlite:///orders.db\nREDIS_URL=redis://localhost:6379/0\nAPI_KEY=secret-api-key\nDEBUG=True\n";
    let (config, _) = load_with(&[(".env", seed)], &[], &request()).unwrap();
    assert_eq!(config.database, Database::Sqlite(Path::new("orders.db").to_owned()));
    assert_eq!(config.api_key.unwrap().expose(), "secret-api-key");
    assert_eq!(config.log.level, "debug");
    assert_eq!(config.cache.unwrap().url.expose(), "redis://localhost:6379/0");
    let (config, _) = load_with(&[], &[("DATABASE_URL", "sqlite:///:memory:")], &request()).unwrap();
    assert_eq!(config.database, Database::Memory);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_a_suggestion() {
    let [fault] = &faults(&[("sutler.toml", "\n\n\n[databse]\nurl = \"memory:\"\n")], &[])[..] else {
        panic!()
    };
    assert_eq!(fault.what, "unknown key \"databse\" in sutler.toml line 4");
    assert!(fault.next.starts_with("did you mean \"database\"?"), "{}", fault.next);
    let [fault] = &faults(&[("sutler.toml", "[http]\nlisen = \"x\"\n")], &[])[..] else { panic!() };
    assert_eq!(fault.what, "unknown key \"http.lisen\" in sutler.toml line 2");
    let [fault] = &faults(&[], &[("SUTLER_HTTP__LISEN", "x")])[..] else { panic!() };
    assert!(fault.next.contains("SUTLER_HTTP__LISTEN"), "{}", fault.next);
}

#[test]
fn every_fault_is_told_with_its_place() {
    let toml = "[http]\nmax_body = \"1MB\"\ndrain_delay = 5\n";
    assert_eq!(
        faults(&[("sutler.toml", toml)], &[])[0].what,
        "http.drain_delay in sutler.toml line 3 is an integer, not a text"
    );
    let toml = "mode = \"prod\"\n[http]\nmax_body = \"1MB\"\n[orders]\nnumber_start = 0\n";
    let faults = faults(&[("sutler.toml", toml)], &[("DATABASE_URL", "mysql://u:pw@db/x")]);
    let text = format!("{faults:?}");
    assert_eq!(faults.len(), 4, "{text}");
    assert!(
        text.contains("sutler.toml line 1")
            && text.contains("is no address of a database")
            && !text.contains("pw"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_not_toml_names_the_line() {
    let faults = faults(&[("sutler.toml", "mode = \"live\"\n[http\n")], &[]);
    assert!(faults[0].what.starts_with("sutler.toml line 2 is not TOML"), "{}", faults[0].what);
}

#[test]
fn secrets_may_stand_in_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "sk_live_0123456789abcdef01234567\n").unwrap();
    let vars = [("API_KEY_FILE", path.to_str().unwrap())];
    let (config, values) = load_with(&[], &vars, &request()).unwrap();
    assert_eq!(config.api_key.as_ref().unwrap().expose(), "sk_live_0123456789abcdef01234567");
    assert!(!format!("{config:?}").contains("0123456789"));
    let (_, shown, origin) = show::rows(&values).into_iter().find(|row| row.0 == "api_key").unwrap();
    assert_eq!(shown, "•••• (32 bytes)");
    assert!(origin.contains("API_KEY_FILE"), "{origin}");
    let missing = faults(&[], &[("API_KEY_FILE", "not-there")]);
    assert!(missing[0].what.contains("not-there"));
}

#[test]
fn a_shared_cache_is_told_by_an_address_that_is_never_shown_whole() {
    let (config, _) = load_with(&[], &[], &request()).unwrap();
    assert!(config.cache.is_none());
    let (config, values) =
        load_with(&[], &[("REDIS_URL", "redis://shop:s3cret@redis:6379/2")], &request()).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    let shown = show::rows(&values).into_iter().find(|row| row.0 == "cache.url").unwrap().1;
    assert_eq!(shown, "\"redis://shop:••••@redis:6379/2\"");
    let [fault] = &faults(&[], &[("REDIS_URL", "http://shop:s3cret@redis")])[..] else { panic!() };
    assert!(
        fault.what.starts_with("cache.url = \"http://shop:••••@redis\" is no address of a Redis (")
            && fault.what.ends_with("redis+unix:///path/to/socket"),
        "{}",
        fault.what
    );
    assert_eq!(fault.next, "from: REDIS_URL in the environment");
    let [fault] = &faults(&[], &[("SUTLER_CACHE__TIMEOUT", "0ms")])[..] else { panic!() };
    assert!(fault.what.starts_with("cache.timeout = \"0ms\" leaves no time at all"), "{}", fault.what);
}

#[test]
fn a_bus_is_named_by_its_conventional_variable_and_its_login_is_never_shown() {
    let (config, _) = load_with(&[], &[], &request()).unwrap();
    assert!(config.bus.is_none());
    let vars = [("NATS_URL", "nats://shop:s3cret@bus:4222"), ("SUTLER_EVENTS__REPLICAS", "3")];
    let (config, values) = load_with(&[], &vars, &request()).unwrap();
    let bus = config.bus.as_ref().unwrap();
    assert_eq!((bus.url.expose(), bus.stream.as_str(), bus.replicas), (vars[0].1, "SUTLER", 3));
    assert!(!format!("{config:?}").contains("s3cret"));
    let (_, shown, _) = show::rows(&values).into_iter().find(|row| row.0 == "events.url").unwrap();
    assert_eq!(shown, "\"nats://shop:••••@bus:4222\"");
    let toml =
        ("sutler.toml", "[events]\nurl = \"http://shop:s3cret@bus\"\nstream = \"a b\"\nreplicas = 6\n");
    let faults = faults(&[toml], &[]);
    let text = format!("{faults:?}");
    assert_eq!(faults.len(), 3, "{text}");
    assert!(text.contains("it begins with neither nats:// nor tls://") && !text.contains("s3cret"), "{text}");
}

#[test]
fn a_command_may_have_another_default() {
    let dev = Request {
        command: vec![("database.url", "sqlite://{data_dir}/dev.db")],
        command_name: "sutler dev",
        ..request()
    };
    let (config, values) = load_with(&[], &[], &dev).unwrap();
    assert_eq!(config.database, Database::Sqlite(Path::new("./sutler-data/dev.db").to_owned()));
    assert_eq!(values["database.url"].origin.to_string(), "default of sutler dev");
}

#[test]
fn the_schema_knows_every_key() {
    let schema = show::schema();
    assert_eq!(schema["properties"]["http"]["properties"]["listen"]["default"], "127.0.0.1:8420");
    assert_eq!(schema["properties"]["http"]["additionalProperties"], false);
}

#[test]
fn a_fault_is_planted_only_where_it_can_be() {
    let unknown = faults(&[], &[("SUTLER_SEEDED_BUG", "Nonsense")]);
    assert!(unknown[0].what.contains("\"Nonsense\", which is none of the faults"), "{}", unknown[0].what);
    load_with(&[], &[("SUTLER_SEEDED_BUG", "SumPerItem")], &request()).unwrap();
    let shipped = sources::cannot_plant("SumPerItem", false).unwrap();
    assert!(shipped.what.ends_with("no fault can be planted in this build"), "{}", shipped.what);
    assert_eq!(shipped.next, "unset SUTLER_SEEDED_BUG; it is for the engine's own tests");
}
