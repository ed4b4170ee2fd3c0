//! Make, change, move and take away categories: one event with the whole of it, its view, its name, and the version of the
//! tree, so that changes of who is below whom are made one after the other.

use sutler_domain::catalog::{Category, CategoryDraft, CategoryEvent, Tree};
use sutler_domain::fault::Faults;
use sutler_domain::{CategoryId, Version};

use super::read::view;
use super::{Categories, CategoryName, CategoryPatch, CategoryView, NewCategory};
use crate::caller::{Answered, Caller};
use crate::catalog::{html, merge};
use crate::commit::{Change, ClaimKind, Commit, Expect, IdempotencyKey, Refused, View, ViewChange};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::page::PageRequest;
use crate::ports::Stored;
use crate::ports::reads::ProductQuery;
use crate::retry::{Failure, must_match, or_as_before, retry_moved};
use crate::stream::StreamId;

impl Categories {
    /// Make a category. A handle made of the title gives way by itself where another has it.
    ///
    /// Problems: `validation_failed`, `handle_exists`.
    pub async fn create(
        &self,
        caller: &Caller,
        input: &NewCategory,
    ) -> Result<Answered<CategoryView>, Problem> {
        caller.may("catalog:write")?;
        let key = caller.key_for("categories.create", input);
        let done = retry_moved(caller, async |_| self.try_create(caller, input, key.clone()).await).await;
        self.or_as_before(key, done).await
    }

    async fn try_create(
        &self,
        caller: &Caller,
        input: &NewCategory,
        key: Option<IdempotencyKey>,
    ) -> Result<Answered<CategoryView>, Failure> {
        let id = CategoryId::new(self.room.ports.ids.uuid());
        let (at, tree) = self.room.ports.categories.category_tree().await?;
        let mut faults = Faults::default();
        let draft = CategoryDraft {
            parent_id: input.parent_id.clone(),
            handle: input.handle.clone(),
            title: input.title.clone(),
            description_html: html(&input.description_html, &mut faults),
            position: input.position,
            metadata: input.metadata.clone(),
        };
        let mut made = self.composed(draft, id, None, (&tree, faults))?;
        let commit_of = |made: &Category| {
            let event = CategoryEvent::CategoryCreated(Box::new(made.clone()));
            self.commit(caller, Version(0), &event).key(key.clone()).change(moved_tree(at))
        };
        let done = match self.room.ports.store.commit(commit_of(&made)).await {
            Err(Refused::Taken { claim, .. }) if input.handle.is_none() => {
                made.handle = format!("{}-{}", claim.value, made.category_id);
                self.room.ports.store.commit(commit_of(&made)).await
            }
            done => done,
        };
        self.answered((made, Version(0)), &tree, &done?).await
    }

    /// Change some members of a category. One that moves takes all that is below it along.
    ///
    /// Problems: `not_found`, `validation_failed`, `handle_exists`, `version_mismatch`.
    pub async fn update(
        &self,
        caller: &Caller,
        name: &CategoryName,
        patch: &CategoryPatch,
    ) -> Result<Answered<CategoryView>, Problem> {
        caller.may("catalog:write")?;
        let key = caller.key_for("categories.update", &(name.to_string(), patch));
        let done =
            retry_moved(caller, async |_| self.try_update(caller, name, patch, key.clone()).await).await;
        self.or_as_before(key, done).await
    }

    async fn try_update(
        &self,
        caller: &Caller,
        name: &CategoryName,
        patch: &CategoryPatch,
        key: Option<IdempotencyKey>,
    ) -> Result<Answered<CategoryView>, Failure> {
        let (at, tree) = self.room.ports.categories.category_tree().await?;
        let Stored { value: before, version, .. } = self.find(name).await?;
        must_match(caller, version)?;
        let mut faults = Faults::default();
        let draft = patched(patch, &before, &mut faults);
        let after = self.composed(draft, before.category_id.clone(), Some(&before), (&tree, faults))?;
        if after.is_like(&before) {
            let stream = StreamId::from(&before.category_id);
            let seen = Commit::by(caller).key(key).requires([(stream.clone(), version)]);
            let receipt = self.room.ports.store.commit(seen.answers(stream, None, false)).await?;
            return self.answered((before, version), &tree, &receipt).await;
        }
        let event = CategoryEvent::CategoryUpdated(Box::new(after.clone()));
        let mut commit = self.commit(caller, version, &event).key(key);
        if after.handle != before.handle {
            let stream = StreamId::from(&after.category_id);
            commit = commit.give(ClaimKind::CategoryHandle, before.handle.as_str(), &stream).take(
                ClaimKind::CategoryHandle,
                after.handle.as_str(),
                &stream,
            );
        }
        if after.parent_id != before.parent_id {
            commit = commit.change(moved_tree(at));
        }
        let receipt = self.room.ports.store.commit(commit).await?;
        self.answered((after, version), &tree, &receipt).await
    }

