//! Make, change and take away collections: one event with the whole of it, its view and its name, in one commit.

use serde::Serialize;
use sutler_domain::catalog::{Collection, CollectionDraft, CollectionEvent, Members, Rule};
use sutler_domain::fault::Faults;
use sutler_domain::{CollectionId, ProductId, Version};

use super::{CollectionName, CollectionPatch, CollectionView, Collections, NewCollection};
use crate::caller::{Answered, Caller};
use crate::catalog::{check_picture, html, merge};
use crate::commit::{Change, ClaimKind, Commit, Expect, IdempotencyKey, Refused, View, ViewChange};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::ports::Stored;
use crate::retry::{Failure, must_match, or_as_before, retry_moved};
use crate::search::check_rule;
use crate::stream::StreamId;

impl Collections {
    /// Make a collection. A handle made of the title gives way by itself where another has it.
    ///
    /// Problems: `validation_failed`, `product_unknown`, `handle_exists`.
    pub async fn create(
        &self,
        caller: &Caller,
        input: &NewCollection,
    ) -> Result<Answered<CollectionView>, Problem> {
        caller.may("catalog:write")?;
        let key = caller.key_for("collections.create", input);
        let done = retry_moved(caller, async |_| self.try_create(caller, input, key.clone()).await).await;
        self.or_as_before(key, done).await
    }

    async fn try_create(
        &self,
        caller: &Caller,
        input: &NewCollection,
        key: Option<IdempotencyKey>,
    ) -> Result<Answered<CollectionView>, Failure> {
        let id = CollectionId::new(self.room.ports.ids.uuid());
        let mut made = self.made(input, id)?;
        let nobody = Members::ByHand { product_ids: Vec::new() };
        self.must_exist(input.product_ids.as_deref().unwrap_or_default(), &nobody).await?;
        let commit_of = |made: &Collection| {
            let event = CollectionEvent::CollectionCreated(Box::new(made.clone()));
            self.commit(caller, Version(0), &event).key(key.clone())
        };
        let done = match self.room.ports.store.commit(commit_of(&made)).await {
            Err(Refused::Taken { claim, .. }) if input.handle.is_none() => {
                made.handle = format!("{}-{}", claim.value, made.collection_id);
                self.room.ports.store.commit(commit_of(&made)).await
            }
            done => done,
        };
        self.answered(made, Version(0), &done?).await
    }

    fn made(&self, input: &NewCollection, id: CollectionId) -> Result<Collection, Problem> {
        let mut faults = Faults::default();
        let is_by_hand = input.rule.is_none();
        faults.require(is_by_hand || input.product_ids.is_none(), "/product_ids", || {
            "a collection has either a rule or products picked by hand, not both".into()
        });
        faults.require(!is_by_hand || input.sort.is_none(), "/sort", || BY_HAND_SORT.into());
        let members = match input.rule.clone() {
            Some(rule) => Members::ByRule { rule, sort: input.sort.unwrap_or_default() },
            None => Members::ByHand { product_ids: input.product_ids.clone().unwrap_or_default() },
        };
        let draft = CollectionDraft {
            handle: input.handle.clone(),
            title: input.title.clone(),
            description_html: html(&input.description_html, &mut faults),
            image: input.image.clone(),
            seo: input.seo.clone(),
            status: input.status,
            publish_at: input.publish_at,
            unpublish_at: input.unpublish_at,
            members,
            metadata: input.metadata.clone(),
        };
        self.composed(draft, id, None, faults)
    }

    /// Change some members of a collection. By hand stays by hand, and by rule stays by rule.
    ///
    /// Problems: `not_found`, `validation_failed`, `handle_exists`, `version_mismatch`.
    pub async fn update(
        &self,
        caller: &Caller,
        name: &CollectionName,
        patch: &CollectionPatch,
    ) -> Result<Answered<CollectionView>, Problem> {
        let asked = (name.to_string(), patch);
        self.change(caller, name, &[], ("collections.update", &asked), |before| {
            let mut faults = Faults::default();
            let draft = patched(patch, before, &mut faults);
            self.composed(draft, before.collection_id.clone(), Some(before), faults)
        })
        .await
    }

    /// Take a collection away; its products stay, and its handle is free again.
    pub async fn delete(&self, caller: &Caller, name: &CollectionName) -> Result<(), Problem> {
        caller.may("catalog:write")?;
        retry_moved(caller, async |_| self.try_delete(caller, name).await).await
    }

    async fn try_delete(&self, caller: &Caller, name: &CollectionName) -> Result<(), Failure> {
        let stored = self.find(name).await?;
        must_match(caller, stored.version)?;
        let event = CollectionEvent::CollectionDeleted(Box::new(stored.value));
        self.room.ports.store.commit(self.commit(caller, stored.version, &event)).await?;
        Ok(())
    }

