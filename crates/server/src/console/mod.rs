//! How commands speak: answers on stdout, talk on stderr, tables as wide as the terminal, errors with the next step.

mod color;
mod failure;
mod output;
mod progress;
mod table;
mod words;

pub(crate) use color::{Color, Paint};
pub(crate) use failure::{Exit, Failure};
pub(crate) use output::{Format, Output};
pub(crate) use progress::Progress;
pub(crate) use table::{Column, Table};
pub(crate) use words::{amount_minor, clock_time, day_time, field, int, money, plural, text};
