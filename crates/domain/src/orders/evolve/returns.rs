//! How returns fold into their order.

use jiff::Timestamp;

use super::{add, sub};
use crate::ReturnId;
use crate::orders::{Order, OrderEvent, RefundLine, Return, ReturnLine, ReturnStatus};

impl Order {
    /// Whether the event was about a return.
    pub(super) fn apply_return(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
        use OrderEvent as E;
        match event {
            E::ReturnRequested { return_id, lines, label } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| add(&mut item.returning, line.quantity));
                }
                self.returns.push(Return {
                    return_id: return_id.clone(),
                    lines: lines.clone(),
                    status: ReturnStatus::Requested,
                    label: label.clone(),
                    reject_reason: None,
                    created_at: at,
                    approved_at: None,
                    received_at: None,
                    ended_at: None,
                });
            }
            E::ReturnApproved { return_id, label } => self.with_return(return_id, |one| {
                one.status = ReturnStatus::Approved;
                one.approved_at = Some(at);
                if let Some(label) = label {
                    one.label.clone_from(label);
                }
            }),
            E::ReturnReceived { return_id, lines } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| {
                        sub(&mut item.returning, line.quantity);
                        add(&mut item.returned, line.quantity);
                    });
                    self.with_return_line(return_id, &line.item_id, |known| {
                        add(&mut known.received, line.quantity);
                        add(&mut known.restocked, line.restocked);
                    });
                }
                self.with_return(return_id, |one| {
                    one.status = ReturnStatus::Received;
                    one.received_at = one.received_at.or(Some(at));
                });
            }
            E::ReturnRejected { return_id, reason } => {
                self.end_return(return_id, ReturnStatus::Rejected, at);
                self.with_return(return_id, |one| one.reject_reason.clone_from(reason));
            }
            E::ReturnClosed { return_id } => self.end_return(return_id, ReturnStatus::Closed, at),
            _ => return false,
        }
        true
    }

    /// Units that a return brought back are refunded, or are not after all.
    pub(super) fn settle_return(&mut self, id: Option<&ReturnId>, lines: &[RefundLine], is_back: bool) {
        let Some(id) = id else { return };
        for line in lines {
            let change = if is_back { add } else { sub };
            self.with_return_line(id, &line.item_id, |known| change(&mut known.refunded, line.returned));
        }
    }

    /// Nothing more comes: what has not come is with the customer.
    fn end_return(&mut self, id: &ReturnId, status: ReturnStatus, at: Timestamp) {
        let lines = self.find_return(id).map(|one| one.lines.clone()).unwrap_or_default();
        for line in lines {
            self.with_item(&line.item_id, |item| sub(&mut item.returning, line.outstanding()));
        }
        self.with_return(id, |one| {
            one.status = status;
            one.ended_at = Some(at);
        });
    }

    fn with_return(&mut self, id: &ReturnId, change: impl FnOnce(&mut Return)) {
        if let Some(one) = self.returns.iter_mut().find(|one| &one.return_id == id) {
            change(one);
        }
    }

    fn with_return_line(
        &mut self,
        id: &ReturnId,
        item: &crate::ItemId,
        change: impl FnOnce(&mut ReturnLine),
    ) {
        self.with_return(id, |one| {
            if let Some(line) = one.lines.iter_mut().find(|line| &line.item_id == item) {
                change(line);
            }
        });
    }
}
