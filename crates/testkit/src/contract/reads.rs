//! What reads mean: views with what the door stamped on them, and pages that are stable under inserts.

mod categories;
mod collections;
mod customers;
mod lists;
mod orders;
mod people;
mod products;
mod stock;

use super::Case;

/// Every case of the reads.
pub const CASES: &[Case] = &[
    ("orders asked for at once are each told of their own", |rig| {
        Box::pin(orders::orders_asked_for_at_once_are_each_told_of_their_own(rig))
    }),
    ("an order has many names", |rig| Box::pin(orders::an_order_has_many_names(rig))),
    ("an order is read as it was written", |rig| Box::pin(orders::an_order_is_read_as_written(rig))),
    ("parts are found once they exist", |rig| Box::pin(orders::parts_are_found_once_they_exist(rig))),
    ("unpaid orders come due", |rig| Box::pin(orders::unpaid_orders_come_due(rig))),
    ("every filter of orders filters", |rig| Box::pin(lists::every_filter_filters(rig))),
    ("filters hold together", |rig| Box::pin(lists::filters_hold_together(rig))),
    ("orders are listed by having parts", |rig| Box::pin(lists::orders_are_listed_by_having_parts(rig))),
    ("orders are listed by how their returns stand", |rig| {
        Box::pin(lists::orders_are_listed_by_how_their_returns_stand(rig))
    }),
    ("lists are sorted, ties by id", |rig| Box::pin(lists::lists_are_sorted(rig))),
    ("pages meet without overlap", |rig| Box::pin(lists::pages_meet_without_overlap(rig))),
    ("pages are stable under inserts", |rig| Box::pin(lists::pages_are_stable_under_inserts(rig))),
    ("a cursor of another list is refused", |rig| Box::pin(lists::a_foreign_cursor_is_refused(rig))),
    ("products have many names", |rig| Box::pin(products::products_have_many_names(rig))),
    ("products follow their changes", |rig| Box::pin(products::products_follow_their_changes(rig))),
    ("products are listed by title", |rig| Box::pin(products::products_are_listed(rig))),
    ("categories are a tree by position", |rig| Box::pin(categories::categories_are_a_tree_by_position(rig))),
    ("a collection has two names", |rig| Box::pin(collections::a_collection_has_two_names(rig))),
    ("collections are listed by title and time", |rig| {
        Box::pin(collections::collections_are_listed_by_title_and_time(rig))
    }),
    ("levels know their variant", |rig| Box::pin(stock::levels_know_their_variant(rig))),
    ("low levels are listed", |rig| Box::pin(stock::low_levels_are_listed(rig))),
    ("the journal is filtered", |rig| Box::pin(stock::the_journal_is_filtered(rig))),
    ("locations come by name", |rig| Box::pin(stock::locations_come_by_name(rig))),
    ("reservations come due", |rig| Box::pin(stock::reservations_come_due(rig))),
    ("contacts keep their versions", |rig| Box::pin(people::contacts_keep_their_versions(rig))),
    ("every version of contacts is read", |rig| Box::pin(people::every_version_of_contacts_is_read(rig))),
    ("customers are listed, newest first", |rig| Box::pin(customers::customers_are_listed_newest_first(rig))),
    ("a lifetime is counted from the orders", |rig| {
        Box::pin(customers::a_lifetime_is_counted_from_the_orders(rig))
    }),
    ("what was sold is counted by span", |rig| Box::pin(customers::what_was_sold_is_counted_by_span(rig))),
    ("what needs attention is counted", |rig| Box::pin(customers::what_needs_attention_is_counted(rig))),
    ("notes are read together", |rig| Box::pin(people::notes_are_read_together(rig))),
    ("keys are found by hash", |rig| Box::pin(people::keys_are_found_by_hash(rig))),
];
