use super::*;
use crate::orders::{ContactRef, HoldCode};
use crate::{ContactId, Metadata, NoteId, Version};

fn contact(version: u64) -> ContactRef {
    ContactRef { contact_id: ContactId::trusted("con_1".into()), version: Version(version) }
}

#[test]
fn terms_confirm_an_order_without_its_money() {
    let story = Story::placed().when(decide::confirm).then(&["OrderConfirmed"]).keeps(2, 1);
    assert_eq!(story.order.reservation_expires_at, None);
    is_transition(story.stands("confirmed · unpaid · unfulfilled").try_to(decide::confirm));
    is_transition(Story::placed().cancel().try_to(decide::confirm));
}

#[test]
fn an_order_is_completed_by_hand_once_all_has_shipped_and_is_paid() {
    let shipped = Story::paid().fulfill("1", &[]).ship("1");
    shipped.when(decide::complete).then(&["OrderCompleted"]).stands("completed · paid · shipped");
    is_transition(Story::paid().try_to(decide::complete));
    is_transition(Story::paid().fulfill("1", &[("mug", 2)]).ship("1").try_to(decide::complete));
    let unpaid = Story::placed().when(decide::confirm).fulfill("1", &[]).ship("1");
    is_transition(unpaid.try_to(decide::complete));
    is_transition(Story::authorized().fulfill("1", &[]).ship("1").try_to(decide::complete));
}

#[test]
fn a_hold_is_put_once_and_released_once() {
    let story = Story::placed()
        .when(|order, at| decide::hold(order, HoldCode::Manual, Some("call first".to_owned()), at))
        .then(&["OrderHeld"])
        .when(|order, at| decide::hold(order, HoldCode::Manual, None, at))
        .then(&[])
        .when(|order, at| decide::hold(order, HoldCode::AddressCheck, None, at))
        .when(|order, at| decide::release_hold(order, HoldCode::Manual, at))
        .then(&["OrderHoldReleased"]);
    assert_eq!(story.order.holds.len(), 1);
    let again = story.try_to(|order, at| decide::release_hold(order, HoldCode::Manual, at));
    assert_eq!(again, Err(Refusal::Unknown { what: "hold", id: "manual".to_owned() }));
    let long = story.try_to(|order, at| decide::hold(order, HoldCode::Manual, Some("x".repeat(256)), at));
    assert_eq!(pointer(long), "/reason");
    let over = Story::placed().cancel();
    is_transition(over.try_to(|order, at| decide::hold(order, HoldCode::Manual, None, at)));
}

#[test]
fn tags_metadata_and_person_are_changed() {
    let tags = Some(vec!["gift".to_owned()]);
    let metadata: Metadata = [("channel".to_owned(), "web".to_owned())].into();
    let story = Story::placed()
        .when(|o, at| decide::update(o, Some(contact(1)), tags.clone(), Some(metadata.clone()), at))
        .then(&["OrderUpdated"])
        // The same again is no change.
        .when(|o, at| decide::update(o, Some(contact(1)), tags.clone(), Some(metadata.clone()), at))
        .then(&[])
        .when(|o, at| decide::update(o, None, Some(Vec::new()), None, at))
        .then(&["OrderUpdated"]);
    assert_eq!((&story.order.tags, &story.order.metadata), (&Vec::new(), &metadata));
    assert_eq!(story.order.contact, Some(contact(1)));
}

#[test]
fn the_address_is_fixed_once_something_has_shipped() {
    let shipped = Story::paid()
        .when(|order, at| decide::update(order, Some(contact(1)), None, None, at))
        .fulfill("1", &[("mug", 1)])
        .ship("1");
    is_transition(shipped.try_to(|order, at| decide::update(order, Some(contact(2)), None, None, at)));
    shipped.when(|order, at| decide::update(order, Some(contact(1)), Some(vec!["x".to_owned()]), None, at));
}

#[test]
fn what_is_too_long_or_too_much_changes_nothing() {
    let story = Story::placed();
    let tagged =
        |tags: Vec<String>| story.try_to(|order, at| decide::update(order, None, Some(tags), None, at));
    assert_eq!(pointer(tagged(vec!["a".to_owned(), "x".repeat(81)])), "/tags/1");
    assert_eq!(pointer(tagged(vec!["a".to_owned(); 51])), "/tags");
    let metadata: Metadata = [("a/b".to_owned(), "x".repeat(501))].into();
    let found = story.try_to(|order, at| decide::update(order, None, None, Some(metadata), at));
    assert_eq!(pointer(found), "/metadata/a~1b");
}

#[test]
fn a_note_leaves_its_text_outside_the_log() {
    let note_id = NoteId::trusted("note_1".into());
    let story =
        Story::placed().when(|order, at| Ok(decide::note(order, note_id.clone(), at))).then(&["NoteAdded"]);
    assert_eq!(story.order.notes[0].note_id, note_id);
    assert_eq!(story.order.updated_at, story.now);
}
