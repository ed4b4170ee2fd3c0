//! What must be reached, as shares of references of the same run wherever the machine counts.

use serde::{Deserialize, Serialize};

use super::figures::{Row, difference, ratio, shown};

/// A goal and what was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// What is asked for.
    pub what: String,
    /// At least, or at most, what.
    pub goal: String,
    /// What was measured.
    pub measured: f64,
    /// Whether that is enough.
    pub reached: bool,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

struct Goal {
    what: &'static str,
    bound: Bound,
    unit: &'static str,
    figure: fn(&Figures<'_>) -> Option<f64>,
}

/// The rows that were measured, by name.
pub struct Figures<'r>(pub &'r [Row]);

impl Figures<'_> {
    fn row(&self, name: &str) -> Option<&Row> {
        self.0.iter().find(|row| row.name == name)
    }

    fn rate(&self, name: &str) -> Option<f64> {
        self.row(name)?.rate
    }

    /// How much longer half of the answers of one take than those of the other.
    fn added_ms(&self, one: &str, other: &str) -> Option<f64> {
        Some(difference(self.row(one)?.p50_ms?, self.row(other)?.p50_ms?))
    }

    fn share(&self, one: &str, other: &str) -> Option<f64> {
        Some(ratio(self.rate(one)?, self.rate(other)?))
    }
}

