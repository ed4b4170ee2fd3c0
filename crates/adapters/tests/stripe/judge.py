"""The official SDK of Stripe judges the hostile Stripe of the test kit: its shapes, its errors and its signatures.

Arguments: the address of the server, the secret key, the secret of webhooks, a webhook's signature, and its body.
Says, on one line, a signature of its own for that body.
"""

import sys
import time

import stripe

address, key, secret, signature, body = sys.argv[1:]
client = stripe.StripeClient(key, base_addresses={"api": address}, max_network_retries=0)
intents = client.v1.payment_intents

asked = {
    "amount": 1000,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "capture_method": "manual",
    "metadata": {"sutler_payment_id": "pay_judge"},
}
made = intents.create(asked, {"idempotency_key": "one"})
assert isinstance(made, stripe.PaymentIntent) and made.status == "requires_capture", made
assert made.amount_capturable == 1000 and made.metadata["sutler_payment_id"] == "pay_judge"
again = intents.create(asked, {"idempotency_key": "one"})
assert again.id == made.id and again.last_response.headers["idempotent-replayed"] == "true"
try:
    intents.create({**asked, "amount": 2000}, {"idempotency_key": "one"})
    raise AssertionError("another call under the same key was taken")
except stripe.IdempotencyError:
    pass

taken = intents.capture(made.id, {"amount_to_capture": 700})
assert taken.status == "succeeded" and taken.amount_received == 700, taken
whole = intents.retrieve(made.id, {"expand": ["latest_charge"]})
assert isinstance(whole.latest_charge, stripe.Charge) and whole.latest_charge.amount_captured == 700
refund = client.v1.refunds.create({"payment_intent": made.id, "amount": 200, "metadata": {"a": "b"}})
assert isinstance(refund, stripe.Refund) and refund.status == "succeeded" and refund.metadata["a"] == "b"
assert [found.id for found in client.v1.refunds.list({"payment_intent": made.id}).data] == [refund.id]
found = intents.search({"query": "metadata['sutler_payment_id']:'pay_judge'"})
assert [intent.id for intent in found.data] == [made.id]

for _ in range(4):
    intents.create({"amount": 1, "currency": "eur"})
assert len(list(intents.list({"limit": 2}).auto_paging_iter())) == 5

try:
    intents.create({**asked, "payment_method": "pm_card_chargeDeclined", "capture_method": "automatic"})
    raise AssertionError("a card that is declined paid")
except stripe.CardError as error:
    assert error.code == "card_declined" and error.http_status == 402
    assert error.error.payment_intent.status == "requires_payment_method"
three_d_secure = intents.create({**asked, "payment_method": "pm_card_threeDSecure2Required", "return_url": "https://a.test"})
assert three_d_secure.status == "requires_action"
assert three_d_secure.next_action.redirect_to_url.return_url == "https://a.test"
assert intents.cancel(three_d_secure.id).status == "canceled"
try:
    stripe.StripeClient("sk_test_other", base_addresses={"api": address}).v1.payment_intents.list()
    raise AssertionError("another key was accepted")
except stripe.AuthenticationError:
    pass

event = stripe.Webhook.construct_event(body, signature, secret)
assert isinstance(event, stripe.Event) and event.type.startswith("payment_intent."), event
assert isinstance(event.data.object, stripe.PaymentIntent)
try:
    stripe.Webhook.construct_event(body + " ", signature, secret)
    raise AssertionError("a body that was changed was believed")
except stripe.SignatureVerificationError:
    pass

now = int(time.time())
print(f"t={now},v1={stripe.WebhookSignature._compute_signature(f'{now}.{body}', secret)}")
