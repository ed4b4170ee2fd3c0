//! Orders that are placed together, in one commit, or not at all.

use std::collections::{HashMap, HashSet};

use sutler_domain::{CustomerId, Fault, OrderId, Position};

use super::bulk::{PlacedLine, is_of_the_moment};
use super::draft::Draft;
use super::locate::{Promised, out_of_stock};
use super::place::reference_exists;
use super::{OrderRequest, Orders};
use crate::caller::Caller;
use crate::commit::{Answer, ClaimKind, Commit, IdempotencyKey, Receipt, Refused, Shortage, StockKey};
use crate::customers::email_claim;
use crate::error::Problem;
use crate::ports::feed::EventFilter;
use crate::retry::{Failure, Read, answered_before, retry_moved};
use crate::stream::StreamId;

/// Orders that are placed together at most.
pub const TOGETHER_MAX: usize = 1_000;

/// Failing lines that are told; the rest is counted.
pub const FAILED_LINES_MAX: usize = 20;

/// Why orders were not placed together. Nothing of them was stored.
#[derive(Clone, Debug, PartialEq)]
pub enum NotTogether {
    /// These requests, by their place from 0, each with its reason.
    Lines(Vec<(usize, Problem)>),
    /// Something that is no fault of a single one.
    All(Problem),
}

impl From<Problem> for NotTogether {
    fn from(problem: Problem) -> Self {
        Self::All(problem)
    }
}

/// What a try found: orders that stand, or requests that failed.
type Tried = Result<Vec<PlacedLine>, Vec<(usize, Problem)>>;

impl Orders {
    /// Place these orders in one commit, or none of them. The caller's key is that of all; where every request has a
    /// `reference` of an order that stands already, with the same items, those orders are the answer.
    pub async fn place_together(
        &self,
        caller: &Caller,
        requests: &[OrderRequest],
    ) -> Result<Vec<PlacedLine>, NotTogether> {
        caller.may("orders:write")?;
        must_be_few(requests)?;
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let key = caller.key_for("orders.place_together", &requests);
        let failed = match self.try_together(caller, requests, key.as_ref()).await {
            Ok(Ok(placed)) => return Ok(placed),
            Ok(Err(lines)) => NotTogether::Lines(lines),
            Err(problem) => NotTogether::All(problem),
        };
        self.together_before(key, requests, failed).await
    }

