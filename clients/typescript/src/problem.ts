import type { components } from "./schema.js";

type ProblemBody = components["schemas"]["ProblemBody"];

/** One thing that is wrong with a request, with a JSON pointer to it. */
export type Fault = components["schemas"]["FieldFault"];

/** An answer that is not a success (RFC 9457). Programs look at `code`. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: string;
  readonly status: number;
  /** Whether to repeat the identical request soon makes sense. */
  readonly retryable: boolean;
  readonly requestId: string | undefined;
  readonly faults: readonly Fault[];
  /** The whole answer, with what a program needs beside the code. */
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail);
    this.code = body.code;
    this.status = body.status;
    this.retryable = body.retryable;
    this.requestId = body.request_id ?? undefined;
    this.faults = body.errors;
    this.body = body;
  }

  /** The problem that an answer tells; something in front of the server may tell none. */
  static async of(response: Response): Promise<Problem> {
    const told: unknown = await response.clone().json().catch(() => undefined);
    if (isBody(told)) return new Problem(told);
    const detail = `status ${response.status} without a problem: something in front of the server answered`;
    return new Problem({
      type: "about:blank", title: response.statusText, status: response.status, code: "unknown", detail, error: detail,
      instance: new URL(response.url).pathname, retryable: response.status >= 500, errors: [],
    });
  }
}

/** No answer came: what became of the request is not known, and it is safe to ask again with the same key. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Whether an error is a problem, of this code if one is named. */
export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code);
}

function isBody(value: unknown): value is ProblemBody {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value && "errors" in value;
}
