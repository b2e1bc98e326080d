import type { ConfigFile } from '../target/durable-sink.js';
import { plan } from '../target/plan.js';
import { ConfigFiles } from './config-files.js';
import { allKeys, type HaproxyModel } from './model.js';

/**
 * All files of a model, sorted by path, with every section in `haproxy.cfg`: for those who write a configuration and do not run it. The same
 * model gives the same bytes.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` if a row holds what HAProxy cannot be told.
 * @public
 */
export function renderConfiguration(model: HaproxyModel): readonly ConfigFile[] {
  const files = new ConfigFiles({ shards: 1 });
  files.take(plan(allKeys(model), new Map()));
  return [...files.paths()].sort().flatMap((path) => {
    const file = files.render(path);
    return file === undefined ? [] : [{ path: file.path, content: file.content, secret: file.secret }];
  });
}