    /// Judge what placing these together would give, and store nothing.
    pub async fn judge_together(
        &self,
        caller: &Caller,
        requests: &[OrderRequest],
    ) -> Result<(), NotTogether> {
        caller.may("orders:write")?;
        must_be_few(requests)?;
        let mut failed = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            failed.extend(self.must_have_new_reference(request).await.err().map(|problem| (index, problem)));
        }
        let drafts = match self.drafts(requests, true, Read::Stored).await? {
            Ok(drafts) if failed.is_empty() => drafts,
            Ok(_) => return Err(NotTogether::Lines(failed)),
            Err(more) => {
                failed.extend(more);
                failed.sort_by_key(|(index, _)| *index);
                failed.dedup_by_key(|(index, _)| *index);
                return Err(NotTogether::Lines(failed));
            }
        };
        let moves = self.commit_of_drafts(caller, None, &drafts).stock;
        let short = self.shortages(&moves).await?;
        if short.is_empty() { Ok(()) } else { Err(NotTogether::Lines(short_lines(&drafts, &short))) }
    }

    /// One round over the locations, as with an order alone.
    async fn try_together(
        &self,
        caller: &Caller,
        requests: &[OrderRequest],
        key: Option<&IdempotencyKey>,
    ) -> Result<Tried, Problem> {
        let all_named = requests.iter().all(|request| request.location.is_some());
        for look in [false, true] {
            let done = retry_moved(caller, async |read| {
                let drafts = match self.drafts(requests, look, read).await? {
                    Ok(drafts) => drafts,
                    Err(failed) => return Ok(Some(Err(failed))),
                };
                let commit = self.commit_of_drafts(caller, key, &drafts);
                match self.room.ports.store.commit(commit).await {
                    Ok(receipt) => Ok(Some(Ok(self.placed_together(&drafts, &receipt).await?))),
                    Err(Refused::Short(short)) if look || all_named => {
                        Ok(Some(Err(short_lines(&drafts, &short))))
                    }
                    Err(Refused::Short(_)) => Ok(None),
                    Err(Refused::Taken { claim, .. }) if claim.kind == ClaimKind::CustomerEmail => {
                        Err(Failure::Again)
                    }
                    Err(Refused::Taken { claim, holder }) if claim.kind == ClaimKind::OrderReference => {
                        let has = |request: &OrderRequest| request.reference.as_ref() == Some(&claim.value);
                        let index = requests.iter().position(has).unwrap_or_default();
                        Ok(Some(Err(vec![(index, reference_exists(&claim.value, &holder))])))
                    }
                    Err(refused) => Err(Failure::from(refused)),
                }
            });
            if let Some(tried) = done.await? {
                return Ok(tried);
            }
        }
        Err(Problem::internal(&"a shortage was neither told nor overcome"))
    }

    /// Every request drafted, those after it knowing what those before it take; or all that are wrong.
    async fn drafts(
        &self,
        requests: &[OrderRequest],
        look: bool,
        read: Read,
    ) -> Result<Result<Vec<Draft>, Vec<(usize, Problem)>>, Problem> {
        let (mut drafts, mut failed) = (Vec::with_capacity(requests.len()), twice(requests));
        let (mut promised, mut known) = (Promised::new(), Known::default());
        for (index, request) in requests.iter().enumerate() {
            match self.draft(&known.named(request), look.then_some(&promised), read).await {
                Ok(mut draft) => {
                    known.meet(&mut draft);
                    promise(&mut promised, &draft);
                    drafts.push(draft);
                }
                Err(problem) if is_of_the_moment(&problem) => return Err(problem),
                Err(problem) => failed.push((index, problem)),
            }
        }
        failed.sort_by_key(|(index, _)| *index);
        Ok(if failed.is_empty() { Ok(drafts) } else { Err(failed) })
    }

    fn commit_of_drafts(&self, caller: &Caller, key: Option<&IdempotencyKey>, drafts: &[Draft]) -> Commit {
        let mut whole = Commit::by(caller).key(key.cloned());
        if let Some(first) = drafts.first() {
            whole = whole.answers(StreamId::from(&first.order.order_id), None, false);
        }
        for draft in drafts {
            whole = whole.and(self.commit_of_draft(caller, None, draft, false));
        }
        whole
    }

    async fn placed_together(&self, drafts: &[Draft], receipt: &Receipt) -> Result<Vec<PlacedLine>, Problem> {
        if let Some(answer) = &receipt.replayed {
            return self.answered_together(answer, drafts.len()).await;
        }
        let numbers: HashMap<&StreamId, u64> =
            receipt.numbers.iter().map(|(stream, number)| (stream, *number)).collect();
        let placed = |draft: &Draft| {
            let order_id = draft.order.order_id.clone();
            let number = numbers.get(&StreamId::from(&order_id)).copied().unwrap_or_default();
            PlacedLine { order_id, number, replayed: false }
        };
        Ok(drafts.iter().map(placed).collect())
    }

    /// The orders of a commit, by the first of them: they stand behind each other in the log.
    async fn answered_together(&self, answer: &Answer, count: usize) -> Result<Vec<PlacedLine>, Problem> {
        let first = OrderId::trusted(answer.stream.id().into());
        let history = self.history(&first).await?;
        let opened = history.first().ok_or_else(|| Problem::internal(&"an order without events"))?;
        let filter = EventFilter { names: Some(vec!["OrderPlaced"]), subject: None };
        let limit = u32::try_from(count).unwrap_or(u32::MAX);
        let before = Position(opened.position.0.saturating_sub(1));
        let events = self.room.ports.feed.after(before, &filter, limit).await?;
        let placed = events.iter().map(|event| PlacedLine {
            order_id: OrderId::trusted(event.stream.id().into()),
            number: event.number.unwrap_or_default(),
            replayed: true,
        });
        Ok(placed.collect())
    }

    /// The answer that the same requests were given before, if they were.
    async fn together_before(
        &self,
        key: Option<IdempotencyKey>,
        requests: &[OrderRequest],
        failed: NotTogether,
    ) -> Result<Vec<PlacedLine>, NotTogether> {
        let problem = match &failed {
            NotTogether::All(problem) => problem.clone(),
            NotTogether::Lines(lines) => match lines.first() {
                Some((_, problem)) => problem.clone(),
                None => return Err(failed),
            },
        };
        if let Ok(answer) = answered_before(&self.room, key, problem).await {
            return Ok(self.answered_together(&answer, requests.len()).await?);
        }
        let mut before = Vec::with_capacity(requests.len());
        for request in requests {
            match self.placed_before(request).await? {
                Some(placed) => before.push(placed),
                None => return Err(failed),
            }
        }
        Ok(before)
    }
}

