//! Views of the list of orders that people saved: a name, and what the list is asked. Everybody has some of their own, and
//! all share some. The views of one owner are one record, so their order is the order they stand in.

use serde::{Deserialize, Serialize};
use sutler_domain::fault::Faults;
use sutler_domain::text;
use sutler_domain::{Fault, Version};

use crate::Room;
use crate::caller::Caller;
use crate::commit::{Change, Commit, Deed, Expect, View};
use crate::error::Problem;
use crate::retry::{Failure, retry_moved};
use crate::stream::{StreamId, StreamKind};

/// Views of one owner, at most.
pub const SAVED_VIEWS_MAX: usize = 30;
/// Letters of the name of a view.
pub const VIEW_NAME_MAX: usize = 40;
/// Bytes of what a view asks.
pub const VIEW_QUERY_MAX: usize = 2_000;

/// The owner of what all share.
const SHARED: &str = "shared";

/// A view that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its name, which no other view of its owner has in any case of letters.
    pub name: String,
    /// What the list is asked, as the query of its address: `q=tag%3Avip&payment=paid`.
    pub query: String,
}

/// All views of one owner, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewShelf {
    /// The actor who has them, or `shared`.
    pub owner: String,
    /// The views.
    pub views: Vec<SavedView>,
}

/// Whose views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the caller.
    Mine,
    /// Those that all share.
    Shared,
}

/// A change of the views of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewEdit {
    /// Put one at the end, or let the one of this name ask something else.
    Save(SavedView),
    /// Another name for a view.
    Rename {
        /// Its name.
        from: String,
        /// Its name from now on.
        to: String,
    },
    /// One place to the front.
    Earlier(String),
    /// One place to the back.
    Later(String),
    /// Take it away.
    Remove(String),
}

/// What a caller has, and what all share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllViews {
    /// Views of the caller.
    pub mine: Vec<SavedView>,
    /// Views that all share.
    pub shared: Vec<SavedView>,
}

/// Saved views.
#[derive(Clone)]
pub struct SavedViews {
    room: Room,
}

impl SavedViews {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// The views that a caller sees.
    pub async fn all(&self, caller: &Caller) -> Result<AllViews, Problem> {
        caller.may("orders:read")?;
        let found = self.room.ports.people.view_shelves(&[owner(caller, Whose::Mine), SHARED]).await?;
        let mut all = AllViews::default();
        for shelf in found.into_iter().map(|stored| stored.value) {
            if shelf.owner == SHARED { all.shared = shelf.views } else { all.mine = shelf.views }
        }
        Ok(all)
    }

    /// Change the views of an owner. What all share is changed by who may write orders.
    ///
    /// Problems: `validation_failed` names what is wrong with a name, or the limit; `not_found` of a view that is not there.
    pub async fn edit(&self, caller: &Caller, whose: Whose, edit: &ViewEdit) -> Result<(), Problem> {
        caller.may(if whose == Whose::Shared { "orders:write" } else { "orders:read" })?;
        retry_moved(caller, async |_| self.try_edit(caller, whose, edit).await).await
    }

    async fn try_edit(&self, caller: &Caller, whose: Whose, edit: &ViewEdit) -> Result<(), Failure> {
        let owner = owner(caller, whose);
        let found = self.room.ports.people.view_shelves(&[owner]).await?.into_iter().next();
        let (before, version) = found.map_or((Vec::new(), Version(0)), |at| (at.value.views, at.version));
        let views = edited(before.clone(), edit)?;
        if views == before {
            return Ok(());
        }
        let expect = if version == Version(0) { Expect::New } else { Expect::Exactly(version) };
        let stream = StreamId::new(StreamKind::Views, owner);
        let mut commit = Commit::by(caller);
        if whose == Whose::Shared {
            commit = commit.deed(Deed::new("views.changed", owner).before(&before).after(&views));
        }
        let view = View::Views(Box::new(ViewShelf { owner: owner.to_owned(), views }));
        let commit = commit.change(Change::record(stream, expect, view));
        self.room.ports.store.commit(commit).await?;
        Ok(())
    }
}

fn owner(caller: &Caller, whose: Whose) -> &str {
    match whose {
        Whose::Mine => &caller.actor,
        Whose::Shared => SHARED,
    }
}

