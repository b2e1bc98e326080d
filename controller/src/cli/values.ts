import { networks } from '@signalbox/core';
import { InvalidArgumentError } from 'commander';

/** `NAMESPACE/NAME`. */
export function namespacedName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Expected NAMESPACE/NAME, such as default/haproxy-configmap.');
  return text;
}

/** A Service and, where it is said, the number or name of its port. */
export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
  readonly port?: number | string;
}

/** `NAMESPACE/NAME` or `NAMESPACE/NAME:PORT`. */
export function serviceName(text: string): ServiceName {
  const [, namespace, service, port] =
    /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?::([a-z0-9](?:[-a-z0-9]*[a-z0-9])?))?$/.exec(text) ?? [];
  if (namespace === undefined || service === undefined)
    throw new InvalidArgumentError('Expected NAMESPACE/NAME or NAMESPACE/NAME:PORT, such as default/errors:http.');
  return { namespace, service, ...(port !== undefined && { port: /^\d+$/.test(port) ? Number(port) : port }) };
}

/** A TCP port that HAProxy listens on. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('Expected a port from 1 to 65535.');
  return port;
}

/** A TCP port, or 0 for none. */
export function portOrNone(text: string): number {
  return text === '0' ? 0 : portNumber(text);
}

const networkKey = networks({ doc: 'Networks.' });

/** Addresses and networks, separated by commas. */
export function networkList(text: string): readonly string[] {
  const result = networkKey.schema['~standard'].validate(text);
  if (result instanceof Promise || result.issues !== undefined) throw new InvalidArgumentError(`Expected ${networkKey.accepts}.`);
  return result.value as readonly string[];
}

/** All values of an option that may be given several times, in order. */
export function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A parser of words separated by commas, each one of `allowed`. Where the option is given several times, all of them. */
export function wordsOf<W extends string>(...allowed: readonly W[]): (text: string, before?: readonly W[]) => readonly W[] {
  return (text, before = []) => {
    const found = text.split(',').map((word) => word.trim());
    const words = allowed.filter((word) => found.includes(word));
    if (found.some((word) => !words.some((known) => known === word)))
      throw new InvalidArgumentError(`Expected words separated by commas: ${allowed.join(', ')}.`);
    return [...new Set([...before, ...words])];
  };
}
