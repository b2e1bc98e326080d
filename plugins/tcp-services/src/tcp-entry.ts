/** Where a port leads to. */
export interface TcpTarget {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The form of a value, for people. */
export const targetForm = 'NAMESPACE/SERVICE:PORT, with ":ssl" at the end where HAProxy is to end TLS';

const form = /^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?):(\d{1,5})(:ssl)?$/;

/** Reads `db/postgres:5432:ssl`; `undefined` for anything else. */
export function parseTarget(text: string): TcpTarget | undefined {
  const [, namespace = '', service = '', number = '', ssl] = form.exec(text.trim()) ?? [];
  const port = parsePort(number);
  return port === undefined ? undefined : { namespace, service, port, tls: ssl !== undefined };
}

/** Reads `5432`; `undefined` for anything that is no port. */
export function parsePort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
  return port !== undefined && port < 65_536 ? port : undefined;
}
