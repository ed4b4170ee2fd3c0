//! What the shop sold, and what it enters into the books.

use sutler_types::ledger::BookEntry;
use sutler_types::report::Report;
use sutler_types::stats::Overview;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{day, form, limit, text, word};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        of("get_overview")
            .query([form(
                "range",
                "How far back: a number with `m`, `h` or `d`, at most 31 days.",
                "^[0-9]{1,3}[mhd]$",
            )])
            .gives::<Overview>(200, "What was sold, beside the same time before it."),
        of("get_report")
            .about("Whole days in UTC, at most 366 of them, and at most 10,000 rows.")
            .query([
                day("from", "The first day; with `until` absent too, the last 30 days are told."),
                day("until", "The last day; today when absent."),
                word("format", "How it is told; `json` when absent.", &["json", "csv", "svg"]),
            ])
            .gives::<Report>(200, "The report, as `format` asks.")
            .gives_as(200, "", "text/csv; charset=utf-8")
            .gives_as(200, "", "image/svg+xml"),
        of("list_journal")
            .about("Oldest first. At the end, `page.next` is given too, to ask again later.")
            .query([text("after", "Behind this cursor."), limit()])
            .gives_page::<BookEntry>(),
    ]
}
