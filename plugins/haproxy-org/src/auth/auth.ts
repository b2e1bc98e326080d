import { type AnyFamily, family, haproxy, oneOf, secretRef } from '@signalbox/core';
import { realm } from './realm.js';
import { usersOf } from './users-of.js';

/**
 * Asks for a user and a password.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20auth | HAProxy: http-request auth}
 * @public
 */
export const auth: AnyFamily = family({
  name: 'auth',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'auth-type': oneOf(['basic-auth'], { guard: true, doc: 'Kind of log-in that is asked for. Without it auth-secret has no effect.' }),
    'auth-secret': secretRef(
      { guard: true, doc: "Secret with the users: each key is a name, its value the hash of the user's password, by crypt(3)." },
      usersOf,
    ),
    'auth-realm': realm({ fallback: 'Protected Content', doc: 'Name of the protected area, as a log-in shows it. Blanks become dashes.' }),
  },
  apply({ 'auth-type': type, 'auth-secret': users, 'auth-realm': area }, { route }) {
    if (type === undefined) return;
    if (users === undefined) throw new TypeError('auth-type needs auth-secret, the name of a Secret with users; set both');
    route.add(haproxy`http-request auth realm ${area} unless { ${route.users('users', users)} }`);
  },
});
