import { describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import type { AnnotationRecord } from './annotations.js';

describe('annotations', { timeout: 60_000 }, () => {
  it('prints what is known of each key', async () => {
    const { exitCode, stdout, stderr } = await runProgram('annotations', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const records = JSON.parse(stdout) as AnnotationRecord[];
    expect(records.map(({ key }) => key)).toEqual(records.map(({ key }) => key).toSorted());
    expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
    for (const record of records) {
      expect(Object.keys(record)).toEqual([
        'key',
        'aliases',
        'scopes',
        'on',
        'type',
        'values',
        'default',
        'guard',
        'doc',
        'status',
        ...(record.status === 'supported' ? [] : ['reason']),
      ]);
      expect(record.doc).not.toBe('');
      expect(record.scopes.length).toBeGreaterThan(0);
    }
    const byKey = new Map(records.map((record) => [record.key, record]));
    expect(byKey.get('allow-list')).toMatchObject({
      aliases: ['whitelist'],
      scopes: ['global', 'ingress'],
      on: 'route',
      guard: true,
      status: 'supported',
    });
    expect(byKey.get('check')).toMatchObject({ type: 'boolean', values: ['true', 'false'], on: 'pool', guard: false });
    expect(byKey.get('servers-increment') ?? byKey.get('scale-server-slots')).toBeDefined();
    expect(new Set(records.map(({ status }) => status))).toEqual(new Set(['supported', 'refused', 'dead']));
  });

  it('prints a table for people', async () => {
    const { stdout } = await runProgram('annotations');
    expect(stdout).toMatch(/^KEY +SCOPES +VALUES +DEFAULT +MEANING\n/);
    expect(stdout).toMatch(/^load-balance +global ingress service/m);
  });
});
