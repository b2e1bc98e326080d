import { expect, it } from 'vitest';
import { plainLine } from './plain-line.mjs';
import { countTests, skippedTests } from './plain-line-reporter.mjs';

const test = (state, fullName = state, note) => ({ fullName, result: () => ({ state, note }) });
const file = (tests, ok = tests.every((one) => one.result().state !== 'failed')) => ({
  relativeModuleId: 'a.test.ts',
  children: { allTests: () => tests },
  ok: () => ok,
});

it('counts tests by what became of them', () => {
  expect(countTests([file([test('passed'), test('failed'), test('skipped')]), file([test('passed')])], [])).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
  });
});

it('counts a file that does not load, and each unhandled error, as a failure', () => {
  expect(countTests([file([], false), file([test('passed')])], [new Error('late')])).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

it('names skipped tests with their reasons', () => {
  expect(skippedTests([file([test('passed'), test('skipped', 'reloads > fast', 'no HAProxy 3'), test('pending', 'never')])])).toEqual([
    'a.test.ts: reloads > fast (no HAProxy 3)',
    'a.test.ts: never',
  ]);
});

it('speaks of skipped tests only where there are some', () => {
  expect(plainLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(plainLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});
