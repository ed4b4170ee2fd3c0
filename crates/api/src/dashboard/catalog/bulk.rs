//! The same done to many products: shown first, then made in one commit.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use sutler_app::bulk::{Ask as Change, CHANGES_MAX};
use sutler_app::catalog::{ProductPatch, ProductView, VariantPatch};
use sutler_app::orders::{Amount, NotTogether};
use sutler_app::patch::Patch;
use sutler_app::ports::reads::ProductName;
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::Fault;
use sutler_domain::catalog::{PriceChange, ProductStatus, Variant};

use super::found;
use crate::dashboard::desk::{Desk, Frame, Shown, see, shown};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words::{self as w, Html};

/// Products of one form, at most: the longest page of the list.
const PRODUCTS_MAX: usize = 100;

/// What may be done to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Publish,
    Archive,
    Tag,
    Price,
}

impl Deed {
    const ALL: [Self; 4] = [Self::Publish, Self::Archive, Self::Tag, Self::Price];

    const fn word(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Archive => "archive",
            Self::Tag => "tag",
            Self::Price => "price",
        }
    }

    fn title(self, products: usize) -> String {
        let products = w::count(&products, "product", "products");
        match self {
            Self::Publish => format!("Publish {products}"),
            Self::Archive => format!("Archive {products}"),
            Self::Tag => format!("Tag {products}"),
            Self::Price => format!("Change the prices of {products}"),
        }
    }

    fn parse(word: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|deed| deed.word() == word);
        found.ok_or_else(|| Problem::not_found("page", w::short_id(word)))
    }
}

/// The products that were ticked, each once.
async fn ticked(desk: &Desk, form: &Form) -> Result<Vec<ProductView>, Problem> {
    let ids = form.ticked_rows("product", PRODUCTS_MAX, "products")?;
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        views.push(found(desk, id).await?);
    }
    Ok(views)
}

/// The fields of the deeds that need some.
fn sheet(deed: Deed, views: &[ProductView], form: &Form) -> Option<Sheet> {
    let action = format!("/admin/products/bulk/{}", deed.word());
    let mut sheet = Sheet::new(deed.title(views.len()), action, "/admin/products", "Preview");
    for view in views {
        sheet = sheet.carry("product", view.product.product_id.as_str());
    }
    match deed {
        Deed::Publish | Deed::Archive => None,
        Deed::Tag => Some(
            sheet
                .lead("Each gets it beside the tags that it has.")
                .ask(form, "tag", "Tag", Ask::Line("off"), "")
                .needed(),
        ),
        Deed::Price => Some(
            sheet
                .lead("Of every variant. You see each new price before anything is changed.")
                .ask(form, "change", "Change", Ask::Line("off"), "")
                .needed()
                .hint("A share, such as -10%, or an amount, such as +2.50.")
                .ask(form, "keep", "Show the old price beside a lower one", Ask::Tick(false), "")
                .hint("As the price that it is compared at."),
        ),
    }
}

/// What was ticked in the list: asks for what is missing, or shows at once what would become of it.
pub(super) async fn asked(desk: Desk, form: Form) -> Shown {
    let deed = Deed::parse(form.raw("act").unwrap_or_default())?;
    let views = ticked(&desk, &form).await?;
    if views.is_empty() {
        return Ok(see("/admin/products?done=none_ticked"));
    }
    match sheet(deed, &views, &Form::fresh()) {
        Some(sheet) => Ok(sheet.page(&desk, "products", &Form::fresh())),
        None => Ok(shown(&preview(&desk, deed, &views, &form).await?)),
    }
}

/// Show it, or do it once it was seen.
pub(super) async fn act(desk: Desk, Path(word): Path<String>, form: Form) -> Shown {
    let deed = Deed::parse(&word)?;
    let views = ticked(&desk, &form).await?;
    let mut page = match preview(&desk, deed, &views, &form).await {
        Ok(page) => page,
        Err(problem) => match sheet(deed, &views, &form) {
            Some(sheet) => return sheet.refused(&desk, "products", &form, problem, last_name),
            None => return Err(problem.into()),
        },
    };
    if form.raw("seen").is_none() {
        return Ok(shown(&page));
    }
    if views.iter().any(|view| !is_as_seen(view, &form)) {
        "Somebody changed one of these meanwhile; nothing was done. Look again.".clone_into(&mut page.fault);
        return Ok((StatusCode::CONFLICT, shown(&page)).into_response());
    }
    let caller = Caller { wait_s: 0, ..desk.caller_once(form.key()) };
    match desk.api.app.bulk.together(&caller, &page.changes).await {
        Ok(_) => Ok(see("/admin/products?done=changed")),
        Err(NotTogether::All(problem)) if problem.kind == Kind::Internal => Err(problem.into()),
        Err(refused) => {
            let problem = match refused {
                NotTogether::All(problem) => Some(problem),
                NotTogether::Lines(lines) => lines.into_iter().next().map(|(_, problem)| problem),
            };
            page.fault = problem.map(|problem| problem.detail).unwrap_or_default();
            Ok((StatusCode::CONFLICT, shown(&page)).into_response())
        }
    }
}

/// Whether a product is at the version that was shown.
fn is_as_seen(view: &ProductView, form: &Form) -> bool {
    let id = view.product.product_id.as_str();
    form.under("at.").any(|(seen, version)| seen == id && version == view.version.0.to_string())
}

/// A product or a variant, and what becomes of it.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    title: String,
    sku: String,
    before: Html,
    after: Html,
    /// Why it stays as it is.
    stays: String,
    failed: bool,
}

