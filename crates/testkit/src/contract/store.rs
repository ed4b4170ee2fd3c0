//! What the door means.

mod keys;
mod log;
mod names;
mod stock;
mod versions;

use super::Case;

/// Every case of the store.
pub const CASES: &[Case] = &[
    ("versions count events", |rig| Box::pin(versions::versions_count_events(rig))),
    ("a version that moved is named", |rig| Box::pin(versions::a_version_that_moved_is_named(rig))),
    ("records count writes", |rig| Box::pin(versions::records_count_writes(rig))),
    ("a stream may change twice in a commit", |rig| Box::pin(versions::a_stream_may_change_twice(rig))),
    ("what was read must not have moved", |rig| Box::pin(versions::what_was_read_must_not_have_moved(rig))),
    ("all or nothing", |rig| Box::pin(versions::all_or_nothing(rig))),
    ("of two at once one moves a stream", |rig| Box::pin(versions::of_two_at_once_one_moves(rig))),
    ("a repeat is told the same", |rig| Box::pin(keys::a_repeat_is_told_the_same(rig))),
    ("a key belongs to one request", |rig| Box::pin(keys::a_key_belongs_to_one_request(rig))),
    ("a refused commit leaves no key", |rig| Box::pin(keys::a_refused_commit_leaves_no_key(rig))),
    ("keys end by the store's clock", |rig| Box::pin(keys::keys_end_by_the_stores_clock(rig))),
    ("swept keys are those that ended", |rig| Box::pin(keys::swept_keys_are_those_that_ended(rig))),
    ("an answer may name what was only read", |rig| {
        Box::pin(keys::an_answer_may_name_what_was_only_read(rig))
    }),
    ("two at once are one request", |rig| Box::pin(keys::two_at_once_are_one_request(rig))),
    ("a name has one holder", |rig| Box::pin(names::a_name_has_one_holder(rig))),
    ("names given up are free at once", |rig| Box::pin(names::names_given_up_are_free_at_once(rig))),
    ("two streams swap names", |rig| Box::pin(names::two_streams_swap_names(rig))),
    ("of two at once one takes a name", |rig| Box::pin(names::of_two_at_once_one_takes_a_name(rig))),
    ("promises need stock", |rig| Box::pin(stock::promises_need_stock(rig))),
    ("moves of one key are summed", |rig| Box::pin(stock::moves_of_one_key_are_summed(rig))),
    ("every shortage is told", |rig| Box::pin(stock::every_shortage_is_told(rig))),
    ("a count is compare and set", |rig| Box::pin(stock::a_count_is_compare_and_set(rig))),
    ("safety stock is not promised", |rig| Box::pin(stock::safety_stock_is_not_promised(rig))),
    ("unguarded promises may exceed", |rig| Box::pin(stock::unguarded_promises_may_exceed(rig))),
    ("counters stay in range", |rig| Box::pin(stock::counters_stay_in_range(rig))),
    ("the journal tells every move", |rig| Box::pin(stock::the_journal_tells_every_move(rig))),
    ("a hot key sells exactly its stock", |rig| Box::pin(stock::a_hot_key_sells_exactly_its_stock(rig))),
    ("positions have no gaps", |rig| Box::pin(log::positions_have_no_gaps(rig))),
    ("the chain holds", |rig| Box::pin(log::the_chain_holds(rig))),
    ("recorded times never decrease", |rig| Box::pin(log::recorded_times_never_decrease(rig))),
    ("numbers have no gaps", |rig| Box::pin(log::numbers_have_no_gaps(rig))),
    ("the envelope says who and why", |rig| Box::pin(log::the_envelope_says_who_and_why(rig))),
];
