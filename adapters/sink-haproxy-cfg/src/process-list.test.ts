import { expect, it } from 'vitest';
import { parseProcessList } from './process-list.js';

it('reads the list of 2.6', () => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
6444            master          2 [failed: 1]   0d00h00m03s     2.6.12-1+deb12u4
# workers
6573            worker          1               0d00h00m02s     2.6.12-1+deb12u4
# old workers
6454            worker          2               0d00h00m09s     2.6.12-1+deb12u4
# programs

`;
  expect(parseProcessList(text)).toEqual({
    master: { pid: 6444, reloads: 2, failedReloads: 1, version: '2.6.12-1+deb12u4' },
    workers: [{ pid: 6573, reloads: 1 }],
    oldWorkers: [{ pid: 6454, reloads: 2 }],
  });
});

it('takes nothing else for a list', () => {
  expect(parseProcessList('')).toBeUndefined();
  expect(parseProcessList('Unknown command')).toBeUndefined();
});
