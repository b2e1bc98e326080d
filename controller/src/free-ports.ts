import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Why an address cannot be bound, as an error code; `undefined` if it can. Nothing listens there afterwards. */
export async function bindProblem(address: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true, ipv6Only: address.includes(':') }, () => server.close(() => resolve(undefined)));
  });
}

/** Ports of the loopback address that were free a moment ago, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      async (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map(async (server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
