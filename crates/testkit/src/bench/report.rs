//! What came of a run: a table for people, JSON for programs, and the parts of docs/performance.md between marks.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sutler_app::ports::Clock;

use super::figures::{Row, inverse_ms, ratio, shown};
use super::goals::{self, Figures, Judged};
use super::stage::Stage;
use super::{Bench, catalog, process, rows};

/// Where the tables stand, from the root of the repository, at which `cargo xtask bench` runs this.
const DOCS: &str = "docs/performance.md";

/// Where the table of the embedded store begins and ends in docs/performance.md, and where that of the shared one.
const MARKS: [[&str; 2]; 2] = [
    ["<!-- bench: written by `cargo xtask bench --write-docs` -->", "<!-- end of bench -->"],
    [
        "<!-- bench of PostgreSQL: written by `cargo xtask bench --only pg --write-docs` -->",
        "<!-- end of bench of PostgreSQL -->",
    ],
];

/// A run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// When it began.
    pub date: String,
    /// How it was started.
    pub command: String,
    /// The commit of the tree, and whether the tree differs from it.
    pub commit: String,
    /// The machine.
    pub machine: String,
    /// The load average of the last minute when it began and when it ended: what others did to it.
    pub load: [String; 2],
    /// Seconds and rounds of each row.
    pub pace: String,
    /// Rows that one order writes, by table: `+` inserted, `~` changed, `-` deleted.
    pub rows_per_order: String,
    /// The server that rows of the shared store were measured on, with its settings; empty without such rows.
    pub server: String,
    /// What was measured.
    pub rows: Vec<Row>,
    /// What had to be reached.
    pub goals: Vec<Judged>,
    /// Rows that could not be measured, each with its reason.
    #[serde(default)]
    pub failed: Vec<(String, String)>,
}

impl Report {
    pub(super) fn begin(bench: &Bench, stage: &Stage) -> Self {
        let date = sutler_adapters::system::SystemClock.now().strftime("%Y-%m-%d %H:%M UTC").to_string();
        let mut command = "cargo xtask bench".to_owned();
        // Beside the program is what it measures, in the folder of their profile.
        let folder = stage.sutler.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        if let Some(profile) = folder.filter(|folder| *folder != "release") {
            _ = write!(command, " --profile {profile}");
        }
        if bench.quick {
            command.push_str(" --quick");
        }
        if !bench.only.is_empty() {
            _ = write!(command, " --only {}", bench.only.join(" "));
        }
        if bench.orders_preload > 0 {
            _ = write!(command, " --orders-preload {}", bench.orders_preload);
        }
        if bench.products != catalog::PRODUCTS {
            _ = write!(command, " --products {}", bench.products);
        }
        Self {
            date,
            command,
            commit: commit(),
            machine: process::machine(),
            load: [process::load_average(), String::new()],
            pace: format!("{} s a row, median of {}", stage.pace.seconds, stage.pace.rounds),
            rows_per_order: stage.rows_per_order.clone(),
            ..Self::default()
        }
    }

    pub(super) fn judge(&mut self, stage: &Stage) {
        let [_, end] = &mut self.load;
        *end = process::load_average();
        self.server = stage.about_server();
        self.goals = goals::judge(&Figures(&self.rows));
    }

    /// Write the JSON to the file, and the table beside it.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_string_pretty(self)?)?;
        std::fs::write(path.with_extension("md"), self.markdown())?;
        Ok(())
    }

    /// Put the tables between their marks; a table of which no row was measured stays as it is.
    pub(super) fn write_docs(&self) -> Result<()> {
        let mut text = std::fs::read_to_string(DOCS).context(DOCS)?;
        for (marks, is_shared) in MARKS.iter().zip([false, true]) {
            let part = self.part(is_shared);
            if !part.rows.is_empty() {
                text = between(&text, marks, &part.markdown())?;
            }
        }
        std::fs::write(DOCS, text).context(DOCS)
    }

    /// The rows of one of the stores, with their goals.
    fn part(&self, is_shared: bool) -> Self {
        let rows = self.rows.iter().filter(|row| rows::is_shared(&row.name) == is_shared);
        let rows: Vec<Row> = rows.cloned().collect();
        let goals = goals::judge(&Figures(&rows));
        let about = |text: &String, is_there: bool| if is_there { text.clone() } else { String::new() };
        Self {
            goals,
            rows,
            rows_per_order: about(&self.rows_per_order, !is_shared),
            server: about(&self.server, is_shared),
            ..self.clone()
        }
    }

    /// The table, with what it was measured on.
    pub fn markdown(&self) -> String {
        let [begin, end] = &self.load;
        let mut text = format!(
            "{}, `{}`, commit {}, {}; {}. Load average of the machine {begin} at the start, {end} at the end.\n\n",
            self.date, self.command, self.commit, self.machine, self.pace
        );
        text.push_str(
            "| what | per s | of its reference | p50 ms | p99 ms | CPU µs each | of it the generator's own, µs | commits each | WAL bytes each | |\n|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            text.push_str(&self.table_row(row));
        }
        for (name, reason) in &self.failed {
            _ = writeln!(text, "\nNot measured: `{name}`: {reason}");
        }
        text.push_str("\n| goal | asked | measured | reached |\n|---|---|---|---|\n");
        for goal in &self.goals {
            let reached = if goal.reached { "yes" } else { "**no**" };
            _ = writeln!(text, "| {} | {} | {} | {reached} |", goal.what, goal.goal, shown(goal.measured));
        }
        if !self.rows_per_order.is_empty() {
            _ = writeln!(text, "\nRows that one order writes: {}.", self.rows_per_order);
        }
        if !self.server.is_empty() {
            _ = writeln!(text, "\nThe server: {}.", self.server);
        }
        text
    }

    fn table_row(&self, row: &Row) -> String {
        let cell = |figure: Option<f64>| figure.map(shown).unwrap_or_default();
        let beside = rows::of(&row.name).and_then(|kind| kind.beside);
        let reference = beside.and_then(|name| self.rows.iter().find(|row| row.name == name));
        let share = reference.and_then(|reference| {
            Some(format!("{} of {}", shown(ratio(row.rate?, reference.rate?)), reference.name))
        });
        format!(
            "| `{}` {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            row.name,
            row.what,
            cell(row.rate),
            share.unwrap_or_default(),
            cell(row.p50_ms),
            cell(row.p99_ms),
            cell(row.cpu_us),
            cell(row.load_cpu_us),
            cell(row.commits),
            cell(row.wal_bytes),
            row.note
        )
    }
}

