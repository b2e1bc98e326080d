import { connect } from 'node:net';
import type { Echo } from '@signalbox/testing';

/** What came back for a request that was written by hand. */
export interface RawAnswer {
  readonly status: number;
  readonly echo?: Echo;
}

/** Where a request is sent to, and from which address of this machine. */
export interface RawTarget {
  readonly port: number;
  readonly address?: string;
  readonly from?: string;
}

/** Sends a request whose lines are written as they stand, so that no client mends them, and reads the whole answer. */
export async function rawRequest(target: RawTarget, requestLine: string, headers: readonly string[]): Promise<RawAnswer> {
  const { port, address = '127.0.0.1', from } = target;
  const socket = connect({ port, host: address, ...(from !== undefined && { localAddress: from }) });
  socket.setTimeout(5000, () => socket.destroy(new Error(`No answer to ${requestLine} within 5 s.`)));
  socket.write([requestLine, ...headers, 'Connection: close', '', ''].join('\r\n'), 'latin1');
  let text = '';
  for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  const [head = ''] = text.split('\r\n\r\n');
  const status = Number(head.split(' ')[1]);
  // The sizes of chunks may stand around it.
  const echo = /\{.*\}/s.exec(text.slice(head.length))?.[0];
  return /^x-echo:/im.test(head) && echo !== undefined ? { status, echo: JSON.parse(echo) as Echo } : { status };
}
