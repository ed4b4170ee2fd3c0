//! Tables that fit the terminal: the widest column that may give way is cut, with an ellipsis, and only for people.

use serde_json::Value;

/// One column.
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    cell: Box<dyn Fn(&Value) -> String>,
}

impl Column {
    /// A column of text.
    pub(crate) fn new(title: &'static str, cell: impl Fn(&Value) -> String + 'static) -> Self {
        Self { title, right: false, cell: Box::new(cell) }
    }

    /// A column of the text at a JSON pointer.
    pub(crate) fn at(title: &'static str, pointer: &'static str) -> Self {
        Self::new(title, move |row| super::text(row, pointer))
    }

    /// With its cells at the right edge, as numbers are read.
    #[must_use]
    pub(crate) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) fn cell(&self, row: &Value) -> String {
        (self.cell)(row)
    }
}

/// Rows under columns.
pub(crate) struct Table<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) rows: &'a [Value],
}

impl Table<'_> {
    /// As lines. With a `width`, no line is wider than that many characters where cutting helps.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let mut grid: Vec<Vec<String>> = vec![self.columns.iter().map(|c| c.title.to_uppercase()).collect()];
        let cells = |row| self.columns.iter().map(|column| one_line(&column.cell(row))).collect();
        grid.extend(self.rows.iter().map(cells));
        let widths = self.widths(&grid, width);
        grid.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn widths(&self, grid: &[Vec<String>], limit: Option<usize>) -> Vec<usize> {
        let mut widths = vec![0_usize; self.columns.len()];
        for row in grid {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let gaps = 2 * widths.len().saturating_sub(1);
        let Some(room) = limit.map(|limit| limit.saturating_sub(gaps)) else { return widths };
        loop {
            let total: usize = widths.iter().sum();
            let Some(widest) = widths.iter_mut().max() else { break };
            // Below this a cut cell says nothing; a line too wide says more.
            if total <= room || *widest <= 12 {
                break;
            }
            *widest -= 1;
        }
        widths
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let padded = row.iter().zip(widths).zip(self.columns).map(|((cell, &width), column)| {
            let cell = cut(cell, width);
            if column.right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// A cell is one line, and carries no control character to the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_line_up_and_numbers_stand_right() {
        let columns = [Column::at("sku", "/sku"), Column::at("on hand", "/n").right()];
        let rows = [json!({"sku": "MUG-BLUE", "n": 5}), json!({"sku": "TEE", "n": 120})];
        let lines = Table { columns: &columns, rows: &rows }.lines(None);
        assert_eq!(lines, ["SKU       ON HAND", "MUG-BLUE        5", "TEE           120"]);
    }

    #[test]
    fn the_widest_column_gives_way() {
        let columns = [Column::at("id", "/id"), Column::at("title", "/title")];
        let rows = [json!({"id": "P1", "title": "A title that is far too long\nfor the line"})];
        let table = Table { columns: &columns, rows: &rows };
        let lines = table.lines(Some(24));
        assert!(lines.iter().all(|line| line.chars().count() <= 24), "{lines:?}");
        assert!(lines[1].ends_with('…') && !lines[1].contains('\n'));
        assert!(table.lines(None)[1].ends_with("for the line"));
    }
}
