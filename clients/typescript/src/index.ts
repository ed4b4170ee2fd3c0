/**
 * The REST API of Sutler. Paths, parameters, bodies and answers are typed from its OpenAPI document.
 *
 *     const sutler = createSutler({ url: "http://127.0.0.1:8420", key: process.env.SUTLER_KEY });
 *     const order = await told(sutler.POST("/orders", { body: { items: [{ sku: "MUG-BLUE", quantity: 1 }] } }));
 */
export { createSutler, told, type Options, type Sutler } from "./client.js";
export { Problem, Unreachable, isProblem, type Fault } from "./problem.js";
export { rows, type Paged, type Row } from "./pages.js";
export { verifyWebhook, type WebhookHeaders } from "./webhooks.js";
export type { components, operations, paths } from "./schema.js";
