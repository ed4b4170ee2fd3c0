//! What a form did, said on the page that follows it. The address carries a word of this list, never a text.

use axum::http::Uri;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `success`, `warning` or `info`.
    pub(crate) tone: &'static str,
    /// The sentence.
    pub(crate) text: &'static str,
}

const NOTICES: &[(&str, &str, &str)] = &[
    ("placed", "success", "The order is placed."),
    ("captured", "success", "The money is captured."),
    ("capturing", "info", "The capture is under way; the gateway has not answered yet."),
    ("voided", "success", "The authorization is given up."),
    ("paying", "info", "The payment is under way."),
    ("paid", "success", "The payment went through."),
    ("unpaid", "warning", "The payment did not go through. The order says why."),
    ("refunded", "success", "The money went back."),
    ("refunding", "info", "The refund is under way; the gateway has not answered yet."),
    ("unrefunded", "warning", "The gateway refused the refund. The order says why."),
    ("fulfilled", "success", "The fulfillment is made."),
    ("shipped", "success", "It is on its way."),
    ("delivered", "success", "It has arrived."),
    ("unplanned", "success", "The fulfillment is called off."),
    ("canceled", "success", "The order is canceled."),
    ("held", "success", "Fulfillment is on hold."),
    ("unheld", "success", "Fulfillment goes on."),
    ("confirmed", "success", "The order is confirmed."),
    ("completed", "success", "The order is completed."),
    ("released", "success", "What was kept for the order is released."),
    ("returning", "success", "The return is asked for."),
    ("approved", "success", "The goods may come."),
    ("received", "success", "What came is booked. Refund it from here."),
    ("rejected", "success", "The return is rejected."),
    ("closed", "success", "The return is closed."),
    ("erased", "success", "The person is forgotten."),
    ("revoked", "success", "The key opens nothing any more."),
    ("none_ticked", "warning", "Nothing is ticked: tick some in the list first."),
    ("noted", "success", "The note is added."),
    ("saved", "success", "Saved."),
    ("view_saved", "success", "The view is saved; it stands among the tabs."),
    ("changed", "success", "The changes are made, all of them in one commit."),
    ("unchanged", "info", "Nothing had changed, so nothing was written."),
    ("published", "success", "The product is for sale."),
    ("archived", "success", "The product is archived."),
    ("adjusted", "success", "The stock is adjusted."),
    ("deleted", "success", "It is deleted."),
    ("sent", "success", "A test event is on its way; its delivery shows up here."),
    ("resent", "success", "It is sent once more."),
    ("recovered", "success", "What was missed is queued."),
    ("enabled", "success", "Events are delivered again."),
    ("disabled", "success", "Nothing is delivered any more."),
    ("retried", "success", "It runs again."),
    ("called_off", "success", "The job is called off."),
    ("paused", "success", "The queue is paused: nothing of it is begun."),
    ("resumed", "success", "The queue goes on."),
];

/// What the address of a page says was done.
pub(crate) fn of(uri: &Uri) -> Option<Notice> {
    let done = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    let found = NOTICES.iter().find(|(word, ..)| *word == done);
    found.map(|(_, tone, text)| Notice { tone, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_list_are_told() {
        assert_eq!(of(&"/admin?done=saved".parse().unwrap()).map(|told| told.text), Some("Saved."));
        assert_eq!(of(&"/admin?done=<script>".replace(['<', '>'], "").parse().unwrap()), None);
        assert_eq!(of(&"/admin".parse().unwrap()), None);
    }
}
