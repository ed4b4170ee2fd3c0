//! Categories: by id, by handle, by position, and the tree with the version that guards it.

use sutler_app::categories::CategoryName;
use sutler_app::commit::{Change, Expect, Refused, View};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::reads::ProductQuery;
use sutler_app::stream::StreamId;
use sutler_domain::Version;
use sutler_domain::catalog::{Category, CategoryEvent, Product, Tree};

use crate::builders as some;
use crate::contract::Rig;

fn category(n: u64, parent: Option<u64>, position: u32) -> Category {
    Category {
        category_id: some::id(n),
        parent_id: parent.map(some::id),
        handle: format!("h{n}"),
        title: format!("Category {n}"),
        description_html: String::new(),
        position,
        metadata: [].into(),
        created_at: some::start(),
        updated_at: some::start(),
    }
}

fn saved(one: &Category) -> sutler_app::Commit {
    let event = CategoryEvent::CategoryUpdated(Box::new(one.clone()));
    let event = sutler_app::NewEvent::of(&event, one.updated_at);
    some::written(StreamId::from(&one.category_id), event, View::Category(Box::new(one.clone())))
}

pub(super) async fn categories_are_a_tree_by_position(rig: &Rig) {
    assert_eq!(rig.stores().categories.category_tree().await.unwrap(), (Version(0), Tree::default()));
    let all = [category(1, None, 5), category(2, Some(1), 1), category(3, Some(1), 0), category(4, None, 5)];
    for one in &all {
        rig.stores().commit(saved(one)).await.unwrap();
    }
    let moved = Category { parent_id: Some(some::id(2)), ..all[3].clone() };
    rig.stores().commit(saved(&moved).change(Change::tree_entered())).await.unwrap();
    let at = rig.again().await;
    let rows = all[..3].iter().chain([&moved]).map(|one| (one.category_id.clone(), one.parent_id.clone()));
    assert_eq!(at.categories.category_tree().await.unwrap(), (Version(1), Tree::of(rows)));
    let by = async |name: CategoryName| {
        at.categories.category(&name).await.unwrap().map(|one| (one.value, one.version))
    };
    assert_eq!(by(CategoryName::Id(some::id(4))).await, Some((moved.clone(), Version(2))));
    assert_eq!(by(CategoryName::Handle("h2".to_owned())).await, Some((all[1].clone(), Version(1))));
    assert_eq!(by(CategoryName::Handle("h9".to_owned())).await, None);
    let listed = async |parent_id, limit, from| {
        let query = CategoryQuery { parent_id, page: PageRequest { limit, from, count: true } };
        let page = at.categories.categories(&query).await.unwrap();
        let handles: Vec<String> = page.rows.into_iter().map(|row| row.value.handle).collect();
        (handles.join(" "), page.total.unwrap(), page.next)
    };
    let (first, total, next) = listed(None, 3, From::Start).await;
    assert_eq!((first.as_str(), total), ("h3 h2 h1", 4));
    assert_eq!(listed(None, 3, From::After(next.unwrap())).await, ("h4".to_owned(), 4, None), "ties by id");
    assert_eq!(listed(Some(None), 9, From::Start).await.0, "h1");
    assert_eq!(listed(Some(Some(some::id(1))), 9, From::Start).await.0, "h3 h2");
    // Whoever read the tree before it moved is told so.
    let stale = Change { expect: Expect::New, ..Change::tree_entered() };
    let refused = rig.stores().commit(saved(&all[0]).change(stale)).await.unwrap_err();
    assert_eq!(refused, Refused::Moved { stream: StreamId::category_tree(), found: Version(1) });
    let product = Product { category_id: Some(some::id(2)), ..some::product("P1", "v1", "") };
    for one in [product, some::product("P2", "v2", "")] {
        rig.stores().commit(some::save(&one)).await.unwrap();
    }
    let query = ProductQuery { category_id: Some(some::id(2)), ..ProductQuery::default() };
    let found = rig.again().await.products.list(&query).await.unwrap();
    let ids: Vec<&str> = found.rows.iter().map(|row| row.product.product_id.as_str()).collect();
    assert_eq!(ids, ["P1"]);
}
