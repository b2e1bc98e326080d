import { SignalboxError, signalboxError } from '@signalbox/core';
import { parseCheckMessages } from './check-messages.js';
import type { SinkPaths } from './options.js';

const cannotBind = /cannot bind (?:UNIX )?socket \(([^)]*)\) for \[([^\]]*)\]/gi;

/**
 * HAProxy said no to a configuration that had passed its check. Most often an address is taken: the check does not bind.
 *
 * @param what - `start` or `reload`, for people.
 * @param said - HAProxy's words, as they are; only cleaned ones get into the error.
 */
export function loadFailedError(what: 'start' | 'reload', said: string, paths: SinkPaths): SignalboxError {
  const messages = parseCheckMessages(
    said,
    paths.current,
    (path) => /^[\w./-]+\.(?:cfg|map|lst|list|pem|crt)$/.test(path) && !path.startsWith('..'),
  );
  const taken = [...new Set([...said.matchAll(cannotBind)].map(([, reason = '', address = '']) => address + ' (' + reason + ')'))];
  const alerts = messages.filter(({ severity }) => severity === 'alert');
  const why = taken.length > 0 ? 'it cannot listen on ' + taken.join(', ') + '.' : (alerts[0]?.text ?? 'it does not say why.');
  const advice =
    taken.length > 0 ? 'Stop the program that has the address, or choose another one.' : 'All of its words are in ' + paths.log + '.';
  return signalboxError(
    'HAPROXY_RELOAD_FAILED',
    `HAProxy did not ${what} with a configuration that had passed its check: ${why} ${advice}`,
    {
      details: { refused: true, messages, addresses: taken.map((address) => address.replace(/ \(.*$/, '')) },
    },
  );
}

/** Whether HAProxy itself said no, and nothing of it is left. */
export function isRefusedLoad(error: unknown): boolean {
  return SignalboxError.is(error) && error.details['refused'] === true;
}

/** HAProxy did not say anything in time, or is not there: what it runs now is not known. */
export function noAnswerError(what: 'start' | 'reload', why: string): SignalboxError {
  return signalboxError('HAPROXY_RELOAD_FAILED', `HAProxy did not ${what}: ${why}`, { details: { refused: false, messages: [] } });
}
