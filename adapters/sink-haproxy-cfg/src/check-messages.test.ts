import { describe, expect, it } from 'vitest';
import { parseCheckMessages } from './check-messages.js';

const folder = '/etc/signalbox/generations/7.new';
const parse = (text: string) => parseCheckMessages(text, folder, (path) => ['haproxy.cfg', 'certs/a.pem'].includes(path));
const one = (text: string) => parse(text)[0];

describe('parseCheckMessages', () => {
  it.each([
    ['2.6', `[ALERT]    (12) : config : parsing [${folder}/haproxy.cfg:5]: unknown keyword 'usr' in 'userlist' section`],
    ['3.2', `[ALERT]    (12) : parsing [${folder}/haproxy.cfg:5] : unknown keyword 'usr' in 'userlist' section`],
    [
      'server lines',
      `[ALERT]    (12) : config : [${folder}/haproxy.cfg:5] : [${folder}/haproxy.cfg:5] : unknown keyword 'usr' in 'userlist' section`,
    ],
    ['capital', `[ALERT]    (12) : config : Parsing [${folder}/haproxy.cfg:5]: unknown keyword 'usr' in 'userlist' section`],
  ])('reads file and line, %s', (_, text) => {
    expect(parse(text)).toEqual([{ severity: 'alert', file: 'haproxy.cfg', line: 5, text: "unknown keyword 'usr' in 'userlist' section" }]);
  });

  it('keeps the names of proxies where there is no line', () => {
    expect(one("[ALERT]    (8692) : Proxy 'f': unable to find required use_backend: 'nope'.")).toEqual({
      severity: 'alert',
      text: "Proxy 'f': unable to find required use_backend: 'nope'.",
    });
    expect(
      one("[WARNING]  (8692) : config : missing timeouts for backend 'b'.\n   | While not properly invalid, you will certainly"),
    ).toEqual({
      severity: 'warning',
      text: "missing timeouts for backend 'b'.",
    });
  });

  it('never shows what HAProxy quotes of a file that is no list', () => {
    const text =
      `[ALERT]    (8685) : config : parsing [${folder}/haproxy.cfg:14] : error detected while parsing an 'http-request deny' condition : ` +
      "'eyJhbGciOi.secretSECRETsecret.abcdefgh' is not a valid IPv4 or IPv6 address at line 1 of file '/var/run/secrets/token'.";
    expect(one(text)?.text).toBe(
      "error detected while parsing an 'http-request deny' condition : '…' is not a valid IPv4 or IPv6 address at line 1 of file '…'.",
    );
    expect(one(text)).toMatchObject({ file: 'haproxy.cfg', line: 14 });
  });

  it('drops the lines that repeat the configuration', () => {
    const messages = parse(
      `[ALERT]    (1) : config : parsing [${folder}/haproxy.cfg:1]: unmatched quote at position 9:\n  password "hunter2\n           ^`,
    );
    expect(messages).toEqual([{ severity: 'alert', file: 'haproxy.cfg', line: 1, text: 'unmatched quote at position 9:' }]);
  });

  it('hides long words, open quotations and double quotes, and cuts', () => {
    expect(one(`[ALERT] (1) : bad ${'x'.repeat(40)} here`)?.text).toBe("bad '…' here");
    expect(one("[ALERT] (1) : bad 'hunter2 and")?.text).toBe("bad '…'");
    expect(one('[ALERT] (1) : bad "hunter2"')?.text).toBe("bad '…'");
    expect(one(`[ALERT] (1) : ${'bad word '.repeat(60)}`)?.text).toHaveLength(200);
  });

  it('hides expressions, and quotations with an apostrophe or a bracket in them', () => {
    expect(one("[ALERT] (1) : failed to parse <str(hunter2>3),x]> : unknown converter 'x'.")?.text).toBe(
      "failed to parse '…' : unknown converter 'x'.",
    );
    expect(one("[ALERT] (1) : regex '(it's hunter2' is invalid.")?.text).toBe("regex '…' is invalid.");
    expect(one("[ALERT] (1) : 'x' expects 'a', 'b' or 'c', but got 'hunter2'.")?.text).toBe("'…' expects '…', but got '…'.");
  });

  it('hears why HAProxy says no behind a thousand warnings', () => {
    const warnings = Array.from(
      { length: 1000 },
      () => `[WARNING] (1) : config : parsing [${folder}/haproxy.cfg:3] : a rule is too late\n`,
    );
    expect(parse(`${warnings.join('')}[ALERT] (1) : parsing [${folder}/haproxy.cfg:4] : no`).at(-1)).toMatchObject({
      severity: 'alert',
      line: 4,
    });
  });

  it('names files of the configuration as the configuration does', () => {
    expect(
      one(`[ALERT] (1) : config : parsing [${folder}/haproxy.cfg:3] : unable to load certificate from file '${folder}/certs/a.pem'.`)?.text,
    ).toBe("unable to load certificate from file 'certs/a.pem'.");
  });

  it('leaves out what says nothing, and addresses in', () => {
    expect(parse('[NOTICE] (1) : haproxy version is 2.6\n[ALERT] (1) : config : Fatal errors found in configuration.\nnoise')).toEqual([]);
    const text = `[ALERT]    (7) : Binding [${folder}/haproxy.cfg:11] for frontend f: cannot bind socket (Address already in use) for [127.0.0.1:46339]`;
    expect(one(text)).toMatchObject({ file: 'haproxy.cfg', line: 11, text: expect.stringContaining('[127.0.0.1:46339]') });
  });
});
