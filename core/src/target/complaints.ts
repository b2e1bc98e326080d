import type { RenderedFile } from '../haproxy/config-files.js';
import type { Origin } from '../resource/origin.js';
import type { CheckMessage } from './durable-sink.js';
import type { Complaint } from './target.js';

/** Each alert leads to what its line, and the files that it names, come from. At least one. */
export function complaintsOf(messages: readonly CheckMessage[], fileAt: (path: string) => RenderedFile | undefined): readonly Complaint[] {
  const known = new Map<string, RenderedFile | undefined>();
  const originAt = (path: string, line: number): Origin | undefined => {
    if (!known.has(path)) known.set(path, fileAt(path));
    return known.get(path)?.originAt(line);
  };
  const alerts = messages.filter((message) => message.severity === 'alert');
  const complaints = alerts.map(({ file, line, text, mentions = [] }): Complaint => {
    // A file that cannot be loaded is more to blame than the line that names it.
    const named = mentions.flatMap((path) => originAt(path, 1) ?? []);
    const own = file === undefined ? undefined : originAt(file, line ?? 1);
    return { text, origins: named.length > 0 ? named : own === undefined ? [] : [own] };
  });
  return complaints.length > 0 ? complaints : [{ text: '', origins: [] }];
}
