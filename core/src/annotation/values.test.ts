import { describe, expect, it } from 'vitest';
import type { Key } from './key.js';
import { parseText } from './scope-values.js';
import { boolean, custom, duration, integer, lines, networks, oneOf, oneOfNumbers, text } from './values.js';

const doc = 'For tests.';
const read = (key: Key, value: string): unknown => {
  const parsed = parseText(key, value);
  return 'value' in parsed ? parsed.value : 'refused';
};

describe('integer', () => {
  const port = integer({ min: 1, max: 65_535, doc });
  it.each(['1', ' 8080 ', '65535'])('takes %j', (value) => {
    expect(read(port, value)).toBe(Number(value));
  });
  it.each(['0', '65536', '1e3', '0x10', '1.5', '', ' ', '8080;', '９', '-1', '1_000'])('refuses %j', (value) => {
    expect(read(port, value)).toBe('refused');
  });
  it('says its range', () => {
    expect(port.accepts).toBe('a whole number from 1 to 65535');
  });
});

describe('boolean', () => {
  const key = boolean({ doc });
  it.each(['true', 'T', '1', 'enabled', 'ON', 'yes'])('takes %j as true', (value) => {
    expect(read(key, value)).toBe(true);
  });
  it.each(['false', 'f', '0', 'disabled', 'OFF', 'No'])('takes %j as false', (value) => {
    expect(read(key, value)).toBe(false);
  });
  it.each(['', '2', 'maybe', 'constructor', '__proto__', 'true\nfalse'])('refuses %j', (value) => {
    expect(read(key, value)).toBe('refused');
  });
});

describe('duration', () => {
  const key = duration({ doc });
  it.each([
    ['500', 500],
    ['500ms', 500],
    ['5s', 5000],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('takes %j as %d ms', (value, ms) => {
    expect(read(key, value)).toMatchObject({ ms });
  });
  it.each(['', '5 s', '5S', '-1s', '1.5s', '25d', '1s 2s', '5us', '1m30s'])('refuses %j', (value) => {
    expect(read(key, value)).toBe('refused');
  });
});

describe('networks', () => {
  const key = networks({ doc });
  it('gives normal forms, sorted, without doubles and without host bits', () => {
    expect(read(key, '192.0.2.7, 10.1.2.3/8 2001:DB8:0::1,10.0.0.0/8')).toEqual(['10.0.0.0/8', '192.0.2.7', '2001:db8::1']);
  });
  it.each([
    '',
    ',',
    'everyone',
    '10.0.0.0/33',
    '10.0.0/8',
    '1',
    '0x7f.1',
    'fe80::1%eth0',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/00',
    '10.0.0.0/',
    'patterns/x',
    '-f',
  ])('refuses %j', (value) => {
    expect(read(key, value)).toBe('refused');
  });
});

describe('words and texts', () => {
  it('oneOf takes either case and gives the form that it was defined with', () => {
    expect(read(oneOf(['GET', 'HEAD'], { doc }), 'get')).toBe('GET');
    expect(read(oneOf(['GET'], { doc }), 'PUT')).toBe('refused');
  });
  it('oneOfNumbers takes what it lists', () => {
    expect(read(oneOfNumbers([301, 302], { doc }), '302')).toBe(302);
    expect(read(oneOfNumbers([301, 302], { doc }), '0302')).toBe('refused');
  });
  it.each(['a\u0000b', 'a\nb', 'a\rb', 'a\u2028b', '\ud800'])('text refuses control characters and broken pairs: %j', (value) => {
    expect(read(text({ doc }), value)).toBe('refused');
  });
  it('lines leave empty lines out, and refuse the whole if one cannot be read', () => {
    const key = lines({ doc }, { type: 'numbers', accepts: 'numbers' }, (line) => (/^\d+$/.test(line) ? Number(line) : undefined));
    expect(read(key, '\n1\n\n 2 \r\n')).toEqual([1, 2]);
    expect(read(key, '1\nx')).toBe('refused');
  });
});

describe('custom', () => {
  const schema = (validate: (value: unknown) => never) => ({ '~standard': { version: 1 as const, vendor: 'mine', validate } });
  it('refuses where a schema throws or answers later', () => {
    const throws = schema(() => {
      throw new Error('no');
    });
    const later = schema((() => Promise.resolve({ value: 1 })) as never);
    expect(read(custom(throws, { doc }), 'x')).toBe('refused');
    expect(read(custom(later, { doc }), 'x')).toBe('refused');
  });
});
