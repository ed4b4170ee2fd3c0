//! Adjust what lies on a shelf, with a reason; and set the thresholds of a level.

use serde::Serialize;
use sutler_domain::fault::Faults;
use sutler_domain::inventory::{Level, QUANTITY_MAX, Reason, StockEvent};
use sutler_domain::text::{self, BODY_MAX};
use sutler_domain::{Fault, LocationId, VariantId};

use super::Inventory;
use crate::caller::{Answered, Caller};
use crate::commit::{
    Answer, Change, Commit, Expect, Guard, IdempotencyKey, Refused, StockKey, StockMove, ViewChange,
};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::patch::Patch;
use crate::ports::reads::{ProductName, StockLevel};
use crate::retry::{Failure, or_as_before, retry_moved};
use crate::stream::StreamId;

/// A change of a level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AdjustInput {
    /// The variant, by its SKU.
    pub sku: Option<String>,
    /// The variant.
    pub variant_id: Option<VariantId>,
    /// Where; `None`: the default location.
    pub location: Option<LocationId>,
    /// By how many units.
    pub delta: Option<i64>,
    /// To how many units, in place of `delta`.
    pub set_to: Option<i64>,
    /// Why; `None`: `count` for `set_to`.
    pub reason: Option<Reason>,
    /// How many units must lie there now.
    pub expected_on_hand: Option<i64>,
    /// What somebody wrote about it.
    pub note: Option<String>,
    /// What is never promised, in units.
    pub safety_stock: Option<i64>,
    /// At or below how much `available` to order more.
    pub reorder_point: Patch<i64>,
}

/// A change of a level, on its way to the door.
pub(crate) struct Adjustment {
    /// Which level.
    pub(crate) at: StockKey,
    /// How it was read.
    pub(crate) before: Level,
    /// Everything that the change means.
    pub(crate) commit: Commit,
}

impl Inventory {
    /// Change what lies on a shelf by `delta`, or to `set_to`, or the thresholds of the level. The answer is the
    /// level right after it.
    ///
    /// Problems: `stock_moved` when `expected_on_hand` does not hold; `out_of_stock` when less lies there than is
    /// to be taken; `product_unknown`.
    pub async fn adjust(
        &self,
        caller: &Caller,
        input: &AdjustInput,
    ) -> Result<Answered<StockLevel>, Problem> {
        caller.may("inventory:write")?;
        let key = caller.key_for("inventory.adjust", input);
        let done = retry_moved(caller, async |_| self.try_adjust(caller, key.as_ref(), input).await).await;
        or_as_before(&self.room, key, done, async |answer| self.level_as_of(&answer).await).await
    }

    async fn try_adjust(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        input: &AdjustInput,
    ) -> Result<Answered<StockLevel>, Failure> {
        let Adjustment { at, commit, .. } = self.adjustment(caller, input).await?;
        let stream = StreamId::stock(&at.variant_id, &at.location_id);
        let commit = commit.key(key.cloned()).answers(stream.clone(), None, false);
        let receipt = match self.room.ports.store.commit(commit).await {
            Err(Refused::StockMoved { .. }) if input.expected_on_hand.is_none() => {
                return Err(Failure::Again);
            }
            Err(Refused::Short(short)) => return Err(too_few(input, &short).into()),
            done => done?,
        };
        if let Some(answer) = receipt.replayed {
            return Ok(Answered { value: self.level_as_of(&answer).await?, replayed: true });
        }
        let version = receipt.version_of(&stream).unwrap_or_default();
        let answer = Answer { stream, version, part: None, waits: false };
        Ok(Answered { value: self.level_as_of(&answer).await?, replayed: false })
    }

    /// What the door is to be given for a change of a level.
    pub(crate) async fn adjustment(
        &self,
        caller: &Caller,
        input: &AdjustInput,
    ) -> Result<Adjustment, Problem> {
        input.check().map_err(Problem::invalid)?;
        let at = StockKey {
            variant_id: self.variant_of(input).await?,
            location_id: self.location_or_default(input.location.as_ref()).await?,
        };
        let known = self.room.ports.stock.levels(std::slice::from_ref(&at.variant_id)).await?;
        let known = known.into_iter().find(|l| l.at == at);
        let before = known.as_ref().map(|l| l.level).unwrap_or_default();
        let one = input.stock_move(&at, before);
        let mut commit = Commit::by(caller);
        if input.moves() {
            commit = commit.change(self.adjusted(&at, one.on_hand, one.reason));
        }
        if let Some((safety_stock, reorder_point)) = one.thresholds {
            let (variant_id, location_id) = (at.variant_id.clone(), at.location_id.clone());
            let event =
                StockEvent::StockThresholdsSet { variant_id, location_id, safety_stock, reorder_point };
            let mut expect = Expect::Exactly(known.map(|l| l.version).unwrap_or_default());
            if input.moves() {
                expect = Expect::Any;
            }
            let events = vec![NewEvent::of(&event, self.room.now())];
            commit = commit.change(Change {
                stream: StreamId::stock(&at.variant_id, &at.location_id),
                expect,
                events,
                view: ViewChange::Keep,
                numbered: false,
            });
        }
        let job = self.look_at(vec![(at.variant_id.clone(), at.location_id.clone())]);
        Ok(Adjustment { at, before, commit: commit.moves([one]).then(job) })
    }

