import { createServer } from 'node:net';

/**
 * Whether this process is in the private network of cluster tests, where every address of 10.244.0.0/16 is there to listen on. An
 * EndpointSlice may hold no loopback address, so servers of such tests listen on those. `npm test` of the workspace runs all
 * `*.cluster.test.ts` in it. Anywhere else it is entered with
 *
 * ```sh
 * unshare -rn sh -c 'ip link set lo up && ip route add local 10.244.0.0/16 dev lo && exec "$@"' sh npx vitest run
 * ```
 *
 * @public
 */
export function inClusterNetwork(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(0, '10.244.255.254', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
