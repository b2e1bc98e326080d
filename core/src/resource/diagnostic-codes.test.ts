import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../errors.js';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Words of the same look that come from elsewhere: the environment, the system's resolver. */
const foreign = new Set([
  'EAI_AGAIN',
  'LD_LIBRARY_PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'OPENSSL_CONF',
  'NO_COLOR',
  'POD_IP',
  'POD_NAME',
  'POD_NAMESPACE',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
]);

/** Every word in capitals that stands between quotes in the sources, and where. Words that are no codes have to be named above. */
function usedCodes(): Map<string, string> {
  const paths = globSync('{core,controller,plugins/*,adapters/*}/src/**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts') && !/[\\/](fixtures|testing)[\\/]/.test(path),
  );
  const found = paths.flatMap((path) =>
    [...read(path).matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code = '']): [string, string] => [code, path]),
  );
  const others = new Set<string>([...Object.keys(errorCodes), ...foreign]);
  return new Map(found.filter(([code]) => !others.has(code)));
}

/** Code and severities of each row of the page. */
function listedCodes(): Map<string, string> {
  const rows = read('docs/reference/diagnostics.md').matchAll(/^\|\s*`([A-Z_]+)`\s*\|\s*([^|]+?)\s*\|\s*\S/gm);
  return new Map([...rows].map(([, code = '', severities = '']) => [code, severities]));
}

describe('docs/reference/diagnostics.md', () => {
  const used = usedCodes();
  const listed = listedCodes();

  it('lists every code that the sources use', () => {
    expect(used.size).toBeGreaterThan(30);
    expect([...used].filter(([code]) => !listed.has(code))).toEqual([]);
  });

  it('lists no code that the sources do not use', () => {
    expect([...listed.keys()].filter((code) => !used.has(code))).toEqual([]);
  });

  it('names the severities of each', () => {
    for (const [code, severities] of listed) {
      for (const severity of severities.split(/,\s*/)) expect(['error', 'warning', 'info'], code).toContain(severity);
    }
  });
});
