import { Webhook } from "standardwebhooks";
import type { components } from "./schema.js";

/** The headers of a delivery, as Standard Webhooks names them. */
export interface WebhookHeaders {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/**
 * The event of a delivery, if it was signed with this secret and is no older than five minutes; else it throws. `body` must be
 * the text as it came: parsing and writing it again changes bytes.
 */
export function verifyWebhook(secret: string, body: string, headers: WebhookHeaders): components["schemas"]["Event"] {
  return new Webhook(secret).verify(body, { ...headers }) as components["schemas"]["Event"];
}
