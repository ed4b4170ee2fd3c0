import type { Sutler } from "./client.js";
import type { paths } from "./schema.js";

interface PageOf<R> {
  data: R[];
  page: { next: string | null; has_more: boolean };
}

type Json<P extends keyof paths> = paths[P] extends { get: { responses: { 200: { content: { "application/json": infer B } } } } } ? B : never;

/** The paths whose lists come in pages. */
export type Paged = { [P in keyof paths]: Extract<Json<P>, PageOf<unknown>> extends never ? never : P }[keyof paths];

/** A row of such a list. */
export type Row<P extends Paged> = Extract<Json<P>, PageOf<unknown>>["data"][number];

type Query<P extends Paged> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never;

/** Every row of a list, page after page: `for await (const order of rows(sutler, "/orders", { status: ["created"] }))`. */
export async function* rows<P extends Paged>(sutler: Sutler, path: P, query?: Query<P>, inPath?: Record<string, string>): AsyncGenerator<Row<P>> {
  // The types of a path that is not known yet cannot be followed; what comes back is checked by its caller's type.
  const get = sutler.GET as (path: string, init: object) => Promise<{ data?: PageOf<Row<P>> }>;
  let after: string | undefined;
  for (;;) {
    const asked = { ...(query as object | undefined), ...(after === undefined ? {} : { after }) };
    const { data: page } = await get(path, { params: { query: asked, ...(inPath === undefined ? {} : { path: inPath }) } });
    if (page === undefined) return;
    yield* page.data;
    if (!page.page.has_more || page.page.next === null) return;
    after = page.page.next;
  }
}
