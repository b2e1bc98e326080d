import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterTestFiles, vitestRuns, withLeftOut } from './test-runs.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-runs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const files = ['adapters/x/src/watch.cluster.test.ts', 'testing/src/cluster/real.cluster.test.ts'];
const runs = (...args) => vitestRuns(args, files, folder);
const withoutCluster = ['--exclude', '**/*.cluster.test.ts'];
const defaults = ['--maxWorkers=1', '--testTimeout=60000', '--hookTimeout=120000'];
const clusterAlone = ['--exclude', '**/!(*.cluster).test.*', ...defaults];

it('finds tests in a cluster among the sources', () => {
  for (const file of [...files, 'core/src/a.test.ts', 'core/dist/b.cluster.test.ts', 'node_modules/c/d.cluster.test.ts']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  expect(clusterTestFiles(folder)).toEqual(files);
});

describe('the runs', () => {
  it('are two: one for all others, one for all in a cluster', () => {
    expect(runs()).toEqual({ usual: withoutCluster, cluster: clusterAlone, clusterFiles: files });
    expect(runs('-u', '-t', 'some name')).toMatchObject({
      usual: ['-u', '-t', 'some name', ...withoutCluster],
      cluster: ['-u', '-t', 'some name', ...clusterAlone],
    });
  });

  it('is one where no file in a cluster is asked for', () => {
    expect(runs('core/src', '-u')).toEqual({ usual: ['core/src', '-u', ...withoutCluster], cluster: undefined, clusterFiles: [] });
    expect(vitestRuns([], [], folder).cluster).toBeUndefined();
  });

  it.each(['testing/src', './testing/src/cluster/', 'real.cluster', 'testing/src/cluster/real.cluster.test.ts:12'])(
    'are two for %s, and the first may be empty',
    (filter) => {
      expect(runs(filter)).toEqual({
        usual: [filter, ...withoutCluster, '--passWithNoTests'],
        cluster: [filter, ...clusterAlone],
        clusterFiles: [files[1]],
      });
    },
  );

  it('keep what is asked for', () => {
    expect(runs('--testTimeout=5', '--maxWorkers', '2').cluster).toEqual([
      ...['--testTimeout=5', '--maxWorkers', '2', '--exclude', '**/!(*.cluster).test.*', '--hookTimeout=120000'],
    ]);
  });
});

it('takes tests that are left out for skipped, and for a failure where all are to run', () => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  expect(withLeftOut(counts, 3, {})).toEqual({ passed: 0, failed: 0, skipped: 3 });
  expect(withLeftOut(counts, 3, { CI: 'false' })).toEqual({ passed: 0, failed: 0, skipped: 3 });
  expect(withLeftOut(counts, 3, { CI: 'true' })).toEqual({ passed: 0, failed: 1, skipped: 3 });
});
