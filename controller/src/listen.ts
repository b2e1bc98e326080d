import type { ListenOptions } from '@signalbox/core';
import { badUseError } from './command-error.js';
import type { ListenFlags } from './cli/options.js';

/** The addresses of each kind of bind. */
interface Addresses {
  readonly traffic: readonly string[];
  readonly admin: readonly string[];
}

type Threads = NonNullable<ListenOptions['threads']>;

/** All but the files that the sink knows of. */
export type ListenChoices = Omit<ListenOptions, 'statsSocket' | 'serverStateFile'>;

/**
 * What the flags mean.
 * @param admin - Where statistics and `/healthz` listen; the flags about addresses are for HTTP and HTTPS only.
 * @throws {@link CommandError} where they contradict each other.
 */
export function listenOptions(
  flags: ListenFlags,
  admin: { readonly ipv4: string; readonly ipv6: string } = { ipv4: '0.0.0.0', ipv6: '::' },
): ListenChoices {
  const {
    httpBindPort,
    httpsBindPort,
    statsBindPort,
    healthzBindPort,
    localpeerPort,
    disableHttp = false,
    disableHttps = false,
    fallThrough = false,
    pathPolicy,
    trustedSources = [],
  } = flags;
  const { traffic, admin: adminAddresses } = addressesOf(flags, admin);
  return {
    httpPort: disableHttp ? 0 : httpBindPort,
    httpsPort: disableHttps ? 0 : httpsBindPort,
    statsPort: statsBindPort,
    healthzPort: healthzBindPort,
    peersPort: localpeerPort,
    addresses: traffic,
    adminAddresses,
    fallThrough,
    pathPolicy,
    trustedSources,
    threads: threadsOf(flags),
  };
}

function threadsOf({
  httpBindThread: http,
  httpsBindThread: https,
  healthzBindThread: healthz,
  statsBindThread: stats,
}: ListenFlags): Threads {
  return {
    ...(http !== undefined && { http }),
    ...(https !== undefined && { https }),
    ...(healthz !== undefined && { healthz }),
    ...(stats !== undefined && { stats }),
  };
}

function addressesOf(flags: ListenFlags, admin: { readonly ipv4: string; readonly ipv6: string }): Addresses {
  const { ipv4BindAddress, ipv6BindAddress, disableIpv4 = false, disableIpv6 = false } = flags;
  if (disableIpv4 && disableIpv6) throw badUseError('With --disable-ipv4 and --disable-ipv6 there is nothing to listen on. Leave one out.');
  return {
    traffic: [...(disableIpv4 ? [] : [ipv4BindAddress]), ...(disableIpv6 ? [] : [ipv6BindAddress])],
    admin: [...(disableIpv4 ? [] : [admin.ipv4]), ...(disableIpv6 ? [] : [admin.ipv6])],
  };
}

/** Ports by the flags that set them, those that are not used left out. @throws {@link CommandError} if two are the same. */
export function distinctPorts(ports: Readonly<Record<string, number>>): void {
  const flagOf = new Map<number, string>();
  for (const [flag, port] of Object.entries(ports)) {
    if (port === 0) continue;
    const other = flagOf.get(port);
    if (other !== undefined) throw badUseError(`${other} and ${flag} are both ${String(port)}. Give each a port of its own.`);
    flagOf.set(port, flag);
  }
}

/** The flags of the ports that HAProxy listens on. */
export function portsByFlag({ httpPort, httpsPort, statsPort, healthzPort, peersPort = 0 }: ListenChoices): Record<string, number> {
  return {
    '--http-bind-port': httpPort,
    '--https-bind-port': httpsPort,
    '--stats-bind-port': statsPort,
    '--healthz-bind-port': healthzPort,
    '--localpeer-port': peersPort,
  };
}

/** The same without IPv6, for a machine that has none. */
export function withoutIpv6(listen: ListenChoices): ListenChoices {
  const isIpv4Address = (address: string): boolean => !address.includes(':');
  return { ...listen, addresses: listen.addresses.filter(isIpv4Address), adminAddresses: listen.adminAddresses.filter(isIpv4Address) };
}