#[derive(Template)]
#[template(path = "products_bulk.html")]
struct PreviewPage {
    frame: Frame,
    act: &'static str,
    rows: Vec<Row>,
    changes: Vec<Change>,
    /// Products and the versions that are shown.
    seen: Vec<(String, u64)>,
    /// What was typed, carried along.
    typed: Vec<(&'static str, String)>,
    key: String,
    fault: String,
}

/// What would become of each, judged as the door would.
async fn preview(
    desk: &Desk,
    deed: Deed,
    views: &[ProductView],
    form: &Form,
) -> Result<PreviewPage, Problem> {
    let mut plan = desk.api.app.bulk.plan(desk.caller());
    let (mut rows, mut changes) = (Vec::new(), Vec::new());
    let drafted = drafted(desk, deed, views, form)?;
    let many = drafted.iter().filter(|one| one.change.is_some()).count();
    if many > CHANGES_MAX {
        let detail = format!("these are {many} changes, and {CHANGES_MAX} go at once; take them in parts");
        return Err(Problem::invalid(vec![Fault::invalid("/product", detail)]));
    }
    for Drafted { mut row, change } in drafted {
        if let Some(change) = change {
            match plan.add(&change).await {
                Ok(_) => changes.push(change),
                Err(problem) if problem.kind == Kind::Internal => return Err(problem),
                Err(problem) => (row.stays, row.failed) = (problem.detail, true),
            }
        }
        rows.push(row);
    }
    let title = deed.title(views.len());
    let typed = ["tag", "change", "keep"].into_iter();
    Ok(PreviewPage {
        frame: desk.frame(title, "products").under("/admin/products", "Products"),
        act: deed.word(),
        rows,
        changes,
        seen: views.iter().map(|view| (view.product.product_id.to_string(), view.version.0)).collect(),
        typed: typed.filter_map(|name| Some((name, form.raw(name)?.to_owned()))).collect(),
        key: form.key().unwrap_or_else(|| desk.form_key()),
        fault: String::new(),
    })
}

/// A row, and what makes it so; nothing where it is so already, or cannot be.
struct Drafted {
    row: Row,
    change: Option<Change>,
}

fn drafted(desk: &Desk, deed: Deed, views: &[ProductView], form: &Form) -> Result<Vec<Drafted>, Problem> {
    match deed {
        Deed::Publish => {
            Ok(views.iter().map(|view| moved(view, ProductStatus::Active, Change::Publish)).collect())
        }
        Deed::Archive => {
            Ok(views.iter().map(|view| moved(view, ProductStatus::Archived, Change::Archive)).collect())
        }
        Deed::Tag => {
            let none = || Problem::invalid(vec![Fault::invalid("/tag", "say which tag")]);
            let tag = form.text("tag").ok_or_else(none)?;
            Ok(views.iter().map(|view| tagged(view, &tag)).collect())
        }
        Deed::Price => {
            let text = form.raw("change").unwrap_or_default();
            let change = PriceChange::parse(text, desk.api.app.settings.currency)
                .map_err(|error| Problem::invalid(vec![Fault::invalid("/change", error.to_string())]))?;
            let keep = form.raw("keep").is_some();
            let variants =
                views.iter().flat_map(|view| view.product.variants.iter().map(move |one| (view, one)));
            Ok(variants.map(|(view, variant)| priced(view, variant, change, keep)).collect())
        }
    }
}

fn row(view: &ProductView, before: Html, after: Html) -> Row {
    let (id, title) = (view.product.product_id.to_string(), view.product.title.clone());
    Row { id, title, sku: String::new(), before, after, stays: String::new(), failed: false }
}

fn moved(view: &ProductView, to: ProductStatus, change: impl Fn(ProductName) -> Change) -> Drafted {
    let status = view.product.status;
    let mut row = row(view, w::badge(status.as_str()), w::badge(to.as_str()));
    if status == to {
        "it is so already".clone_into(&mut row.stays);
        return Drafted { row, change: None };
    }
    Drafted { row, change: Some(change(ProductName::Id(view.product.product_id.clone()))) }
}

fn tagged(view: &ProductView, tag: &str) -> Drafted {
    let mut tags = view.product.tags.clone();
    let before = w::tags(&tags);
    if tags.iter().any(|known| known == tag) {
        let mut row = row(view, before.clone(), before);
        "it has the tag already".clone_into(&mut row.stays);
        return Drafted { row, change: None };
    }
    tags.push(tag.to_owned());
    let row = row(view, before, w::tags(&tags));
    let patch = ProductPatch { tags: Some(tags), ..ProductPatch::default() };
    Drafted {
        row,
        change: Some(Change::Patch(ProductName::Id(view.product.product_id.clone()), Box::new(patch))),
    }
}

fn priced(view: &ProductView, variant: &Variant, change: PriceChange, keep: bool) -> Drafted {
    let before = w::cash(variant.price.amount, variant.price.currency);
    let mut row = Row { sku: variant.sku.clone(), ..row(view, before, Html::default()) };
    let after = match change.of(variant.price) {
        Ok(after) => after,
        Err(error) => {
            (row.stays, row.failed) = (error.to_string(), true);
            return Drafted { row, change: None };
        }
    };
    row.after = w::cash(after.amount, after.currency);
    if after == variant.price {
        "the price stays the same".clone_into(&mut row.stays);
        return Drafted { row, change: None };
    }
    let amount = |amount| Amount { amount, currency: Some(after.currency) };
    let compared = if keep && after.amount < variant.price.amount {
        Patch::Set(amount(variant.price.amount))
    } else {
        Patch::Keep
    };
    let patch = VariantPatch {
        price: Some(amount(after.amount)),
        compare_at_price: compared,
        ..VariantPatch::default()
    };
    let name = ProductName::Variant(variant.variant_id.clone());
    Drafted { row, change: Some(Change::PatchVariant(name, Box::new(patch))) }
}
