import { ApiFailure, broken, isObject } from './api-failure.js';

/** A line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

const newline = 0x0a;

/**
 * The events of a watch, as many at a time as came in together. What stands after the last newline when the stream ends was cut off, and is
 * dropped: it comes again when the watch goes on.
 * @throws {@link ApiFailure} for a line that is none of a watch; the events before it are given.
 */
export async function* watchEvents(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly WatchEvent[]> {
  // Pieces of a line without its end: joined once, however many they are.
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    const events: WatchEvent[] = [];
    let failure: ApiFailure | undefined;
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0 && !failure; end = chunk.indexOf(newline, from)) {
      const last = chunk.subarray(from, end);
      const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
      pieces = [];
      from = end + 1;
      const event = eventOf(line);
      if (event instanceof ApiFailure) failure = event;
      else if (event) events.push(event);
    }
    if (events.length > 0) yield events;
    if (failure) throw failure;
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
}

function eventOf(line: Buffer): WatchEvent | ApiFailure | undefined {
  if (line.length === 0) return undefined;
  try {
    const event: unknown = JSON.parse(line.toString());
    if (isObject(event) && typeof event['type'] === 'string') return { type: event['type'], object: event['object'] };
    return new ApiFailure('it sends a line that is no event');
  } catch (error) {
    return broken(error);
  }
}
