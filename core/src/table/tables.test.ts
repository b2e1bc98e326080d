import { expect, test } from 'vitest';

import { Tables, Transaction } from './index.js';

test('a row read in vain wakes its reader when it appears', () => {
  const tables = new Tables();
  const services = tables.input<{ port: number }>('services');
  const routes = tables.input<{ service: string }>('routes');
  const servers = tables.derive('servers', routes, (route, read, key) => {
    const service = read(services, route.service);
    return service ? [[key, `${route.service}:${service.port}`]] : [];
  });
  tables.commit(new Transaction().set(routes, 'shop', { service: 'web' }));
  const delta = tables.commit(new Transaction().set(services, 'web', { port: 80 }));
  expect(delta.changes(servers).get('shop')).toEqual({ before: undefined, after: 'web:80' });
});
