//! The manual says what the code says: its tables are held equal to the lists they describe.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use sutler_app::job::{KINDS, SCHEDULES};
use sutler_app::public::{EventType, TYPES};

fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// The rows of the table whose first column has this head, without head and rule.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let head = format!("| {head} |");
    let table = text.lines().skip_while(|line| !line.starts_with(&head)).skip(2);
    table.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_table_of_events_is_the_list_in_the_code() {
    let told: Vec<[String; 4]> = rows(&document("docs/events.md"), "type")
        .into_iter()
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone(), row[3].clone()])
        .collect();
    let means = |t: &EventType| t.means().to_owned();
    let known: Vec<[String; 4]> = TYPES
        .iter()
        .map(|t| [format!("`{}`", t.name), format!("`{}`", t.logged), t.description.to_owned(), means(t)])
        .collect();
    for row in &known {
        assert!(told.contains(row), "docs/events.md lacks the row: | {} |", row.join(" | "));
    }
    assert_eq!(told, known, "docs/events.md has a row more, or another order, than app/public/types.rs");
}

#[test]
fn the_table_of_jobs_is_the_list_in_the_code() {
    let known: Vec<[String; 7]> = KINDS
        .iter()
        .map(|kind| {
            [
                format!("`{}`", kind.name),
                format!("`{}`", kind.queue),
                kind.priority.to_string(),
                kind.running_max.to_string(),
                kind.attempts_max.to_string(),
                format!("{} s", kind.timeout.as_secs()),
                format!("{} s to {} s", kind.wait_first.as_secs(), kind.wait_max.as_secs()),
            ]
        })
        .collect();
    let told: Vec<[String; 7]> = rows(&document("docs/jobs.md"), "kind")
        .into_iter()
        .map(|row| std::array::from_fn(|column| row[column].clone()))
        .collect();
    assert_eq!(told, known, "docs/jobs.md and app/job/kinds.rs name other jobs");
    let told: Vec<String> =
        rows(&document("docs/events.md"), "job").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(told, KINDS.map(|kind| format!("`{}`", kind.name)), "docs/events.md names other jobs");
}

#[test]
fn the_table_of_schedules_is_the_list_in_the_code() {
    let minutes = |length: SignedDuration| format!("{} min", length.as_mins());
    let known: Vec<[String; 3]> = SCHEDULES
        .iter()
        .map(|schedule| [format!("`{}`", schedule.name), minutes(schedule.every), minutes(schedule.after)])
        .collect();
    let told: Vec<[String; 3]> = rows(&document("docs/jobs.md"), "schedule")
        .into_iter()
        .map(|row| std::array::from_fn(|column| row[column].clone()))
        .collect();
    assert_eq!(told, known, "docs/jobs.md and app/job/schedule.rs name other schedules");
}

#[test]
fn the_manual_shows_the_balancers_files_as_they_are() {
    let manual = document("docs/balancing.md");
    for file in ["nginx.conf", "haproxy.cfg", "Caddyfile"] {
        let text = document(&format!("deploy/balance/{file}"));
        assert!(
            manual.contains(&format!("\n{}\n```\n", text.trim_end())),
            "docs/balancing.md shows another {file}"
        );
    }
}

/// A constant whose name says that it is a limit: name, value and file.
type Limit = [String; 3];

/// Every limit of the shipped crates, and whether it is public, which makes it a promise.
fn limits_in_the_code() -> Vec<(Limit, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut limits = Vec::new();
    for name in ["domain", "app", "adapters", "api", "server", "client"] {
        for path in sources(&root.join("crates").join(name).join("src")) {
            let text = fs::read_to_string(&path).unwrap();
            let short = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let of_line = |line: &str| {
                let [name, value] = limit(line)?;
                Some(([name, value, short.clone()], line.trim_start().starts_with("pub const")))
            };
            limits.extend(text.lines().filter_map(of_line));
        }
    }
    limits
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

/// `pub const PAGE_MAX: u32 = 200;` is `["PAGE_MAX", "200"]`; underscores and the names of units are left out.
fn limit(line: &str) -> Option<[String; 2]> {
    let declared = line
        .split_once("const ")
        .filter(|(before, _)| before.trim().is_empty() || before.starts_with("pub"))?
        .1;
    let (name, rest) = declared.split_once(':')?;
    let is_limit = name.split('_').any(|word| word == "MAX" || word == "LIMIT");
    let value = rest.split_once('=')?.1.trim().strip_suffix(';')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || " _*:()-".contains(c);
    (is_limit && value.chars().all(plain)).then(|| [name.to_owned(), told(value)])
}

fn told(value: &str) -> String {
    let value = value.rsplit("::from_").next().unwrap_or(value);
    let (unit, number) = value.split_once('(').unwrap_or(("", value));
    let number = number.trim_end_matches(')').replace('_', "");
    let unit = match unit {
        "secs" => " s",
        "mins" => " min",
        "hours" => " h",
        "millis" => " ms",
        _ => "",
    };
    let product: Option<u64> = number
        .split('*')
        .map(|factor| factor.trim().parse::<u64>().ok())
        .try_fold(1, |p: u64, f| p.checked_mul(f?));
    product.map_or(number, |product| product.to_string()) + unit
}

#[test]
fn every_limit_stands_in_the_manual() {
    let tick = |text: &str| text.trim_matches('`').to_owned();
    let mut told: Vec<[String; 3]> = rows(&document("docs/operating.md"), "limit")
        .into_iter()
        .filter(|row| row[2].ends_with("MAX`") || row[2].contains("MAX_") || row[2].contains("LIMIT"))
        .map(|row| [tick(&row[2]), row[1].replace(',', ""), tick(&row[3])])
        .collect();
    told.sort();
    told.dedup();
    let known = limits_in_the_code();
    for (row, _) in known.iter().filter(|(_, public)| *public) {
        let [name, value, path] = row;
        assert!(
            told.contains(row),
            "docs/operating.md lacks the limit: | …of what | {value} | `{name}` | `{path}` |"
        );
    }
    for row in &told {
        assert!(
            known.iter().any(|(limit, _)| limit == row),
            "docs/operating.md has a limit that the code has not: {row:?}"
        );
    }
}