const fn goal(
    what: &'static str,
    bound: Bound,
    unit: &'static str,
    figure: fn(&Figures<'_>) -> Option<f64>,
) -> Goal {
    Goal { what, bound, unit, figure }
}

use Bound::{AtLeast, AtMost};

const GOALS: &[Goal] = &[
    goal("POST /orders at 256, of raw SQLite in groups of 64", AtLeast(0.60), "times", |f| {
        f.share("orders-256", "raw-64")
    }),
    goal("orders paid with tok_ok, of raw SQLite in groups of 64", AtLeast(0.25), "times", |f| {
        f.share("paid-64", "raw-64")
    }),
    goal("p99 of POST /orders at 64", AtMost(20.0), "ms", |f| f.row("orders-64")?.p99_ms),
    goal("one hot product, of many products", AtLeast(0.85), "times", |f| f.share("hot-256", "orders-256")),
    goal("orderPlace over GraphQL at 64, of POST /orders", AtLeast(0.80), "times", |f| {
        f.share("graphql-64", "orders-64")
    }),
    goal("time of an order at 1 connection, of one raw commit", AtMost(3.0), "times", |f| {
        f.share("raw-1", "orders-1")
    }),
    goal("CPU of the server per order at 256", AtMost(100.0), "µs", |f| f.row("orders-256")?.cpu_us),
    goal("column bytes of an order", AtMost(4096.0), "bytes", |f| f.rate("payload")),
    goal("WAL bytes per order at 256", AtMost(24_576.0), "bytes", |f| f.row("orders-256")?.wal_bytes),
    goal("GET /products/{id}, of the bare handler", AtLeast(0.70), "times", |f| {
        f.share("product", "http-product")
    }),
    goal(
        "CPU of GET /products/{id} from the local tier, of one without a lookup",
        AtMost(1.1),
        "times",
        |f| Some(ratio(f.row("get-local")?.cpu_us?, f.row("get-direct")?.cpu_us?)),
    ),
    goal("GET /orders/{id}, of the bare handler", AtLeast(0.60), "times", |f| f.share("order", "http-order")),
    goal("GET /products/{id} through the balancer, of directly", AtLeast(0.75), "times", |f| {
        f.share("balance-product", "product")
    }),
    goal("POST /orders at 64 through the balancer, of directly", AtLeast(0.75), "times", |f| {
        f.share("balance-orders-64", "orders-64")
    }),
    goal("orders of a file, of POST /orders at 64", AtLeast(1.3), "times", |f| f.share("bulk", "orders-64")),
    goal("CPU of an order of a file, of POST /orders at 64", AtMost(0.7), "times", |f| {
        Some(ratio(f.row("bulk")?.cpu_us?, f.row("orders-64")?.cpu_us?))
    }),
    goal("p50 of GET /products/{id} that the balancer adds", AtMost(1.0), "ms", |f| {
        f.added_ms("balance-product", "product")
    }),
    goal("p50 of POST /orders at 64 that the balancer adds", AtMost(1.0), "ms", |f| {
        f.added_ms("balance-orders-64", "orders-64")
    }),
    goal("first page of 1,000,000 orders", AtMost(5.0), "ms", |f| f.row("page-1m")?.p50_ms),
    goal("first page of 1,000,000 orders, of 1,000", AtMost(1.5), "times", |f| {
        Some(ratio(f.row("page-1m")?.p50_ms?, f.row("page-1k")?.p50_ms?))
    }),
    goal("CPU of an order at 1,000,000 orders, of 10,000", AtMost(1.2), "times", |f| {
        Some(ratio(f.row("growth-1m")?.cpu_us?, f.row("growth-10k")?.cpu_us?))
    }),
    goal("start to ready on 1,000,000 orders", AtMost(300.0), "ms", |f| f.row("start-1m")?.p50_ms),
    goal("resident memory after 100,000 orders", AtMost(80.0), "MiB", |f| f.rate("memory")),
    goal("the release binary", AtMost(40.0), "MB", |f| f.rate("size")),
    goal("goodput at twice the peak rate, of the peak", AtLeast(0.90), "times", |f| {
        f.share("overload", "orders-256")
    }),
    goal("p99 of what is admitted then, of normal", AtMost(3.0), "times", |f| {
        Some(ratio(f.row("overload")?.p99_ms?, f.row("orders-256")?.p99_ms?))
    }),
    goal("normal again after", AtMost(5.0), "s", |f| f.rate("overload-after")),
    goal("p99 of an event to each of 1,000 open streams", AtMost(100.0), "ms", |f| f.row("streams")?.p99_ms),
    goal("100,000 events to a bus that is back", AtMost(60.0), "s", |f| {
        Some(ratio(100_000.0, f.rate("relay-drain")?))
    }),
    goal("POST /orders at 64 beside webhooks, of alone", AtLeast(0.75), "times", |f| {
        f.share("orders-webhooks", "orders-64")
    }),
    goal("POST /orders at 64 beside 1,000 open streams, of alone", AtLeast(0.75), "times", |f| {
        f.share("orders-streams", "orders-64")
    }),
    goal("POST /orders at 64 beside jobs that waited, of alone", AtLeast(0.75), "times", |f| {
        f.share("orders-jobs", "orders-64")
    }),
    goal("POST /orders at 64 beside 200 open dashboards, of alone", AtLeast(0.80), "times", |f| {
        f.share("orders-dashboards", "orders-64")
    }),
    goal("p99 of the dashboard's list of 1,000,000 orders", AtMost(10.0), "ms", |f| {
        f.row("dashboard-1m")?.p99_ms
    }),
    goal("lines of past orders imported on SQLite", AtLeast(20_000.0), "a second", |f| {
        f.rate("import-orders")
    }),
    goal("products imported", AtLeast(10_000.0), "a second", |f| f.rate("import-products")),
    goal("events verified", AtLeast(300_000.0), "a second", |f| f.rate("verify")),
    goal("events folded into every view anew", AtLeast(300_000.0), "a second", |f| f.rate("rebuild")),
    goal("search index of 1,000,000 products", AtMost(180.0), "s", |f| {
        Some(ratio(1_000_000.0, f.rate("index-1m")?))
    }),
    goal("resident memory while it is built", AtMost(1_536.0), "MiB", |f| f.rate("index-memory-1m")),
    goal("p99 of a search among 1,000,000 products", AtMost(20.0), "ms", |f| f.row("search-1m")?.p99_ms),
    goal("the same with facets", AtMost(40.0), "ms", |f| f.row("search-facets-1m")?.p99_ms),
    goal("a page of 1,000,000 products", AtMost(5.0), "ms", |f| f.row("products-page-1m")?.p50_ms),
    goal("resident memory while 1,000,000 products are searched", AtMost(300.0), "MiB", |f| {
        f.rate("search-memory-1m")
    }),
    goal("jobs finished on SQLite", AtLeast(5_000.0), "a second", |f| f.rate("jobs")),
    goal("jobs finished on PostgreSQL", AtLeast(3_000.0), "a second", |f| f.rate("pg-jobs")),
    goal("lines of past orders imported on PostgreSQL", AtLeast(15_000.0), "a second", |f| {
        f.rate("pg-import-orders")
    }),
    goal("webhooks delivered to one receiver", AtLeast(2_000.0), "a second", |f| f.rate("webhooks")),
    goal(
        "POST /orders on PostgreSQL at 64, of a transaction for each with row locks",
        AtLeast(3.0),
        "times",
        |f| f.share("pg-orders-64", "pg-interactive-64"),
    ),
    goal("the same with one hot product", AtLeast(15.0), "times", |f| {
        f.share("pg-hot-64", "pg-interactive-hot")
    }),
    goal("POST /orders on PostgreSQL at 256, of New-Order of TPC-C", AtLeast(1.5), "times", |f| {
        f.share("pg-orders-256", "pg-new-order")
    }),
    goal("p99 of POST /orders on PostgreSQL at 64", AtMost(40.0), "ms", |f| f.row("pg-orders-64")?.p99_ms),
    goal("three nodes on one database, of the best of one node", AtLeast(0.70), "times", |f| {
        let one = ["pg-orders-64", "pg-orders-256"].iter().filter_map(|name| f.rate(name));
        Some(ratio(f.rate("pg-nodes-3")?, one.reduce(f64::max)?))
    }),
];

/// Judge what was measured; goals whose rows were not measured are left out.
pub fn judge(figures: &Figures<'_>) -> Vec<Judged> {
    let judged = GOALS.iter().filter_map(|goal| {
        let measured = (goal.figure)(figures)?;
        let (sign, limit, reached) = match goal.bound {
            AtLeast(limit) => ("≥", limit, measured >= limit),
            AtMost(limit) => ("≤", limit, measured <= limit),
        };
        let goal_text = format!("{sign} {} {}", shown(limit), goal.unit);
        Some(Judged { what: goal.what.to_owned(), goal: goal_text, measured, reached })
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_judged_by_rows_of_the_same_run_and_left_out_without_them() {
        let row = |name, rate| Row { rate: Some(rate), ..Row::named(name, "") };
        let judged = judge(&Figures(&[row("raw-64", 1000.0), row("orders-256", 590.0)]));
        assert_eq!(judged.len(), 1, "{judged:?}");
        assert!(!judged[0].reached);
        let judged = judge(&Figures(&[row("raw-64", 1000.0), row("orders-256", 600.0)]));
        assert!(judged[0].reached);
        assert_eq!(judged[0].goal, "≥ 0.600 times");
    }

    #[test]
    fn every_goal_names_rows_that_exist_or_facts_of_the_report() {
        let all: Vec<Row> = crate::bench::rows::all()
            .map(|kind| Row {
                rate: Some(1.0),
                p50_ms: Some(1.0),
                p99_ms: Some(1.0),
                cpu_us: Some(1.0),
                wal_bytes: Some(1.0),
                ..Row::named(kind.name, "")
            })
            .collect();
        let unknown: Vec<&str> = GOALS
            .iter()
            .filter(|goal| (goal.figure)(&Figures(&all)).is_none())
            .map(|goal| goal.what)
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
