import createClient, { type Client } from "openapi-fetch";
import { RETRIES, patiently, type Retries } from "./retry.js";
import type { paths } from "./schema.js";

/** How the shop is reached. */
export interface Options {
  /** Where: `http://127.0.0.1:8420`. */
  readonly url: string;
  /** An API key; none for `sutler dev` on the same machine. */
  readonly key?: string | undefined;
  readonly retries?: Partial<Retries>;
  /** What sends requests, where it is not the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** A client with a method for each of HTTP, typed by path. */
export type Sutler = Client<paths>;

/** A client of a shop. It throws a `Problem` for whatever is not a success. */
export function createSutler(options: Options): Sutler {
  const send = patiently(options.fetch ?? fetch, { ...RETRIES, ...options.retries });
  return createClient<paths>({
    baseUrl: options.url,
    fetch: send,
    headers: options.key === undefined ? {} : { authorization: `Bearer ${options.key}` },
    querySerializer: { array: { style: "form", explode: false } },
  });
}

/** What a call answers, without its envelope. */
export async function told<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data, response } = await call;
  if (data === undefined) throw new TypeError(`${response.url} answered ${response.status} without a body`);
  return data;
}