/// The views after a change.
fn edited(mut views: Vec<SavedView>, edit: &ViewEdit) -> Result<Vec<SavedView>, Problem> {
    match edit {
        ViewEdit::Save(view) => {
            let view = SavedView { name: view.name.trim().to_owned(), query: view.query.clone() };
            check_name(&view.name)?;
            let mut faults = Faults::default();
            faults.require(view.query.len() <= VIEW_QUERY_MAX, "/query", || {
                format!("what is asked has {} bytes, at most {VIEW_QUERY_MAX} can be saved", view.query.len())
            });
            let known = views.iter().position(|other| is_named(other, &view.name));
            faults.require(known.is_some() || views.len() < SAVED_VIEWS_MAX, "/name", || {
                format!("there are {SAVED_VIEWS_MAX} views already, the most there can be; remove one first")
            });
            faults.or(()).map_err(Problem::invalid)?;
            match known.and_then(|at| views.get_mut(at)) {
                Some(place) => *place = view,
                None => views.push(view),
            }
        }
        ViewEdit::Rename { from, to } => {
            let at = place(&views, from)?;
            let to = to.trim();
            check_name(to)?;
            if views.iter().enumerate().any(|(other, view)| other != at && is_named(view, to)) {
                let detail = format!("there is a view '{to}' already; choose another name");
                return Err(Problem::invalid(vec![Fault::invalid("/name", detail)]));
            }
            if let Some(view) = views.get_mut(at) {
                to.clone_into(&mut view.name);
            }
        }
        ViewEdit::Earlier(name) => {
            let at = place(&views, name)?;
            if let Some(before) = at.checked_sub(1) {
                views.swap(before, at); // both are places of the list
            }
        }
        ViewEdit::Later(name) => {
            let at = place(&views, name)?;
            if at.saturating_add(1) < views.len() {
                views.swap(at, at.saturating_add(1));
            }
        }
        ViewEdit::Remove(name) => {
            let at = place(&views, name)?;
            views.remove(at);
        }
    }
    Ok(views)
}

fn is_named(view: &SavedView, name: &str) -> bool {
    view.name.to_lowercase() == name.to_lowercase()
}

fn place(views: &[SavedView], name: &str) -> Result<usize, Problem> {
    let at = views.iter().position(|view| is_named(view, name));
    at.ok_or_else(|| Problem::not_found("view", name.chars().take(VIEW_NAME_MAX).collect::<String>()))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.require(!name.is_empty(), "/name", || "a view needs a name".into());
    faults.check("/name", text::line(name, VIEW_NAME_MAX));
    faults.or(()).map_err(Problem::invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str) -> SavedView {
        SavedView { name: name.to_owned(), query: format!("q={name}") }
    }

    fn names(views: &[SavedView]) -> Vec<&str> {
        views.iter().map(|view| view.name.as_str()).collect()
    }

    #[test]
    fn views_stand_in_the_order_they_were_put() {
        let all = ["A", "B", "C"].map(view).to_vec();
        let moved = |edit: ViewEdit| edited(all.clone(), &edit).unwrap();
        assert_eq!(names(&moved(ViewEdit::Earlier("c".into()))), ["A", "C", "B"]);
        assert_eq!(names(&moved(ViewEdit::Later("A".into()))), ["B", "A", "C"]);
        assert_eq!(moved(ViewEdit::Earlier("A".into())), all, "nothing stands before the first");
        assert_eq!(moved(ViewEdit::Later("C".into())), all);
        assert_eq!(names(&moved(ViewEdit::Remove("b".into()))), ["A", "C"]);
        assert_eq!(names(&moved(ViewEdit::Rename { from: "B".into(), to: " D ".into() })), ["A", "D", "C"]);
        assert_eq!(edited(all, &ViewEdit::Remove("X".into())).unwrap_err().code, "not_found");
    }

    #[test]
    fn a_name_is_one_views() {
        let all = ["A", "B"].map(view).to_vec();
        let saved = edited(all.clone(), &ViewEdit::Save(SavedView { name: "b".into(), query: "q=x".into() }))
            .unwrap();
        assert_eq!((names(&saved), saved[1].query.as_str()), (vec!["A", "b"], "q=x"));
        let renamed = edited(all.clone(), &ViewEdit::Rename { from: "A".into(), to: "b".into() });
        assert_eq!(renamed.unwrap_err().code, "validation_failed");
        let same = edited(all, &ViewEdit::Rename { from: "A".into(), to: "a".into() }).unwrap();
        assert_eq!(names(&same), ["a", "B"], "its own name may be written otherwise");
    }

    #[test]
    fn what_is_too_much_is_refused_by_its_limit() {
        let many: Vec<SavedView> = (0..SAVED_VIEWS_MAX).map(|n| view(&n.to_string())).collect();
        let refused = |views: &[SavedView], view: SavedView| {
            edited(views.to_vec(), &ViewEdit::Save(view)).unwrap_err().errors.remove(0).detail
        };
        assert!(refused(&many, view("one more")).contains("30 views"));
        assert!(edited(many, &ViewEdit::Save(view("7"))).is_ok(), "one that is there may ask something else");
        assert!(refused(&[], view(" ")).contains("needs a name"));
        assert!(refused(&[], view(&"n".repeat(VIEW_NAME_MAX + 1))).contains("40"));
        let query = "q".repeat(VIEW_QUERY_MAX + 1);
        assert!(refused(&[], SavedView { name: "A".into(), query }).contains("2001 bytes"));
    }
}
