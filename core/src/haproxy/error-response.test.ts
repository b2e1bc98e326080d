import { describe, expect, it } from 'vitest';
import { errorResponseProblem } from './error-response.js';

/* What HAProxy says of these was tried with 2.6, 3.0 and 3.2. */
describe('a response in place of an error', () => {
  it.each([
    ['ends of line as in HTTP', 'HTTP/1.0 503 Service Unavailable\r\nCache-Control: no-cache\r\n\r\n<h1>soon</h1>'],
    ['ends of line as in a manifest', 'HTTP/1.1 503 Service Unavailable\nContent-Type: text/html\n\n<h1>soon</h1>\n'],
    ['no header, no body and no reason', 'HTTP/1.1 503\n\n'],
    ['the length of its body in bytes', 'HTTP/1.1 200 OK\nContent-Length: 2\n\né'],
    ['an empty line in its body', 'HTTP/1.1 503 X\n\none\n\ntwo'],
  ])('may have %s', (_what, response) => {
    expect(errorResponseProblem(response)).toBeUndefined();
  });

  it.each([
    ['', 'no empty line'],
    ['<h1>soon</h1>', 'no empty line'],
    ['HTTP/1.1 503 X\nContent-Type: text/html', 'no empty line'],
    ['<h1>\n\n</h1>', 'a first line such as'],
    ['HTTP/2 503 X\n\n', 'a first line such as'],
    ['HTTP/1.1 100 Continue\n\n', 'a status from 200'],
    ['HTTP/1.1 503 X\nno header\n\n', 'line 2 is none'],
    ['HTTP/1.1 503 X\nA: b\nX Y: z\n\n', 'line 3 is none'],
    ['HTTP/1.1 503 X\nContent-Length: 9\n\nshort', 'that of the body, 5'],
    ['HTTP/1.1 503 X\nTransfer-Encoding: chunked\n\n0\n\n', 'no Transfer-Encoding'],
    ['HTTP/1.1 204 X\n\nbody', 'no body with status 204'],
    [`HTTP/1.1 503 X\n\n${'a'.repeat(16_384)}`, 'at most 15000 bytes'],
    [`HTTP/1.1 503 X\n${'A: b\n'.repeat(101)}\n`, 'at most 100 headers'],
  ])('is not %j', (response, problem) => {
    expect(errorResponseProblem(response)).toContain(problem);
  });
});
