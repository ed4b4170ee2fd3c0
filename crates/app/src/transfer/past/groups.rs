//! Rows by order: those that share a reference, in the order in which the references first appear.

use std::collections::VecDeque;

use crate::error::Problem;
use crate::transfer::header::{Row, Wrong};
use crate::transfer::mapping::Field;
use crate::transfer::table::Table;

/// Orders whose rows may lie between each other.
const OPEN_MAX: usize = 32;

/// The rows of one order.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// What they share.
    pub(super) reference: String,
    /// The rows in the order of the file; at least one.
    pub(super) rows: Vec<Row>,
    /// What is wrong with the shape of rows.
    pub(super) wrong: Vec<(u64, Wrong)>,
    /// How often the door refused what was made of it.
    pub(super) tries: u32,
}

impl Group {
    /// The number of its first row.
    pub(super) fn first_row(&self) -> u64 {
        self.rows.first().map_or(0, |row| row.row)
    }
}

/// The orders of a file. At most [`OPEN_MAX`] of them are held at a time, whatever the length of the file.
pub(super) struct Groups {
    pub(super) table: Table,
    open: VecDeque<Group>,
    /// Rows of one group, at most; a group that has one more says so.
    lines_max: usize,
    is_over: bool,
}

impl Groups {
    pub(super) const fn of(table: Table, lines_max: usize) -> Self {
        Self { table, open: VecDeque::new(), lines_max, is_over: false }
    }

    /// The next order, by its first row.
    pub(super) fn next(&mut self) -> Result<Option<Group>, Problem> {
        while !self.is_over && self.open.len() <= OPEN_MAX {
            let Some((row, wrong)) = self.table.next()? else {
                self.is_over = true;
                break;
            };
            if row.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            self.take(row, wrong);
        }
        Ok(self.open.pop_front())
    }

    fn take(&mut self, row: Row, wrong: Option<Wrong>) {
        let reference = self.table.header.cell(&row, Field::Reference).to_owned();
        // Most rows follow one of their own.
        let known = self.open.iter().rposition(|group| group.reference == reference && !reference.is_empty());
        let place = known.unwrap_or_else(|| {
            self.open.push_back(Group { reference, ..Group::default() });
            self.open.len().saturating_sub(1)
        });
        let Some(group) = self.open.get_mut(place) else { return };
        if let Some(wrong) = wrong {
            group.wrong.push((row.row, wrong));
        } else if group.rows.len() == self.lines_max {
            let message = format!("the order has more than {} lines (limits.import_lines)", self.lines_max);
            group.wrong.push((row.row, ("too_many_lines", message)));
        }
        group.rows.push(row);
    }
}
