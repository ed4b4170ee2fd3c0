//! What became of files, in all.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sutler_client::types::import::{ImportTally, OrderImportReport, RowImportReport};

use super::Import;
use crate::connect::Context;
use crate::console::{Failure, plural};

/// What became of a file, or of several.
pub(super) enum Report {
    Orders(OrderImportReport),
    Rows(RowImportReport),
}

impl Report {
    /// The sum with files before. All of them are read by one mapping, so they are of one kind.
    pub(super) fn after(self, total: Option<Self>) -> Self {
        match (total, self) {
            (Some(Self::Orders(mut total)), Self::Orders(one)) => {
                add_orders(&mut total, &one);
                Self::Orders(total)
            }
            (Some(Self::Rows(mut total)), Self::Rows(one)) => {
                add_rows(&mut total, one);
                Self::Rows(total)
            }
            (_, one) => one,
        }
    }

    /// Whether every row was taken.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Orders(report) => report.skipped.is_empty(),
            Self::Rows(report) => report.skipped.is_empty(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Orders(report) => json!(report),
            Self::Rows(report) => json!(report),
        }
    }

    pub(super) fn tell(&self, args: &Import, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Orders(report) => tell_orders(args, report, context)?,
            Self::Rows(report) => tell_rows(args, report, context)?,
        }
        if args.dry_run {
            context.output.hint("  nothing was changed; import it without --dry-run");
        }
        Ok(())
    }
}

fn add_rows(total: &mut RowImportReport, one: RowImportReport) {
    total.rows += one.rows;
    total.created += one.created;
    total.updated += one.updated;
    total.unchanged += one.unchanged;
    total.empty += one.empty;
    total.warnings += one.warnings;
    total.sha256 = one.sha256;
    for (code, rows) in one.skipped {
        *total.skipped.entry(code).or_default() += rows;
    }
}

fn add_orders(total: &mut OrderImportReport, one: &OrderImportReport) {
    total.rows += one.rows;
    total.orders += one.orders;
    total.orders_new += one.orders_new;
    total.refunds_new += one.refunds_new;
    total.warnings += one.warnings;
    total.sha256.clone_from(&one.sha256);
    total.resumed_after = one.resumed_after;
    merge(&mut total.taken, &one.taken);
    merge(&mut total.canceled, &one.canceled);
    merge(&mut total.written_off, &one.written_off);
    for (code, tally) in &one.skipped {
        merge(total.skipped.entry(code.clone()).or_default(), tally);
    }
}

fn merge(sum: &mut ImportTally, one: &ImportTally) {
    sum.rows += one.rows;
    sum.quantity += one.quantity;
    for (currency, amount) in &one.amount {
        *sum.amount.entry(currency.clone()).or_default() += amount;
    }
}

fn tell_orders(args: &Import, total: &OrderImportReport, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let would = if args.dry_run { "would import" } else { "imported" };
    let orders = usize::try_from(total.orders).unwrap_or(usize::MAX);
    out.line(format!(
        "  {would} {} ({} new) from {} rows",
        plural(orders, "order"),
        total.orders_new,
        total.rows
    ))?;
    let mut lines = vec![
        ("lines of orders".to_owned(), &total.taken),
        ("lines canceled".to_owned(), &total.canceled),
        ("lines written off".to_owned(), &total.written_off),
    ];
    lines.extend(total.skipped.iter().map(|(code, tally)| (format!("not taken: {code}"), tally)));
    for (what, tally) in lines.into_iter().filter(|(_, tally)| tally.rows > 0) {
        let amounts = amounts(&tally.amount);
        out.line(format!("  {what:<34} {:>9} rows {:>11} units  {amounts}", tally.rows, tally.quantity))?;
    }
    if total.warnings > 0 {
        out.line(format!("  {} rows say something else than the first row of their order", total.warnings))?;
    }
    Ok(())
}

fn tell_rows(args: &Import, total: &RowImportReport, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let would = if args.dry_run { "would import" } else { "imported" };
    let taken = total.created + total.updated + total.unchanged;
    out.line(format!(
        "  {would} {taken} rows of {} ({} new, {} changed, {} as before) from {} rows",
        total.of, total.created, total.updated, total.unchanged, total.rows
    ))?;
    if total.empty > 0 {
        out.line(format!("  {:<34} {:>9} rows", "nothing said", total.empty))?;
    }
    for (code, rows) in &total.skipped {
        out.line(format!("  {:<34} {rows:>9} rows", format!("not taken: {code}")))?;
    }
    Ok(())
}

fn amounts(amounts: &BTreeMap<String, i64>) -> String {
    let shown = |(code, amount): (&String, &i64)| {
        let currency = sutler_domain::Currency::parse(code).ok()?;
        let money = sutler_domain::Money { amount: *amount, currency };
        Some(format!("{} {code}", money.to_decimal()))
    };
    amounts.iter().filter_map(shown).collect::<Vec<_>>().join(", ")
}
