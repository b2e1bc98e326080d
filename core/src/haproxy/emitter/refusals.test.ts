import { describe, expect, test } from 'vitest';

import { Duration } from './duration.js';
import { condition, haproxy, logFormat, sample } from './haproxy.js';
import { Name } from './name.js';
import { Path } from './path.js';
import { isRefusal } from './refusal.js';
import type { RefusalReason } from './refusal.js';
import { Regex } from './regex.js';
import type { SignalboxError } from '../../errors.js';

type Row = readonly [title: string, reason: RefusalReason, act: () => unknown];

function refused(act: () => unknown): SignalboxError {
  try {
    act();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const table = (rows: readonly Row[]): void => {
  test.for(rows)('%s', ([, reason, act]) => {
    const error = refused(act);
    expect(error.details['reason'], error.message).toBe(reason);
    expect(error.code).toBe('EMITTER_REFUSED');
  });
};

describe('refuses characters without an encoding', () => {
  const characters = ['\0', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029', '\ud800', 'a\udfff'];
  table(
    characters.flatMap((c): Row[] => {
      const shown = JSON.stringify(c);
      return [
        [`${shown} in a format`, 'character', () => haproxy`http-request set-header X a${c}b`],
        [`${shown} in a word`, 'character', () => haproxy`http-request return status 200 content-type text/plain string ${`a${c}`}`],
        [`${shown} in an argument`, 'character', () => haproxy`http-request set-var(txn.a) str(${`${c}a`})`],
        [`${shown} in a pattern`, 'character', () => haproxy`http-request deny if { path -m str ${['a', `${c}b`]} }`],
        [`${shown} in a regular expression`, 'character', () => haproxy`http-request deny if { path -m reg ^${c} }`],
      ];
    }),
  );

  test('and says which, where, and shows the value escaped and cut', () => {
    const error = refused(() => haproxy`http-request set-header ${'X-A'} ${`${'x'.repeat(300)}\n`}`);
    expect(error.message).toContain('U+000A');
    expect(error.message).toContain('character 301');
    expect(error.message).toContain('`haproxy`http-request set-header ${1} ${2}``, ${2}');
    expect(error.message).toContain('x'.repeat(200));
    expect(error.message).not.toContain('x'.repeat(201));
    expect(error.details).toMatchObject({ hole: 2 });
  });

  test('but never shows a secret', () => {
    expect(refused(() => haproxy`user a password ${'hunter2\n'}`).message).not.toContain('hunter2');
  });
});

describe('refuses values that mean nothing at their place', () => {
  table([
    ['undefined', 'type', () => haproxy`http-request set-header X ${undefined as never}`],
    ['null', 'type', () => haproxy`http-request set-header X ${null as never}`],
    ['a boolean', 'type', () => haproxy`http-request set-header X ${true as never}`],
    ['an object', 'type', () => haproxy`http-request set-header X ${{ text: 'x' }}`],
    [
      'an object that claims to be a LogFormat',
      'type',
      () => haproxy`http-request set-header X ${JSON.parse('{"text":"%[src]","@signalbox/emitter":"LogFormat"}') as never}`,
    ],
    ['a fraction', 'form', () => haproxy`maxconn ${1.5}`],
    ['infinity', 'form', () => haproxy`maxconn ${Infinity}`],
    ['not a number', 'form', () => haproxy`http-request set-header X ${Number.NaN}`],
    ['text for a number', 'form', () => haproxy`http-request deny deny_status ${'429 if'}`],
    ['a list where one word stands', 'type', () => haproxy`maxconn ${['1', '2']}`],
    ['an empty list', 'empty', () => haproxy`acl a path ${[]}`],
    ['an empty list of words', 'empty', () => haproxy`retry-on ${[]}`],
    ['an empty pattern', 'empty', () => haproxy`acl a path ${''}`],
    ['an empty word', 'empty', () => haproxy`http-request auth realm ${''}`],
    ['an empty regular expression', 'empty', () => haproxy`http-request replace-path ${''} x`],
    ['a string for an expression', 'type', () => haproxy`http-request set-var(txn.a) ${'src'}`],
    ['a string for the expression of an ACL', 'type', () => haproxy`acl a ${'src'} 1.1.1.1`],
    ['a string for a file', 'type', () => haproxy`acl a path -f ${'/etc/passwd'}`],
    ['a string for the file of a map', 'type', () => haproxy`http-request set-var(txn.a) path,map(${'/etc/passwd'})`],
    ['a string for a certificate', 'type', () => haproxy`bind :443 ssl crt ${'/etc/passwd'}`],
    ['a socket as an address', 'form', () => haproxy`server a ${'/var/run/docker.sock'}`],
    ['a bare number for a time', 'form', () => haproxy`timeout client ${5}`],
    ['a condition in a word', 'type', () => haproxy`http-request set-header X ${condition`a`}`],
    ['an expression in a word', 'type', () => haproxy`monitor-uri ${sample`src`}`],
    ['a header name with a blank', 'form', () => haproxy`http-request set-header ${'X A'} b`],
    ['a header name with a colon', 'form', () => haproxy`http-request del-header ${'X:'}`],
    ['a header name that is not ASCII', 'form', () => haproxy`http-request add-header ${'Ä'} b`],
    ['a proxy name with a blank', 'form', () => haproxy`use_backend ${'a if'}`],
    ['a format for a static name', 'form', () => haproxy`default_backend ${'%[src]'}`],
    ['a reserved ACL name', 'form', () => haproxy`acl ${'or'} path a`],
    ['or as the name of an ACL in a condition', 'form', () => haproxy`http-request deny if ${'or'}`],
    ['a condition in a string', 'form', () => haproxy`http-request deny if ${'a or b'}`],
    ['a variable name with a parenthesis', 'form', () => haproxy`http-request set-var(txn.${'a) str(b'}) src`],
    ['the pattern } in braces', 'form', () => haproxy`http-request deny if { path ${'}'} }`],
    ['the pattern } in a list in braces', 'form', () => haproxy`http-request deny if { path -m str ${['a', '}']} }`],
    ['an operator as a pattern without -m', 'form', () => haproxy`http-request deny if { req.hdr_cnt(x) ${'gt'} }`],
    ['a host name for an address', 'form', () => haproxy`acl a src ${'localhost'}`],
    ['a host name for an address, by expression', 'form', () => haproxy`acl a ${sample`src`} ${'localhost'}`],
    ['a network with too long a prefix', 'form', () => haproxy`acl a src ${'10.0.0.0/33'}`],
    ['a format that ends in a variable before a letter', 'form', () => haproxy`log-format ${logFormat`%H`}M`],
    ['more than 64 words', 'size', () => haproxy`acl a path ${Array.from({ length: 62 }, (_, i) => i)}`],
    ['a line that is too long', 'size', () => haproxy`http-request set-header X ${'x'.repeat(60_001)}`],
    ['a name with a blank', 'form', () => new Name('a b')],
    ['a path upwards', 'form', () => new Path('../x')],
    ['a path upwards in the middle', 'form', () => new Path('a/../x')],
    ['a hidden file', 'form', () => new Path('a/.x')],
    ['a path like a flag', 'form', () => new Path('-f')],
    ['a path with a blank', 'form', () => new Path('a b')],
    ['a negative duration', 'form', () => new Duration(-1)],
    ['part of a millisecond', 'form', () => new Duration(0.5)],
    ['more than 24 days', 'form', () => new Duration(2 ** 31)],
    ['an open group', 'form', () => new Regex('(a')],
    ['a closed group that was not open', 'form', () => new Regex('a)|(b')],
    ['an open class', 'form', () => new Regex('[a')],
    ['a lone backslash', 'form', () => new Regex('a\\')],
    ['an empty Regex', 'empty', () => new Regex('')],
    ['a line end in a Regex', 'character', () => new Regex('a\nb')],
  ]);

  test('and takes an address that an expression says is one', () => {
    expect(haproxy`acl a ${sample`src`} ${['10.0.0.0/8', '::1']}`.words).toEqual(['acl', 'a', 'src', '10.0.0.0/8', '::1']);
  });
});

describe('refuses a template by itself, whatever its values are', () => {
  table([
    ['empty', 'template', () => haproxy``],
    ['blank', 'template', () => haproxy`  `],
    [
      'two lines',
      'template',
      () => haproxy`mode http
      maxconn 1`,
    ],
    ['an open quote', 'template', () => haproxy`mode "http`],
    ['an open quote after a value', 'template', () => haproxy`http-request set-header X "${'a'}`],
    ['a comment', 'template', () => haproxy`mode http # why`],
    ['a value as the keyword', 'template', () => haproxy`${'mode'} http`],
    ['a value as the action', 'template', () => haproxy`http-request ${'deny'}`],
    ['an unknown keyword', 'template', () => haproxy`frobnicate ${1}`],
    ['an unknown action', 'template', () => haproxy`http-request frobnicate ${1}`],
    ['an unknown option', 'template', () => haproxy`server a b frobnicate ${'x'}`],
    ['one argument too many', 'template', () => haproxy`http-request set-header X a ${'b'}`],
    ['a value after a backslash', 'template', () => tagged(['http-request set-header X a\\', ''], 'b')],
    ['an environment variable beside a value', 'template', () => haproxy`http-request set-header X "$HOME${'a'}"`],
    ['a lone % before a value', 'template', () => haproxy`http-request set-header X %${'a'}`],
    ['a %variable before a value', 'template', () => haproxy`http-request set-header X %H${'a'}`],
    ['an expression that does not end', 'template', () => haproxy`http-request set-header X %[str(${'a'})`],
    ['an argument that does not end', 'template', () => haproxy`http-request set-var(txn.a) str(${'a'}`],
    ['a converter as a value', 'template', () => haproxy`http-request set-var(txn.a) src,${'lower'}`],
    ['a value in a class', 'template', () => haproxy`http-request deny if { path -m reg ^[${'a'}]$ }`],
    ['a value after \\Q', 'template', () => haproxy`http-request deny if { path -m reg ^\Q${'a'}\E }`],
    ['a value after (?x)', 'template', () => haproxy`http-request deny if { path -m reg (?x)${'a'} }`],
    ['a match method as a value', 'template', () => haproxy`http-request deny if { path -m ${'str'} ${'a'} }`],
    ['a pattern for -m found', 'template', () => haproxy`http-request deny if { path -m found ${'a'} }`],
    ['an ACL that does not end', 'template', () => haproxy`http-request deny if { path ${'a'}`],
    ['a condition without terms', 'template', () => haproxy`http-request deny if`],
    ['half an or', 'template', () => haproxy`http-request deny if ${'a'} or`],
    ['an empty condition', 'template', () => condition``],
    ['an empty expression', 'template', () => sample``],
    ['an empty format', 'template', () => logFormat``],
  ]);

  test('at its first use', () => {
    const make = (value: unknown): unknown => haproxy`frobnicate ${value as never}`;
    for (const value of ['a', undefined, '\n'])
      expect(
        isRefusal(
          captured(() => make(value)),
          'template',
        ),
      ).toBe(true);
  });
});

/** A template that JavaScript itself could not write: in it a backslash before `${` is the author's escape. */
function tagged(raw: readonly string[], ...values: readonly string[]): unknown {
  return haproxy(Object.assign([...raw], { raw }), ...values);
}

function captured(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
