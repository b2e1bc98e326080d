import type { NetConnectOpts } from 'node:net';

/** What to connect to for `HOST:PORT`, `[IPV6]:PORT` or the path of a Unix socket. */
export function socketAddress(socket: string): NetConnectOpts {
  const tcp = /^(?:\[([^\]/]+)\]|([^:/]+)):(\d{1,5})$/.exec(socket);
  if (tcp === null) return { path: socket };
  const [, bracketed, plain = '', port] = tcp;
  return { host: bracketed ?? plain, port: Number(port), noDelay: true };
}