/// A row in one line, for whoever waits.
pub fn line(row: &Row) -> String {
    let mut text = format!("{:<14}", row.name);
    let figures = [
        ("/s", row.rate),
        ("ms each", row.rate.filter(|_| row.p50_ms.is_none() && row.cpu_us.is_some()).map(inverse_ms)),
        ("ms p50", row.p50_ms),
        ("ms p99", row.p99_ms),
        ("µs CPU", row.cpu_us),
        ("µs generator", row.load_cpu_us),
        ("commits", row.commits),
        ("WAL bytes", row.wal_bytes),
    ];
    for (unit, figure) in figures {
        if let Some(figure) = figure {
            _ = write!(text, "  {} {unit}", shown(figure));
        }
    }
    if row.note.is_empty() { text } else { format!("{text}  ({})", row.note) }
}

/// The text with something else between these marks.
fn between(text: &str, [begin, end]: &[&str; 2], table: &str) -> Result<String> {
    let (before, rest) =
        text.split_once(begin).context("docs/performance.md has lost the mark of the bench")?;
    let (_, behind) =
        rest.split_once(end).context("docs/performance.md has lost the end mark of the bench")?;
    Ok(format!("{before}{begin}\n\n{table}\n{end}{behind}"))
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=10", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "crates", "migrations"]);
    if changed.is_some_and(|changed| !changed.is_empty()) { format!("{head} and changes") } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_share_of_the_reference_and_every_row_as_many_cells_as_the_head() {
        let row = |name, rate| Row { rate: Some(rate), ..Row::named(name, "what") };
        let report =
            Report { rows: vec![row("raw-64", 1000.0), row("orders-64", 500.0)], ..Report::default() };
        let text = report.markdown();
        assert!(text.contains("| 500 | 0.500 of raw-64 |"), "{text}");
        let cells: Vec<usize> = text
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.matches('|').count())
            .collect();
        assert_eq!(cells, [11, 11], "{text}");
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let docs = std::fs::read_to_string(root.join(DOCS)).unwrap();
        for marks in MARKS {
            let [begin, end] = marks;
            let text = between(&format!("a\n{begin}\nold\n{end}\nb\n"), &marks, "new\n").unwrap();
            assert_eq!(text, format!("a\n{begin}\n\nnew\n\n{end}\nb\n"));
            assert!(between("a", &marks, "new").is_err());
            assert!(between(&docs, &marks, "new").is_ok());
        }
    }

    #[test]
    fn each_store_has_its_rows_its_goals_and_its_words() {
        let row = |name, rate| Row { rate: Some(rate), ..Row::named(name, "what") };
        let names = ["raw-64", "orders-256", "pg-new-order", "pg-orders-256"];
        let report = Report {
            rows: names.into_iter().zip([1.0, 2.0, 3.0, 4.0]).map(|(name, rate)| row(name, rate)).collect(),
            rows_per_order: "events +2".to_owned(),
            server: "PostgreSQL 15".to_owned(),
            ..Report::default()
        };
        let texts = [false, true].map(|is_shared| report.part(is_shared).markdown());
        for (text, other, own) in [(&texts[0], "pg-", "events +2"), (&texts[1], "raw-64", "PostgreSQL 15")] {
            assert!(text.contains(own) && !text.contains(other), "{text}");
            assert_eq!(text.matches("times").count(), 1, "one goal has its rows: {text}");
        }
        assert!(!texts[0].contains("The server") && !texts[1].contains("Rows that"), "{texts:?}");
    }
}
