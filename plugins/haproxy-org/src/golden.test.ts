// eslint-disable-next-line no-restricted-imports -- annotations need routes to act on
import { ingress } from '@signalbox/ingress';
import { goldenSuite } from '@signalbox/testing';
import { existsSync, readdirSync } from 'node:fs';
import { describe } from 'vitest';
import { haproxyOrg } from './haproxy-org.js';

/** Each family keeps its cases beside it; what concerns all of them stands in `golden/`. */
const here = new URL('./', import.meta.url);
const folders = ['.', ...readdirSync(here)]
  .map((name) => ({ name, folder: new URL(`${name}/golden/`, here) }))
  .filter(({ folder }) => existsSync(folder));

for (const { name, folder } of folders) {
  describe(name === '.' ? 'haproxy-org' : name, () => {
    goldenSuite({
      folder,
      compose: ({ description: _description, whole: _whole, ...options }) => ({ plugins: [ingress(), haproxyOrg(options)] }),
    });
  });
}
