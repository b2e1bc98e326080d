import { ApiFailure, isObject } from './api-failure.js';
import type { ApiRequest, ApiServer } from './api-server.js';
import { BodyBytes } from './body-bytes.js';
import type { Turns } from './waiting.js';
import { versionOf } from './wire.js';

/** A part of a list. */
export interface ListPage {
  readonly items: readonly unknown[];
  /** Of the whole list. */
  readonly version: string;
}

/** Parsing a page of this size takes a few milliseconds, in which nothing else happens; it is also what a list costs in memory. */
const bytesOfPage = 1 << 19;
/** How large the objects are is known after a first, small page. */
const firstPage = 100;
const smallestPage = 20;

/**
 * Reads a list page by page, each in its own turn of the event loop; the larger the objects, the fewer are in a page.
 * @throws {@link ApiFailure}; with status 410 if reading took longer than the server keeps the list: then the next try is a new list.
 */
export async function* listPages(
  api: ApiServer,
  request: Omit<ApiRequest, 'verb'>,
  { pageSize, turns }: { readonly pageSize: number; readonly turns: Turns },
): AsyncGenerator<ListPage> {
  let limit = Math.min(firstPage, pageSize);
  let next = '';
  const body = new BodyBytes();
  do {
    const query = { ...request.query, limit: String(limit), ...(next !== '' && { continue: next }) };
    const value = await api.json({ ...request, query, verb: 'list' }, { turns, body });
    if (!isObject(value) || !isObject(value['metadata'])) throw new ApiFailure('it sends something that is no list');
    // An empty list of Go is null.
    const items: unknown = value['items'] ?? [];
    if (!Array.isArray(items)) throw new ApiFailure('it sends a list without items');
    yield { items, version: versionOf(value) };
    const { continue: token } = value['metadata'];
    next = typeof token === 'string' ? token : '';
    limit = Math.min(pageSize, Math.max(smallestPage, Math.floor((items.length * bytesOfPage) / body.length)));
  } while (next !== '');
}
