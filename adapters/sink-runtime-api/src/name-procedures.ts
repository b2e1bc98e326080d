import { crtListRow, Path } from '@signalbox/core';
import type { LiveStep } from '@signalbox/core';
import { command, payloadCommand } from './command.js';
import type { CrtLists } from './crt-lists.js';
import type { Procedure } from './procedure.js';
import { done, refused } from './words.js';

type Step<Do extends LiveStep['do']> = Extract<LiveStep, { readonly do: Do }>;

/** HAProxy would add the same line twice. */
export function* addName({ crtList, certificate, name }: Step<'add name'>, lists: CrtLists): Procedure {
  const row = crtListRow({ file: new Path(certificate), names: name === '' ? [] : [name] });
  if (lists.find(crtList, certificate, name).length > 0) return done;
  const [reply = ''] = yield [payloadCommand(['add', 'ssl', 'crt-list', new Path(crtList).text], [row])];
  if (!/(?:^|\n)Success!$/.test(reply)) return refused(reply, [crtList, certificate]);
  lists.add(crtList, certificate, name);
  return done;
}

export function* removeName({ crtList, certificate, name }: Step<'remove name'>, lists: CrtLists): Procedure {
  const file = new Path(crtList).text;
  const wanted = new Path(certificate).text;
  const lines = lists.find(crtList, certificate, name);
  if (lines.some(({ names }) => names.length > 1)) return refused('The line has other names too.');
  const replies = yield lines.map(({ number }) => command('del', 'ssl', 'crt-list', file, [wanted, String(number ?? '')].join(':')));
  const wrong = replies.find((reply) => !/^Entry '[^']*' deleted in crtlist '[^']*'!$/.test(reply));
  if (wrong !== undefined) return refused(wrong, [crtList, certificate]);
  lists.remove(crtList, certificate, name);
  return done;
}
