//! Orders of a file: each placed as alone, and found again when the same file comes again.

use std::collections::BTreeMap;

use sutler_domain::OrderId;
use sutler_domain::orders::{Item, Order};

use super::change::Changed;
use super::locate::{Promised, out_of_stock};
use super::place::reference_exists;
use super::{ItemInput, OrderName, OrderRequest, Orders};
use crate::caller::Caller;
use crate::commit::{Guard, Shortage, StockKey, StockMove};
use crate::error::{Kind, Problem};
use crate::retry::Read;
use crate::stream::StreamId;

/// What a line of a file is told of its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLine {
    /// The order.
    pub order_id: OrderId,
    /// Its number, without the prefix.
    pub number: u64,
    /// Whether it was placed before: nothing was written this time.
    pub replayed: bool,
}

impl From<Changed> for PlacedLine {
    fn from(changed: Changed) -> Self {
        let Changed { view, replayed, .. } = changed;
        Self { order_id: view.order.order_id.clone(), number: view.number, replayed }
    }
}

impl Orders {
    /// Place the order of a line. Nothing is waited for but the door: its payment goes on by itself. A line whose key, or
    /// whose `reference` with the same items, placed an order before is told that order.
    pub async fn place_line(&self, caller: &Caller, request: &OrderRequest) -> Result<PlacedLine, Problem> {
        caller.may("orders:write")?;
        let key = caller.key_for("orders.place", request);
        let problem = match self.try_place(caller, request, key.as_ref(), false).await {
            Ok(changed) => return Ok(changed.into()),
            Err(problem) => problem,
        };
        match self.replay_instead(key, problem).await {
            Ok(changed) => Ok(changed.into()),
            Err(problem) => self.placed_before(request).await?.ok_or(problem),
        }
    }

    /// Judge the order of a line by what is true now, and store nothing. `None`: it would be placed.
    pub async fn judge_line(
        &self,
        caller: &Caller,
        request: &OrderRequest,
    ) -> Result<Option<PlacedLine>, Problem> {
        caller.may("orders:write")?;
        if let Some(placed) = self.placed_before(request).await? {
            return Ok(Some(placed));
        }
        self.must_have_new_reference(request).await?;
        let draft = self.draft(request, Some(&Promised::new()), Read::Stored).await?;
        let moves = self.commit_of_draft(caller, None, &draft, false).stock;
        let short = self.shortages(&moves).await?;
        if short.is_empty() { Ok(None) } else { Err(out_of_stock(&draft.items, &short)) }
    }

    /// The order that has the reference of a request, if it is of the same items for the same customer.
    pub(super) async fn placed_before(&self, request: &OrderRequest) -> Result<Option<PlacedLine>, Problem> {
        let Some(reference) = &request.reference else { return Ok(None) };
        let found = self.room.ports.orders.order(&OrderName::Reference(reference.clone())).await?;
        Ok(found.filter(|stored| is_of(&stored.value, request)).map(|stored| PlacedLine {
            order_id: stored.value.order_id.clone(),
            number: stored.number,
            replayed: true,
        }))
    }

    /// Refuse a reference that another order has.
    pub(super) async fn must_have_new_reference(&self, request: &OrderRequest) -> Result<(), Problem> {
        let Some(reference) = &request.reference else { return Ok(()) };
        match self.room.ports.orders.order(&OrderName::Reference(reference.clone())).await? {
            Some(other) => Err(reference_exists(reference, &StreamId::from(&other.value.order_id))),
            None => Ok(()),
        }
    }

    /// What the door would find short of these moves, by the levels as they are.
    pub(super) async fn shortages(&self, moves: &[StockMove]) -> Result<Vec<Shortage>, Problem> {
        let mut asked: BTreeMap<&StockKey, i64> = BTreeMap::new();
        for one in moves.iter().filter(|one| one.guard == Guard::Available || one.reserved < 0) {
            let sum = asked.entry(&one.at).or_default();
            *sum = sum.saturating_add(one.reserved);
        }
        let variants: Vec<_> = asked.keys().map(|at| at.variant_id.clone()).collect();
        let levels = self.room.ports.stock.levels(&variants).await?;
        let short = |(at, requested): (&StockKey, i64)| {
            let level = levels.iter().find(|level| level.at == *at);
            let available = level.map_or(0, |level| level.level.available());
            (requested > 0 && requested > available).then(|| Shortage {
                at: at.clone(),
                available,
                requested,
            })
        };
        Ok(asked.into_iter().filter_map(short).collect())
    }
}

/// Whether an order is what a request asks for, as far as an order never changes it.
fn is_of(order: &Order, request: &OrderRequest) -> bool {
    let same_customer = request.customer_id.is_none() || order.customer_id == request.customer_id;
    let same_currency = request.currency.is_none_or(|currency| currency == order.currency);
    let same_items = order.items.len() == request.items.len()
        && order.items.iter().zip(&request.items).all(|(item, asked)| is_for(item, asked));
    same_customer && same_currency && same_items
}

fn is_for(item: &Item, asked: &ItemInput) -> bool {
    item.ordered == asked.quantity
        && asked.product_id.as_ref().is_none_or(|id| *id == item.product_id)
        && asked.variant_id.as_ref().is_none_or(|id| *id == item.variant_id)
        && asked.sku.as_ref().is_none_or(|sku| *sku == item.sku)
}

/// A problem that repeating may mend says nothing about the line itself.
pub(crate) const fn is_of_the_moment(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::Busy | Kind::Internal)
}
