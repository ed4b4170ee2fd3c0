//! What the sentences of `features/` do. They speak to a door, and know none.
#![expect(clippy::unused_async, reason = "steps are of one form, whether they wait or not")]

mod act;
mod back;
mod catalog;
mod literal;
mod order;
mod pay;
mod place;
mod stock;
mod together;
mod work;
