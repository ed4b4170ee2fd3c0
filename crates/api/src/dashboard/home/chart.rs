//! Charts as SVG. What they show is said in words beside them, and stands in a table behind them.

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::figures::MINUTES;
use crate::dashboard::words::Html;

/// The height of a chart's drawing, in its own units.
const HEIGHT: u64 = 96;
/// The room of one bar.
const STEP: u64 = 10;

/// Orders minute by minute.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) svg: Html,
    pub(super) summary: String,
    pub(super) from: String,
    pub(super) middle: String,
    pub(super) until: String,
    pub(super) peak: u64,
    /// Minute and count, where there was something.
    pub(super) table: Vec<(String, u64)>,
}

impl Chart {
    pub(super) fn of(minutes: &[u64], now: Timestamp) -> Self {
        let peak = minutes.iter().copied().max().unwrap_or_default();
        let sum: u64 = minutes.iter().sum();
        let at = |back: usize| {
            let back = SignedDuration::from_mins(i64::try_from(back).unwrap_or_default());
            let at = now.checked_sub(back).unwrap_or(now);
            at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
        };
        let back = |index: usize| MINUTES.saturating_sub(1).saturating_sub(index);
        let table = minutes.iter().enumerate().rev().filter(|(_, n)| **n > 0);
        Self {
            svg: bars(minutes, peak, &at),
            summary: match sum {
                0 => "No orders in the last 60 minutes.".to_owned(),
                _ => format!("{sum} orders in the last 60 minutes, at most {peak} a minute."),
            },
            from: at(MINUTES.saturating_sub(1)),
            middle: at(MINUTES / 2),
            until: at(0),
            peak,
            table: table.map(|(index, n)| (at(back(index)), *n)).collect(),
        }
    }
}

fn bars(minutes: &[u64], peak: u64, at: &dyn Fn(usize) -> String) -> Html {
    let width = STEP.saturating_mul(u64::try_from(MINUTES).unwrap_or_default());
    let mut svg = format!(
        "<svg class=\"bars\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    for (index, count) in minutes.iter().enumerate() {
        let height = count.saturating_mul(HEIGHT).checked_div(peak).unwrap_or_default();
        // A minute without orders keeps a hairline, so that the hour is seen to go on.
        let height = if *count == 0 { 1 } else { height.max(4) };
        let x = STEP.saturating_mul(u64::try_from(index).unwrap_or_default()).saturating_add(1);
        let (y, tone) = (HEIGHT.saturating_sub(height), if *count == 0 { " class=\"none\"" } else { "" });
        let minute = at(MINUTES.saturating_sub(1).saturating_sub(index));
        _ = write!(
            svg,
            "<rect{tone} x=\"{x}\" y=\"{y}\" width=\"8\" height=\"{height}\" rx=\"1.500\">\
             <title>{minute}: {count}</title></rect>"
        );
    }
    svg.push_str("</svg>");
    Html(svg)
}

/// A small chart beside a figure.
pub(super) fn spark(parts: &[u64]) -> Html {
    let peak = parts.iter().copied().max().unwrap_or_default();
    if peak == 0 {
        return Html::default();
    }
    let points: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let y = 22_u64.saturating_sub(value.saturating_mul(20).checked_div(peak).unwrap_or_default());
            format!("{},{y}", index.saturating_mul(10))
        })
        .collect();
    let width = parts.len().saturating_sub(1).saturating_mul(10);
    Html(format!(
        "<svg class=\"spark\" viewBox=\"-2 0 {} 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <polyline points=\"{}\"/></svg>",
        width.saturating_add(4),
        points.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_in_words_what_it_shows() {
        let now = "2026-11-22T13:07:00Z".parse().unwrap();
        let mut minutes = vec![0; MINUTES];
        minutes[MINUTES - 1] = 3;
        minutes[0] = 1;
        let chart = Chart::of(&minutes, now);
        assert_eq!(chart.summary, "4 orders in the last 60 minutes, at most 3 a minute.");
        assert_eq!(chart.table, [("13:07".to_owned(), 3), ("12:08".to_owned(), 1)]);
        assert_eq!(chart.svg.0.matches("<rect").count(), MINUTES);
        assert_eq!(Chart::of(&[0; MINUTES], now).summary, "No orders in the last 60 minutes.");
    }
}
