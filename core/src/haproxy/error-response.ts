/** The statuses of HAProxy's own answers, on every version. @public */
export const errorStatuses: readonly number[] = [
  200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504,
];

/** HAProxy sends such a response from one buffer of 16 KiB, in which it keeps more than the text. */
const mostBytes = 15_000;
/** HAProxy takes no more in one message. */
const mostHeaders = 100;

const statusLine = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\x20-\x7e\t]*)?$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\x20-\x7e\t\x80-\uffff]*$/;

/**
 * What keeps HAProxy from sending a text as a response, as the end of "Expected …"; `undefined` where nothing does.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-errorfile | HAProxy: errorfile}
 * @public
 */
export function errorResponseProblem(response: string): string | undefined {
  if (Buffer.byteLength(response) > mostBytes) return `at most ${mostBytes} bytes; found ${Buffer.byteLength(response)}`;
  const end = /\r?\n\r?\n/.exec(response);
  if (end === null) return 'a status line, headers, and an empty line before the body; found no empty line';
  const [first = '', ...headers] = response.slice(0, end.index).split(/\r?\n/);
  const [, status = ''] = statusLine.exec(first) ?? [];
  if (status === '') return 'a first line such as "HTTP/1.1 503 Service Unavailable", with a status from 200 to 599';
  if (headers.length > mostHeaders) return `at most ${mostHeaders} headers; found ${headers.length}`;
  const bad = headers.findIndex((line) => !headerLine.test(line));
  if (bad >= 0) return `headers as "Name: value", one on a line; line ${bad + 2} is none`;
  const body = response.slice(end.index + end[0].length);
  return bodyProblem(status, headers.map(nameAndValue), Buffer.byteLength(body));
}

function bodyProblem(status: string, headers: readonly (readonly [name: string, value: string])[], bytes: number): string | undefined {
  if (headers.some(([name]) => name === 'transfer-encoding')) return 'no Transfer-Encoding: the body stands as it is';
  if (bytes > 0 && (status === '204' || status === '304')) return `no body with status ${status}`;
  const wrong = headers.find(([name, value]) => name === 'content-length' && value !== String(bytes));
  return wrong === undefined ? undefined : `no Content-Length, or that of the body, ${bytes}`;
}

function nameAndValue(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