    async fn variant_of(&self, input: &AdjustInput) -> Result<VariantId, Problem> {
        let (pointer, name, text) = match (&input.sku, &input.variant_id) {
            (Some(sku), _) => ("/sku", ProductName::Sku(sku.clone()), sku.clone()),
            (None, Some(id)) => ("/variant_id", ProductName::Variant(id.clone()), id.to_string()),
            (None, None) => return Err(Problem::internal(&"an adjustment of nothing passed its check")),
        };
        let found =
            self.room.ports.prices.products_stored(std::slice::from_ref(&name)).await?.into_iter().next();
        let variants = found.iter().flat_map(|(_, found)| &found.product.variants);
        let is_it = |v: &&sutler_domain::catalog::Variant| v.sku == text || v.variant_id.as_str() == text;
        variants.into_iter().find(is_it).map(|v| v.variant_id.clone()).ok_or_else(|| {
            let detail = format!("there is no variant with {} '{text}'", pointer.trim_start_matches('/'));
            Problem::invalid(vec![Fault::new(pointer, "product_unknown", detail)])
        })
    }
}

impl AdjustInput {
    const fn moves(&self) -> bool {
        self.delta.is_some() || self.set_to.is_some()
    }

    fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        let named = self.sku.is_some() != self.variant_id.is_some();
        faults.require(named, "/variant_id", || {
            "name the variant by sku or by variant_id, by one of them".into()
        });
        let thresholds = self.safety_stock.is_some() || !self.reorder_point.is_keep();
        faults.require(self.moves() || thresholds, "/delta", || {
            "say delta, set_to, safety_stock or reorder_point; nothing else changes a level".into()
        });
        faults.require(self.delta.is_none() || self.set_to.is_none(), "/set_to", || {
            "say either delta or set_to, not both".into()
        });
        let needs_reason = self.delta.is_some() && self.reason.is_none();
        let words: Vec<&str> = Reason::ADJUSTMENTS.iter().map(|r| r.as_str()).collect();
        faults.require(!needs_reason, "/reason", || format!("say why; one of: {}", words.join(", ")));
        let allowed = self.reason.is_none_or(|reason| Reason::ADJUSTMENTS.contains(&reason));
        faults.require(allowed, "/reason", || {
            format!("not a reason of an adjustment; use one of: {}", words.join(", "))
        });
        faults.require(self.delta != Some(0), "/delta", || "a delta of 0 changes nothing".into());
        let delta_fits = self.delta.is_none_or(|d| d.unsigned_abs() <= QUANTITY_MAX.unsigned_abs());
        faults.require(delta_fits, "/delta", || format!("at most {QUANTITY_MAX} units either way"));
        let reorder_point = self.reorder_point.onto(None);
        for (pointer, value) in [
            ("/set_to", self.set_to),
            ("/expected_on_hand", self.expected_on_hand),
            ("/safety_stock", self.safety_stock),
            ("/reorder_point", reorder_point),
        ] {
            let fits = value.is_none_or(|units| (0..=QUANTITY_MAX).contains(&units));
            faults.require(fits, pointer, || format!("a whole number of 0 to {QUANTITY_MAX} units"));
        }
        faults.check("/note", text::body(self.note.as_deref().unwrap_or_default(), BODY_MAX));
        faults.or(())
    }

    fn stock_move(&self, at: &StockKey, before: Level) -> StockMove {
        let base = self.expected_on_hand.unwrap_or(before.on_hand);
        let on_hand = self.delta.or_else(|| self.set_to.map(|to| to.saturating_sub(base))).unwrap_or(0);
        let compares = self.expected_on_hand.is_some() || self.set_to.is_some();
        let safety_stock = self.safety_stock.unwrap_or(before.safety_stock);
        let reorder_point = self.reorder_point.onto(before.reorder_point);
        let sets = self.safety_stock.is_some() || !self.reorder_point.is_keep();
        let otherwise = if self.set_to.is_some() { Reason::Count } else { Reason::Correction };
        StockMove {
            at: at.clone(),
            on_hand,
            reserved: 0,
            guard: if compares { Guard::OnHand(base) } else { Guard::Unguarded },
            reason: self.reason.unwrap_or(otherwise),
            thresholds: sets.then_some((safety_stock, reorder_point)),
            source: None,
            note: self.note.clone(),
        }
    }
}

/// Less lies on the shelf than is to be taken.
pub(crate) fn too_few(input: &AdjustInput, short: &[crate::commit::Shortage]) -> Problem {
    let on_hand = short.first().map_or(0, |s| s.available);
    let taken = input.delta.unwrap_or_default().saturating_neg();
    let detail = format!(
        "{on_hand} lie on the shelf, {taken} cannot be taken; count the shelf, or take at most {on_hand}"
    );
    let fault = Fault::new("/delta", "out_of_stock", detail.clone())
        .count("available", on_hand)
        .count("requested", taken);
    Problem::new(Kind::Conflict, "out_of_stock", detail).errors(vec![fault])
}
