import { Path } from '@signalbox/core';
import type { LiveStep, SecretText, StepOutcome } from '@signalbox/core';
import type { WorkerFacts } from './admin-connection.js';
import { command, mostBytes, payloadCommand, payloadRoom } from './command.js';
import type { Command } from './command.js';
import { pemLines } from './pem.js';
import type { Procedure } from './procedure.js';
import { busy, done, refused } from './words.js';

type Step<Do extends LiveStep['do']> = Extract<LiveStep, { readonly do: Do }>;

/** What HAProxy names certificates and files of authorities in commands. */
type Kind = 'cert' | 'ca-file';

const isSuccess = /(?:^|\n)Success!$/;
const isUnknown = /^Can't replace a certificate which is not referenced by the configuration!/;
/** 2.6 puts a certificate into whatever transaction is open, and says so. */
const otherTransaction =
  /^(?:The ongoing transaction is about '([^'\n]+)' but|[Tt]ransaction updated for (?:certificate|CA) ([^\n]+)!(?:\n|$))/;

export function* putCertificate({ file, pem }: Step<'put certificate'>): Procedure {
  const set = setCommand('cert', file, pem);
  if (!('text' in set)) return set;
  let reply = yield* setAlone('cert', set);
  let isNew = false;
  if (isUnknown.test(reply)) {
    const [made = ''] = yield [command('new', 'ssl', 'cert', file)];
    isNew = made.startsWith('New empty certificate store ');
    reply = isNew ? yield* setAlone('cert', set) : made;
  }
  const outcome = yield* commit('cert', file, reply);
  if (isNew && outcome.status === 'refused') yield [command('del', 'ssl', 'cert', file)];
  return outcome;
}

export function* removeCertificate({ file }: Step<'remove certificate'>): Procedure {
  const [reply = ''] = yield [command('del', 'ssl', 'cert', new Path(file).text)];
  if (/^Certificate '[^']*' deleted!$/.test(reply) || reply.endsWith("doesn't exist!")) return done;
  return / in use(?:,|$)/.test(reply) ? busy : refused(reply, [file]);
}

/**
 * HAProxy 2.6 and 3.0 lose the certificates of all binds that use the file: later ones are committed without effect, and the next commit
 * of authorities ends the worker. All versions leave servers without a certificate of their own with the old authorities, and call a file
 * that only those use unused.
 */
export function* replaceAuthorities({ file, pem }: Step<'replace authorities'>, { branch }: WorkerFacts): Procedure {
  const set = setCommand('ca-file', file, pem);
  if (!('text' in set)) return set;
  const [major, minor] = branch;
  if (major < 3 || (major === 3 && minor < 2)) return refused('HAProxy before 3.2 loses certificates when it replaces authorities.');
  const [shown = ''] = yield [command('show', 'ssl', 'ca-file', file)];
  if (!/^Status: Used$/m.test(shown)) return refused('HAProxy would replace these authorities for nothing that it has now.');
  return yield* commit('ca-file', file, yield* setAlone('ca-file', set));
}

function setCommand(kind: Kind, file: string, pem: SecretText): Command | StepOutcome {
  const words = ['set', 'ssl', kind, new Path(file).text] as const;
  const lines = pemLines(pem.reveal());
  if (lines === undefined) return refused('Expected PEM: blocks of base64, none of them encrypted.');
  const bytes = Buffer.byteLength(lines.join('\n')) + 1;
  // HAProxy 2.6 would close without a word.
  if (bytes > payloadRoom(words)) return refusedSize(bytes);
  return payloadCommand(words, lines);
}

/** Sets, in a transaction of its own: one that somebody left open is aborted. */
function* setAlone(kind: Kind, set: Command): Generator<readonly Command[], string, readonly string[]> {
  const [first = ''] = yield [set];
  const [, blocking, updated] = otherTransaction.exec(first) ?? [];
  const other = blocking ?? updated;
  if (other === undefined) return first;
  const [, second = ''] = yield [command('abort', 'ssl', kind, other), set];
  return second;
}

function* commit(kind: Kind, file: string, reply: string): Procedure {
  if (!/^[Tt]ransaction created for /.test(reply)) {
    // Not ours: it stays as it is, but for what 2.6 has put into it.
    const [, , updated] = otherTransaction.exec(reply) ?? [];
    if (updated !== undefined) yield [command('abort', 'ssl', kind, updated)];
    return refused(reply, [file]);
  }
  const [committed = ''] = yield [command('commit', 'ssl', kind, file)];
  if (isSuccess.test(committed)) return done;
  yield [command('abort', 'ssl', kind, file)];
  return refused(committed, [file]);
}

function refusedSize(bytes: number): StepOutcome {
  return refused(['HAProxy takes at most', String(mostBytes), 'bytes of PEM at once; these are', String(bytes)].join(' '));
}
