// Against a running shop: SUTLER_URL, SUTLER_KEY, and a product with the SKU MUG-BLUE.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createSutler, isProblem, rows, told, verifyWebhook } from "../dist/index.js";

const options = { url: process.env.SUTLER_URL, key: process.env.SUTLER_KEY };
const order = { items: [{ sku: "MUG-BLUE", quantity: 1 }], payment: { gateway: "fake", token: "tok_ok" } };

test("an order is placed, paid and refunded", async () => {
  const sutler = createSutler(options);
  const placed = await told(sutler.POST("/orders", { body: order, headers: { prefer: "wait=8" } }));
  assert.equal(placed.payment_status, "paid");
  const refund = await told(sutler.POST("/refunds", {
    body: { order_id: placed.order_id, amount: { amount: 100, currency: placed.currency } },
    headers: { prefer: "wait=8" },
  }));
  assert.equal(refund.status, "succeeded");
  const shown = await told(sutler.GET("/orders/{id}", { params: { path: { id: placed.order_id }, query: { expand: ["refunds"] } } }));
  assert.equal(shown.totals.refunded.amount, 100);
});

test("an answer that was lost is asked for again under the same key, and the work is done once", async () => {
  let lost = 0;
  const keys = new Set();
  const lossy = async (request) => {
    if (request.method === "POST") keys.add(request.headers.get("idempotency-key"));
    const response = await fetch(request);
    if (request.method === "POST" && lost < 2) { lost += 1; throw new TypeError("the connection broke"); }
    return response;
  };
  const sutler = createSutler({ ...options, fetch: lossy, retries: { waitMs: 1 } });
  const reference = `once-${process.pid}`;
  const placed = await told(sutler.POST("/orders", { body: { ...order, reference } }));
  assert.deepEqual([lost, keys.size], [2, 1]);
  const found = [];
  for await (const one of rows(sutler, "/orders", { reference })) found.push(one.order_id);
  assert.deepEqual(found, [placed.order_id]);
});

test("a problem is thrown with its code, its faults and no repeat", async () => {
  let sent = 0;
  const counting = (request) => { sent += 1; return fetch(request); };
  const sutler = createSutler({ ...options, fetch: counting });
  await assert.rejects(sutler.POST("/orders", { body: { items: [{ sku: "MUG-BLUE", quantity: 1, colour: "blue" }] } }), (error) => {
    assert.ok(isProblem(error, "unknown_field") && error.status === 400 && !error.retryable, String(error));
    assert.equal(error.faults[0].pointer, "/items/0/colour");
    return true;
  });
  assert.equal(sent, 1);
  await assert.rejects(createSutler({ ...options, key: "sk_live_wrong" }).GET("/orders"), (error) => isProblem(error, "unauthenticated"));
});

test("every row of a list comes once, page after page", async () => {
  const sutler = createSutler(options);
  const all = await told(sutler.GET("/orders", { params: { query: { limit: 200 } } }));
  const found = [];
  for await (const one of rows(sutler, "/orders", { limit: 1 })) found.push(one.order_id);
  assert.ok(found.length >= 2);
  assert.deepEqual(found, all.data.map((one) => one.order_id));
});

test("a webhook is taken as it was signed and not otherwise", () => {
  const secret = Buffer.from("a secret of thirty-two bytes, or so").toString("base64");
  const body = JSON.stringify({ id: "evt_1", type: "order.placed" });
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", Buffer.from(secret, "base64")).update(`evt_1.${at}.${body}`).digest("base64");
  const headers = { "webhook-id": "evt_1", "webhook-timestamp": at, "webhook-signature": `v1,${signature}` };
  assert.equal(verifyWebhook(`whsec_${secret}`, body, headers).type, "order.placed");
  assert.throws(() => verifyWebhook(`whsec_${secret}`, `${body} `, headers));
});
