import { Problem, Unreachable } from "./problem.js";

/** How often, and how patiently, a request is repeated. */
export interface Retries {
  /** Repeats after the first attempt. */
  readonly repeats: number;
  /** The wait before the first repeat; it doubles with each, and half of it is chance. */
  readonly waitMs: number;
  /** The longest wait. */
  readonly waitMsMax: number;
}

export const RETRIES: Retries = { repeats: 4, waitMs: 200, waitMsMax: 5_000 };

const IDEMPOTENCY_KEY = "idempotency-key";

/**
 * Sends requests, gives each POST an idempotency key of its own, and repeats what may be repeated: what has the same key does
 * its work once. Throws a `Problem` for every answer that is not a success, and `Unreachable` where none came.
 */
export function patiently(send: typeof fetch, retries: Retries): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "POST" && !request.headers.has(IDEMPOTENCY_KEY)) {
      request.headers.set(IDEMPOTENCY_KEY, crypto.randomUUID());
    }
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= retries.repeats;
      const answered = await attemptOf(send, request.clone());
      if (answered instanceof Response && (answered.ok || answered.status === 304)) return answered;
      const error = answered instanceof Response ? await Problem.of(answered) : answered;
      const again = error instanceof Unreachable || error.retryable;
      if (last || !again || !isRepeatable(request)) throw error;
      await pause(wait(retries, attempt, answered instanceof Response ? answered : undefined));
    }
  };
}

async function attemptOf(send: typeof fetch, request: Request): Promise<Response | Unreachable> {
  try {
    return await send(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    return new Unreachable(`${request.method} ${request.url}: no answer`, { cause });
  }
}

/** A change without a key may have had its effect, and would have it again. What names a version has it once. */
function isRepeatable(request: Request): boolean {
  const named = request.headers.has(IDEMPOTENCY_KEY) || request.headers.has("if-match");
  return ["GET", "HEAD", "PUT", "DELETE"].includes(request.method) || named;
}

function wait(retries: Retries, attempt: number, response: Response | undefined): number {
  const asked = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1_000;
  const grown = Math.min(retries.waitMs * 2 ** attempt, retries.waitMsMax);
  const chosen = grown / 2 + (Math.random() * grown) / 2;
  return Number.isFinite(asked) ? Math.max(asked, chosen) : chosen;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
