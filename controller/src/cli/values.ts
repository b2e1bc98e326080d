import { isIP, isIPv4, isIPv6 } from 'node:net';
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

/** Objects of namespace `from`, or of any where it is `*`, may refer to Secrets of namespace `to`. */
export interface NamespacePair {
  readonly from: string;
  readonly to: string;
}

/** `FROM:TO`, several separated by commas, together with those that were given before. */
export function namespacePairs(text: string, before: readonly NamespacePair[] = []): readonly NamespacePair[] {
  const pairs = text.split(',').map((each) => {
    const [, from, to] = /^(\*|[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?):([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)$/.exec(each.trim()) ?? [];
    if (from === undefined || to === undefined)
      throw new InvalidArgumentError('Expected FROM:TO, such as shop:certificates or *:shared; several are separated by commas.');
    return { from, to };
  });
  return [...before, ...pairs];
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

/** What Go takes for a boolean. */
export function truth(text: string): boolean {
  if (/^(true|t|1)$/i.test(text)) return true;
  if (/^(false|f|0)$/i.test(text)) return false;
  throw new InvalidArgumentError('Expected true or false.');
}

export function ipv4Address(text: string): string {
  if (!isIPv4(text)) throw new InvalidArgumentError('Expected an IPv4 address such as 0.0.0.0.');
  return text;
}

/** Without a zone: HAProxy takes none. */
export function ipv6Address(text: string): string {
  if (!isIPv6(text) || text.includes('%')) throw new InvalidArgumentError('Expected an IPv6 address such as ::.');
  return text;
}

const namespace = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Names of namespaces, separated by commas, together with those that were given before. */
export function namespaces(text: string, before: readonly string[] = []): readonly string[] {
  return listed(text, before, (name) => {
    if (!namespace.test(name)) throw new InvalidArgumentError('Expected names of namespaces separated by commas, such as shop,default.');
    return name;
  });
}

const hostname = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** Addresses or names of hosts, separated by commas, together with those that were given before. */
export function publicAddresses(text: string, before: readonly string[] = []): readonly string[] {
  return listed(text, before, (each) => {
    const address = each.toLowerCase();
    // What looks like an address and is none would be a name that nobody can have.
    const isName = hostname.test(address) && !/^[\d.]+$/.test(address);
    if (isIP(address) === 0 && !isName)
      throw new InvalidArgumentError('Expected addresses or names of hosts separated by commas, such as 203.0.113.7.');
    return address;
  });
}

function listed(text: string, before: readonly string[], parse: (each: string) => string): readonly string[] {
  return [...new Set([...before, ...text.split(',').map((each) => parse(each.trim()))])];
}

/** @see {@link https://docs.haproxy.org/3.2/configuration.html#5.1-thread | HAProxy: thread} */
export function threadSets(text: string): string {
  const set = String.raw`(\d+/)?(all|odd|even|\d+(-\d*)?)`;
  if (!new RegExp(`^${set}(,${set})*$`).test(text))
    throw new InvalidArgumentError('Expected threads as HAProxy counts them, such as 1-4 or 1/1-4.');
  return text;
}

/** `DOMAIN/PATH`, as a GatewayClass names its controller. */
export function controllerName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(text))
    throw new InvalidArgumentError('Expected DOMAIN/PATH, such as haproxy.org/gateway-controller.');
  return text;
}
