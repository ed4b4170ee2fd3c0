"""A client that openapi-python-client made of the document places, pays and refunds an order."""

import os

from sutler_client import AuthenticatedClient
from sutler_client.api.orders import get_order, place_order
from sutler_client.api.payments import create_refund
from sutler_client.models import NewOrder, NewRefund, Order, ProblemBody, Refund

client = AuthenticatedClient(base_url=os.environ["SUTLER_URL"], token=os.environ["SUTLER_KEY"])

basket = NewOrder.from_dict(
    {"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment": {"gateway": "fake", "token": "tok_ok"}}
)
placed = place_order.sync(client=client, body=basket, prefer="wait=8", idempotency_key="python-1")
assert isinstance(placed, Order), placed
assert placed.payment_status == "paid", placed.payment_status

again = place_order.sync(client=client, body=basket, prefer="wait=8", idempotency_key="python-1")
assert isinstance(again, Order) and again.order_id == placed.order_id, again

asked = NewRefund.from_dict({"order_id": placed.order_id, "amount": {"amount": 100, "currency": placed.currency}})
refund = create_refund.sync(client=client, body=asked, prefer="wait=8", idempotency_key="python-2")
assert isinstance(refund, Refund) and refund.status == "succeeded", refund

shown = get_order.sync(placed.order_id, client=client)
assert isinstance(shown, Order) and shown.totals.refunded.amount == 100, shown

nothing = NewOrder.from_dict({"items": [{"sku": "NO-SUCH", "quantity": 1}]})
refused = place_order.sync(client=client, body=nothing, idempotency_key="python-3")
assert isinstance(refused, ProblemBody) and refused.code == "product_unknown", refused