    /// Read, decide, commit. Products that the request names and that are new to the collection must exist. A decision that
    /// changes nothing writes nothing.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        name: &CollectionName,
        named: &[ProductId],
        (use_case, input): (&str, &impl Serialize),
        decide: impl Fn(&Collection) -> Result<Collection, Problem>,
    ) -> Result<Answered<CollectionView>, Problem> {
        caller.may("catalog:write")?;
        let key = caller.key_for(use_case, input);
        let attempt = async |_| self.attempt(caller, key.clone(), name, named, &decide).await;
        let done = retry_moved(caller, attempt).await;
        self.or_as_before(key, done).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        name: &CollectionName,
        named: &[ProductId],
        decide: &impl Fn(&Collection) -> Result<Collection, Problem>,
    ) -> Result<Answered<CollectionView>, Failure> {
        let Stored { value: before, version, .. } = self.find(name).await?;
        must_match(caller, version)?;
        let after = decide(&before)?;
        self.must_exist(named, &before.members).await?;
        let (commit, shown) = if after.is_like(&before) {
            let stream = StreamId::from(&before.collection_id);
            let seen = Commit::by(caller).requires([(stream.clone(), version)]);
            (seen.answers(stream, None, false), before)
        } else {
            let event = CollectionEvent::CollectionUpdated(Box::new(after.clone()));
            (renamed(self.commit(caller, version, &event), &before, &after), after)
        };
        let receipt = self.room.ports.store.commit(commit.key(key)).await?;
        self.answered(shown, version, &receipt).await
    }

    /// The commit of an event: it makes, changes or takes away what it carries.
    fn commit(&self, caller: &Caller, version: Version, event: &CollectionEvent) -> Commit {
        let one = event.collection();
        let stream = StreamId::from(&one.collection_id);
        let commit = Commit::by(caller).answers(stream.clone(), None, false);
        let events = vec![NewEvent::of(event, self.room.now())];
        let view = View::Collection(Box::new(one.clone()));
        match event {
            CollectionEvent::CollectionCreated(_) => commit
                .take(ClaimKind::CollectionHandle, one.handle.as_str(), &stream)
                .change(Change::stream(stream, version, events, view)),
            CollectionEvent::CollectionUpdated(_) => {
                commit.change(Change::stream(stream, version, events, view))
            }
            CollectionEvent::CollectionDeleted(_) => {
                let (expect, view) = (Expect::Exactly(version), ViewChange::Delete);
                commit.give(ClaimKind::CollectionHandle, one.handle.as_str(), &stream).change(Change {
                    stream,
                    expect,
                    events,
                    view,
                    numbered: false,
                })
            }
        }
    }

    async fn answered(
        &self,
        value: Collection,
        version: Version,
        receipt: &crate::Receipt,
    ) -> Result<Answered<CollectionView>, Failure> {
        if let Some(answer) = &receipt.replayed {
            return Ok(Answered { value: self.as_of(answer).await?, replayed: true });
        }
        let version = receipt.version_of(&StreamId::from(&value.collection_id)).unwrap_or(version);
        Ok(Answered { value: self.view(Stored { value, version, number: 0 }), replayed: false })
    }

    /// A request that fails now may have been answered before: its key knows.
    async fn or_as_before(
        &self,
        key: Option<IdempotencyKey>,
        done: Result<Answered<CollectionView>, Problem>,
    ) -> Result<Answered<CollectionView>, Problem> {
        or_as_before(&self.room, key, done, async |answer| self.as_of(&answer).await).await
    }

    fn composed(
        &self,
        draft: CollectionDraft,
        id: CollectionId,
        before: Option<&Collection>,
        mut faults: Faults,
    ) -> Result<Collection, Problem> {
        if let Some(image) = &draft.image {
            check_picture(image, "/image", &mut faults);
        }
        if let Members::ByRule { rule, .. } = &draft.members {
            check_rule(rule, "/rule", &mut faults);
        }
        match draft.compose(id, before, self.room.now()) {
            Ok(collection) => faults.or(collection).map_err(Problem::invalid),
            Err(found) => {
                faults.0.extend(found);
                Err(Problem::invalid(faults.0))
            }
        }
    }
}

const BY_HAND_SORT: &str =
    "a collection by hand is in the order of its products; 'sort' is for one with a rule";

/// The draft of a collection with some members changed.
fn patched(patch: &CollectionPatch, before: &Collection, faults: &mut Faults) -> CollectionDraft {
    let mut draft = CollectionDraft::standing(before);
    if patch.handle.is_some() {
        draft.handle.clone_from(&patch.handle);
    }
    if let Some(title) = &patch.title {
        draft.title.clone_from(title);
    }
    if let Some(raw) = &patch.description_html {
        draft.description_html = html(raw, faults);
    }
    draft.image = patch.image.onto(draft.image.take());
    draft.seo.title = patch.seo_title.onto(draft.seo.title.take());
    draft.seo.description = patch.seo_description.onto(draft.seo.description.take());
    draft.status = patch.status.unwrap_or(draft.status);
    draft.publish_at = patch.publish_at.onto(draft.publish_at);
    draft.unpublish_at = patch.unpublish_at.onto(draft.unpublish_at);
    merge(&mut draft.metadata, &patch.metadata);
    match &mut draft.members {
        Members::ByRule { rule, sort } => {
            if let Some(after) = &patch.rule {
                Rule::clone_from(rule, after);
            }
            *sort = patch.sort.unwrap_or(*sort);
        }
        Members::ByHand { .. } => {
            faults.require(patch.rule.is_none(), "/rule", || {
                "the products of this collection are picked by hand; make another one with a rule".into()
            });
            faults.require(patch.sort.is_none(), "/sort", || BY_HAND_SORT.into());
        }
    }
    draft
}

/// The handle is a name: the old one is given up, the new one taken.
fn renamed(commit: Commit, before: &Collection, after: &Collection) -> Commit {
    if before.handle == after.handle {
        return commit;
    }
    let stream = StreamId::from(&after.collection_id);
    commit.give(ClaimKind::CollectionHandle, before.handle.as_str(), &stream).take(
        ClaimKind::CollectionHandle,
        after.handle.as_str(),
        &stream,
    )
}

/// The products of a collection by hand.
pub(super) fn by_hand(collection: &Collection) -> Result<&[ProductId], Problem> {
    match &collection.members {
        Members::ByHand { product_ids } => Ok(product_ids),
        Members::ByRule { .. } => {
            let detail = format!(
                "a rule says which products are in '{}'; change it: PATCH /collections/{}",
                collection.handle, collection.collection_id
            );
            Err(Problem::invalid(vec![sutler_domain::Fault::invalid("", detail)]))
        }
    }
}