fn must_be_few(requests: &[OrderRequest]) -> Result<(), Problem> {
    if requests.len() <= TOGETHER_MAX {
        return Ok(());
    }
    let detail = format!("{} orders; at most {TOGETHER_MAX} are placed together", requests.len());
    Err(Problem::invalid(vec![Fault::invalid("", detail)]))
}

/// Requests that take what one before them takes: each reference and each reservation is for one order.
fn twice(requests: &[OrderRequest]) -> Vec<(usize, Problem)> {
    let (mut seen, mut failed) = (HashMap::new(), Vec::new());
    for (index, request) in requests.iter().enumerate() {
        let reference = request.reference.clone().map(|text| ("/reference", text));
        let basket = request.reservation_id.as_ref().map(|id| ("/reservation_id", id.to_string()));
        for (pointer, name) in reference.into_iter().chain(basket) {
            let detail = format!("'{name}' is that of an order before it; each has its own");
            if seen.insert((pointer, name), index).is_some() {
                failed.push((index, Problem::invalid(vec![Fault::invalid(pointer, detail)])));
            }
        }
    }
    failed
}

/// What a draft takes, added to what others take.
fn promise(promised: &mut Promised, draft: &Draft) {
    for change in sutler_domain::orders::stock_changes(&draft.events) {
        let sum = promised.entry((change.variant_id, change.location_id)).or_default();
        *sum = sum.saturating_add(change.reserved);
    }
}

/// Customers that orders of the same commit make: each is made once.
#[derive(Default)]
struct Known {
    by_email: HashMap<String, CustomerId>,
    made: HashSet<CustomerId>,
}

impl Known {
    /// The request, naming the customer whom one before it makes.
    fn named(&self, request: &OrderRequest) -> OrderRequest {
        let mut request = request.clone();
        let email = request.customer.as_ref().and_then(|customer| customer.email.as_deref());
        if request.customer_id.is_none()
            && let Some(known) = email.and_then(|email| self.by_email.get(&email_claim(email.trim()).value))
        {
            request.customer_id = Some(known.clone());
        }
        request
    }

    /// Remember the customer that a draft makes, unless one before it does.
    fn meet(&mut self, draft: &mut Draft) {
        let Some((contact, _)) = &mut draft.person.new_customer else { return };
        let Some(id) = contact.customer_id.clone() else { return };
        if !self.made.insert(id.clone()) {
            draft.person.new_customer = None;
            return;
        }
        let Some(name) = contact.email.as_deref().map(|email| email_claim(email).value) else { return };
        if *self.by_email.entry(name).or_insert_with(|| id.clone()) != id {
            contact.email = None;
        }
    }
}

/// The first lines that go beyond what is there, each with what was left for it.
fn short_lines(drafts: &[Draft], short: &[Shortage]) -> Vec<(usize, Problem)> {
    let mut left: HashMap<&StockKey, i64> = short.iter().map(|one| (&one.at, one.available)).collect();
    let mut failed = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let mut asked: HashMap<&StockKey, i64> = HashMap::new();
        let changes = sutler_domain::orders::stock_changes(&draft.events);
        for one in short {
            let is_of = |change: &&sutler_domain::orders::StockChange| {
                change.variant_id == one.at.variant_id && change.location_id == one.at.location_id
            };
            let sum = changes.iter().filter(is_of).fold(0i64, |sum, c| sum.saturating_add(c.reserved));
            asked.insert(&one.at, sum);
        }
        let mut lacking = Vec::new();
        for (at, requested) in asked {
            let available = left.get(at).copied().unwrap_or_default();
            if requested > available {
                lacking.push(Shortage { at: at.clone(), available, requested });
            } else if let Some(left) = left.get_mut(at) {
                *left = left.saturating_sub(requested);
            }
        }
        if !lacking.is_empty() {
            failed.push((index, out_of_stock(&draft.items, &lacking)));
        }
    }
    failed
}