    /// Take away a category that nothing is below of and no product is in.
    ///
    /// Problems: `not_found`, `category_not_empty`, `version_mismatch`.
    pub async fn delete(&self, caller: &Caller, name: &CategoryName) -> Result<(), Problem> {
        caller.may("catalog:write")?;
        retry_moved(caller, async |_| self.try_delete(caller, name).await).await
    }

    async fn try_delete(&self, caller: &Caller, name: &CategoryName) -> Result<(), Failure> {
        let (at, tree) = self.room.ports.categories.category_tree().await?;
        let Stored { value: one, version, .. } = self.find(name).await?;
        must_match(caller, version)?;
        let not_empty = |detail: String| Problem::new(Kind::Conflict, "category_not_empty", detail);
        if tree.is_parent(&one.category_id) {
            let detail = format!("there are categories below '{}'; move or take them away first", one.handle);
            return Err(not_empty(detail).into());
        }
        let page = PageRequest { limit: 1, ..PageRequest::default() };
        let query =
            ProductQuery { category_id: Some(one.category_id.clone()), page, ..ProductQuery::default() };
        if let Some(product) = self.room.ports.prices.list(&query).await?.rows.first() {
            let detail = format!(
                "there are products in '{}', such as '{}'; give them another category first",
                one.handle, product.product.product_id
            );
            return Err(not_empty(detail).into());
        }
        let event = CategoryEvent::CategoryDeleted(Box::new(one));
        self.room.ports.store.commit(self.commit(caller, version, &event).change(moved_tree(at))).await?;
        Ok(())
    }

    /// The commit of an event: it makes, changes or takes away what it carries.
    fn commit(&self, caller: &Caller, version: Version, event: &CategoryEvent) -> Commit {
        let one = event.category();
        let stream = StreamId::from(&one.category_id);
        let commit = Commit::by(caller).answers(stream.clone(), None, false);
        let events = vec![NewEvent::of(event, self.room.now())];
        let view = View::Category(Box::new(one.clone()));
        match event {
            CategoryEvent::CategoryCreated(_) => commit
                .take(ClaimKind::CategoryHandle, one.handle.as_str(), &stream)
                .change(Change::stream(stream, version, events, view)),
            CategoryEvent::CategoryUpdated(_) => commit.change(Change::stream(stream, version, events, view)),
            CategoryEvent::CategoryDeleted(_) => {
                let (expect, view) = (Expect::Exactly(version), ViewChange::Delete);
                commit.give(ClaimKind::CategoryHandle, one.handle.as_str(), &stream).change(Change {
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
        (value, version): (Category, Version),
        tree: &Tree,
        receipt: &crate::Receipt,
    ) -> Result<Answered<CategoryView>, Failure> {
        if let Some(answer) = &receipt.replayed {
            return Ok(Answered { value: self.as_of(answer).await?, replayed: true });
        }
        let version = receipt.version_of(&StreamId::from(&value.category_id)).unwrap_or(version);
        Ok(Answered { value: view(Stored { value, version, number: 0 }, tree), replayed: false })
    }

    /// A request that fails now may have been answered before: its key knows.
    async fn or_as_before(
        &self,
        key: Option<IdempotencyKey>,
        done: Result<Answered<CategoryView>, Problem>,
    ) -> Result<Answered<CategoryView>, Problem> {
        or_as_before(&self.room, key, done, async |answer| self.as_of(&answer).await).await
    }

    fn composed(
        &self,
        draft: CategoryDraft,
        id: CategoryId,
        before: Option<&Category>,
        (tree, mut faults): (&Tree, Faults),
    ) -> Result<Category, Problem> {
        match draft.compose(id, before, tree, self.room.now()) {
            Ok(category) => faults.or(category).map_err(Problem::invalid),
            Err(found) => {
                faults.0.extend(found);
                Err(Problem::invalid(faults.0))
            }
        }
    }
}

fn patched(patch: &CategoryPatch, before: &Category, faults: &mut Faults) -> CategoryDraft {
    let mut draft = before.draft();
    draft.parent_id = patch.parent_id.onto(draft.parent_id.take());
    if patch.handle.is_some() {
        draft.handle.clone_from(&patch.handle);
    }
    if let Some(title) = &patch.title {
        draft.title.clone_from(title);
    }
    if let Some(raw) = &patch.description_html {
        draft.description_html = html(raw, faults);
    }
    draft.position = patch.position.unwrap_or(draft.position);
    merge(&mut draft.metadata, &patch.metadata);
    draft
}

/// Who is below whom changes: the tree must be where it was read.
fn moved_tree(at: Version) -> Change {
    let expect = if at == Version(0) { Expect::New } else { Expect::Exactly(at) };
    Change { expect, ..Change::tree_entered() }
}
