//! The cancellations of an import.

use sutler_domain::CustomerId;

use super::cancel::{Canceling, Changed, TakenBack, Unmatched, alike, give_back, purchases};
use super::flight::Load;
use super::groups::Group;
use super::lines::{Fate, Line, Lines};
use super::orders::{of, tally};
use super::run::Run;
use super::tally::Tally;
use crate::commit::{Change, Claim, ClaimKind, View};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::stream::StreamId;
use crate::transfer::mapping::Field;

/// What was found for the lines of a cancellation.
#[derive(Default)]
struct Found {
    changed: Changed,
    /// Lines that were taken in before.
    known: Tally,
    /// Lines that found what they cancel.
    matched: Tally,
    unmatched: Vec<(u64, Unmatched)>,
    claims: Vec<(String, StreamId)>,
}

impl Run<'_> {
    /// Take in a cancellation: its lines find the orders they are from, or are told of one by one.
    pub(super) async fn take_back(&mut self, group: Group, lines: Lines) -> Result<(), Problem> {
        let key = self.key(&group, None);
        self.wait_for(key.as_ref()).await?;
        let customer = group.rows.first().map_or("", |row| self.header.cell(row, Field::CustomerId));
        let who = Canceling {
            reference: &group.reference,
            customer_id: CustomerId::parse(customer).ok(),
            at: lines.placed_at,
        };
        let mut found = Found::default();
        for back in alike(of(&lines, &Fate::TakenBack)) {
            self.look_for(&who, &lines, &back, &mut found).await?;
        }
        if group.tries == 0 {
            for (line, fate) in &lines.all {
                if let Fate::Wrong((code, message)) = fate {
                    self.list(&group, line, lines.currency, (code, message));
                }
            }
        }
        let Found { changed, known, matched, unmatched, claims } = found;
        if claims.is_empty() || self.options.dry_run {
            self.report.canceled.merge(&known);
            self.report.canceled.merge(&matched);
            self.list_unmatched(&group, &unmatched);
            return Ok(());
        }
        let mut commit = self.commit(&group);
        let mut orders: Vec<_> = changed.orders.into_values().collect();
        orders.sort_by_key(|(order, _)| order.number);
        let mut refunds = 0u64;
        for (order, events) in orders {
            let stream = StreamId::from(&order.value.order_id);
            let events: Vec<NewEvent> = events.iter().map(|(event, at)| NewEvent::of(event, *at)).collect();
            // An intent and its outcome each.
            refunds = refunds.saturating_add(u64::try_from(events.len() / 2).unwrap_or(u64::MAX));
            commit = commit.change(Change::stream(stream, order.version, events, View::Order(order.value)));
        }
        for (value, holder) in &claims {
            commit = commit.take(ClaimKind::ImportEntry, value, holder);
        }
        let mut all = known;
        all.merge(&matched);
        let load = Load::Back { matched: all, refunds, unmatched };
        self.flight.send(self.room, group, load, key, commit);
        Ok(())
    }

    async fn look_for(
        &mut self,
        who: &Canceling<'_>,
        lines: &Lines,
        back: &TakenBack<'_>,
        found: &mut Found,
    ) -> Result<(), Problem> {
        let value = back.mark(who.reference);
        let sum = tally(lines, &back.lines);
        let claim = Claim { kind: ClaimKind::ImportEntry, value: value.clone() };
        if self.room.ports.contacts.holder(&claim).await?.is_some() {
            found.known.merge(&sum);
            return Ok(());
        }
        let earlier = purchases(self.room, who, back, &found.changed).await?;
        let outcome = if self.options.dry_run {
            self.try_back(who, back, earlier.is_known, earlier.units)
        } else {
            give_back(who, back, earlier, &mut found.changed).map(|order_id| StreamId::from(&order_id))
        };
        match outcome {
            Ok(holder) => {
                found.matched.merge(&sum);
                found.claims.push((value, holder));
            }
            Err(why) => found.unmatched.extend(back.lines.iter().map(|line| (line.row, why))),
        }
        Ok(())
    }

    /// What would become of units given back, by the store and by what this run would have stored.
    fn try_back(
        &mut self,
        who: &Canceling<'_>,
        back: &TakenBack<'_>,
        is_known: bool,
        units: i64,
    ) -> Result<StreamId, Unmatched> {
        let customer = who.customer_id.as_ref().map(CustomerId::as_str);
        let here = self.ledger.left(customer, back.sku(), who.at);
        if here.is_none() && !is_known {
            return Err(Unmatched::NoEarlierPurchase);
        }
        if here.unwrap_or_default().saturating_add(units) < back.units {
            return Err(Unmatched::ExceedsPurchases);
        }
        self.ledger.give_back(customer, back.sku(), who.at, back.units);
        Ok(StreamId::new(crate::StreamKind::Import, who.reference))
    }

    /// Rows of a cancellation that found nothing.
    pub(super) fn list_unmatched(&mut self, group: &Group, unmatched: &[(u64, Unmatched)]) {
        if unmatched.is_empty() {
            return;
        }
        let lines = self.reader.lines(&self.header, group);
        for (row, why) in unmatched {
            let line: Option<&Line> = lines.all.iter().map(|(line, _)| line).find(|line| line.row == *row);
            if let Some(line) = line {
                self.list(group, line, lines.currency, (why.code(), why.words()));
            }
        }
    }
}
