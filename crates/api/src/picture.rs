//! Pictures of figures as SVG of our own: bars, whose lengths are whole units, and texts that are escaped. Colors are classes,
//! light or dark as whoever looks has it.

use std::fmt::Write;

use crate::rest::escaped;

/// What a picture shows of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Its name.
    pub(crate) label: String,
    /// Its length is as this to the longest; below 0 it has none.
    pub(crate) value: i64,
    /// The value, as people read it.
    pub(crate) shown: String,
}

/// The most bars that lie below each other; the rest is counted.
pub(crate) const LYING_MAX: usize = 40;

/// The width of every picture, in its own units.
const WIDTH: i64 = 720;
/// The room of a bar that lies, its name and its value.
const ROW: i64 = 26;
const NAMES: i64 = 220;
const VALUES: i64 = 110;
/// The height of bars that stand.
const STANDING: i64 = 200;
/// The longest name that is written out, in characters.
const NAME_CHARS_MAX: usize = 30;

/// The colors of a picture that stands alone; within a page they are the page's.
const STYLE: &str = "<style>.report-bars{font:12px system-ui,sans-serif}.report-bars .bar{fill:#2f6f4f}\
    .report-bars text{fill:#1c1f1d}.report-bars .quiet{fill:#5d6660}\
    @media (prefers-color-scheme:dark){.report-bars .bar{fill:#6fbf97}.report-bars text{fill:#eceeed}\
    .report-bars .quiet{fill:#9aa39d}}</style>";

/// Bars below each other, with their names and values.
pub(crate) fn lying(title: &str, bars: &[Bar], alone: bool) -> String {
    let shown = bars.get(..bars.len().min(LYING_MAX)).unwrap_or_default();
    let more = bars.len().saturating_sub(shown.len());
    let rows = i64::try_from(shown.len().max(1)).unwrap_or(i64::MAX).saturating_add(i64::from(more > 0));
    let mut svg = head(title, rows.saturating_mul(ROW).saturating_add(8), alone);
    let most = most(shown);
    let mut y = 4_i64;
    for bar in shown {
        let length = share(bar.value, most, WIDTH - NAMES - VALUES).max(1);
        let text_y = y.saturating_add(17);
        _ = write!(
            svg,
            "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{}</text>\
             <rect class=\"bar\" x=\"{NAMES}\" y=\"{}\" width=\"{length}\" height=\"18\" rx=\"2\">\
             <title>{}: {}</title></rect><text class=\"quiet\" x=\"{}\" y=\"{text_y}\">{}</text>",
            NAMES - 8,
            clean(&shortened(&bar.label)),
            y.saturating_add(4),
            clean(&bar.label),
            clean(&bar.shown),
            length.saturating_add(NAMES + 8),
            clean(&bar.shown),
        );
        y = y.saturating_add(ROW);
    }
    let note = match (shown.is_empty(), more) {
        (true, _) => "nothing to show".to_owned(),
        (false, 0) => String::new(),
        (false, more) => format!("and {more} more"),
    };
    if !note.is_empty() {
        _ = write!(svg, "<text class=\"quiet\" x=\"{NAMES}\" y=\"{}\">{note}</text>", y.saturating_add(17));
    }
    svg + "</svg>"
}

/// Bars beside each other, as time passes.
pub(crate) fn standing(title: &str, bars: &[Bar], alone: bool) -> String {
    let mut svg = head(title, STANDING + 24, alone);
    let (most, count) = (most(bars), i64::try_from(bars.len().max(1)).unwrap_or(i64::MAX));
    for (at, bar) in (0_i64..).zip(bars) {
        let begin = share(at, count, WIDTH);
        let end = share(at.saturating_add(1), count, WIDTH);
        let gap = i64::from(end.saturating_sub(begin) > 2);
        let width = end.saturating_sub(begin).saturating_sub(gap).max(1);
        let height = share(bar.value, most, STANDING).max(1);
        _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{begin}\" y=\"{}\" width=\"{width}\" height=\"{height}\">\
             <title>{}: {}</title></rect>",
            STANDING.saturating_sub(height),
            clean(&bar.label),
            clean(&bar.shown),
        );
    }
    if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
        let (y, first, last) = (STANDING + 18, clean(&first.label), clean(&last.label));
        _ = write!(
            svg,
            "<text class=\"quiet\" x=\"0\" y=\"{y}\">{first}</text>\
             <text class=\"quiet\" x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{last}</text>"
        );
    }
    svg + "</svg>"
}

fn head(title: &str, height: i64, alone: bool) -> String {
    let title = clean(title);
    let style = if alone { STYLE } else { "" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"report-bars\" role=\"img\" aria-label=\"{title}\" \
         viewBox=\"0 0 {WIDTH} {height}\"><title>{title}</title>{style}"
    )
}

fn most(bars: &[Bar]) -> i64 {
    bars.iter().map(|bar| bar.value).max().unwrap_or_default().max(1)
}

/// As much of `whole` as `part` is of `most`, rounded down.
fn share(part: i64, most: i64, whole: i64) -> i64 {
    let exact = i128::from(part.max(0)).saturating_mul(i128::from(whole)) / i128::from(most.max(1));
    i64::try_from(exact).unwrap_or(whole).min(whole)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= NAME_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(NAME_CHARS_MAX.saturating_sub(1)).chain(['…']).collect()
}

/// A text within XML, which has no word for control characters.
fn clean(text: &str) -> String {
    escaped(
        &text
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
            .collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: i64) -> Bar {
        Bar { label: label.to_owned(), value, shown: value.to_string() }
    }

    #[test]
    fn lengths_are_as_the_values_and_texts_stay_texts() {
        let svg = lying("<Sales>", &[bar("Mug & \"co\"\u{1}", 200), bar("Tee", 100), bar("Back", -5)], false);
        assert!(svg.contains("aria-label=\"&lt;Sales&gt;\""), "{svg}");
        assert!(svg.contains("Mug &amp; &quot;co&quot;: 200") && !svg.contains('\u{1}'), "{svg}");
        for width in ["width=\"390\"", "width=\"195\"", "width=\"1\""] {
            assert!(svg.contains(width), "{width}: {svg}");
        }
        assert!(!svg.contains("<style>") && lying("", &[], true).contains("prefers-color-scheme:dark"));
        assert!(lying("", &[], true).contains("nothing to show"));
        let many: Vec<Bar> = (0..45).map(|n| bar("x", n)).collect();
        assert!(lying("", &many, false).contains("and 5 more"));
        assert_eq!(lying("", &many, false).matches("<rect").count(), LYING_MAX);
    }

    #[test]
    fn days_stand_beside_each_other_and_none_overlaps() {
        for days in [1_i64, 7, 31, 366] {
            let bars: Vec<Bar> = (0..days).map(|day| bar(&day.to_string(), i64::MAX - day)).collect();
            let svg = standing("days", &bars, true);
            assert_eq!(i64::try_from(svg.matches("<rect").count()).unwrap(), days);
            assert!(svg.contains("x=\"0\" y=\"0\""), "the longest is as high as the picture");
        }
    }
}
