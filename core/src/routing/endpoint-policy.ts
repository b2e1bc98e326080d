import ipaddr from 'ipaddr.js';

/** Addresses at which HAProxy and its controller listen themselves. @public */
export interface OwnListeners {
  /** Addresses of this machine or pod. Loopback need not be named: it always counts. */
  readonly addresses: readonly string[];
  /** The ports that are listened on there: traffic, statistics, health, the controller's own. */
  readonly ports: readonly number[];
}

/** What may become a server. @public */
export interface EndpointPolicy {
  /** Services of type ExternalName are served. Default true. */
  readonly externalNames?: boolean;
  /** Never a server, whoever asks: a request would come back, or reach what is for the operator only. Default: none is known. */
  readonly own?: OwnListeners;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

const networks = (...texts: readonly string[]): Network[] => texts.map((text) => ipaddr.parseCIDR(text));

/** Where tenants may not lead, by what to call it; the first that holds is named. */
const forbidden: Record<string, Network[]> = {
  "the address of a cloud's metadata": networks(
    '169.254.169.254/32',
    '169.254.170.0/24',
    '100.100.100.200/32',
    '168.63.129.16/32',
    '192.0.0.192/32',
    'fd00:ec2::/64',
    'fd20:ce::254/128',
  ),
  'a loopback address': networks('127.0.0.0/8', '::1/128'),
  'an unspecified address': networks('0.0.0.0/8', '::/128'),
  'a link-local address': networks('169.254.0.0/16', 'fe80::/10'),
  'a multicast address': networks('224.0.0.0/4', 'ff00::/8'),
  'a broadcast address': networks('255.255.255.255/32'),
  'a reserved address': networks('240.0.0.0/4'),
};

/** The first bytes of those of IPv4. Nearly every endpoint has another, and needs no closer look: it is one of a hundred thousand. */
const suspicious: ReadonlySet<string> = new Set(
  Object.values(forbidden)
    .flat()
    .filter(([address]) => address.kind() === 'ipv4')
    .flatMap(([address, bits]) => {
      const first = address.toByteArray()[0] ?? 0;
      return Array.from({ length: 2 ** Math.max(0, 8 - bits) }, (_, index) => String(first + index));
    }),
);

/** Networks of IPv6 whose addresses carry one of IPv4, and the bytes that it is in: mapped, translated (NAT64), compatible, 6to4. */
const carriers: readonly { readonly network: Network; readonly bytes: readonly number[] }[] = (
  [
    ['::ffff:0:0/96', [12, 13, 14, 15]],
    ['::ffff:0:0:0/96', [12, 13, 14, 15]],
    ['64:ff9b::/96', [12, 13, 14, 15]],
    ['64:ff9b:1::/48', [12, 13, 14, 15]],
    ['64:ff9b:1::/48', [6, 7, 9, 10]],
    ['::/96', [12, 13, 14, 15]],
    ['2002::/16', [2, 3, 4, 5]],
  ] as const
).map(([network, bytes]) => ({ network: ipaddr.parseCIDR(network), bytes }));

/** These always lead to whoever connects. */
const toItself = new Set(['a loopback address', 'an unspecified address']);

/** Decides which endpoints may become servers. */
export class EndpointRules {
  readonly #ownAddresses: ReadonlySet<string>;
  readonly #ownPorts: ReadonlySet<number>;

  constructor({ own }: EndpointPolicy) {
    this.#ownAddresses = new Set(own?.addresses.map(normalForm));
    this.#ownPorts = new Set(own?.ports);
  }

  /**
   * Why an endpoint may not be a server; `undefined` if it may.
   * @param address - In normal form.
   * @param isOperators - Whether the operator says so rather than a tenant. Asked only where it makes a difference.
   */
  refusal(address: string, port: number, isOperators: () => boolean): string | undefined {
    if (isOrdinary(address) && !(this.#ownPorts.has(port) && this.#ownAddresses.has(address))) return undefined;
    const meant = allForms(ipaddr.parse(address));
    const name = meant.map(nameOfForbidden).find((each) => each !== undefined);
    if (this.#ownPorts.has(port) && meant.some((each) => this.#isOwn(each))) {
      return 'that is where HAProxy or its controller listens itself, and nothing may lead back to it. Name the server that is meant; a port of HAProxy can be moved by a flag';
    }
    if (name === undefined || isOperators()) return undefined;
    return `${name} is no place for a server of a cluster. Name the address of a pod, or of a server outside; only manifests of the operator (--files) may lead there`;
  }

  #isOwn(address: Address): boolean {
    return toItself.has(nameOfForbidden(address) ?? '') || this.#ownAddresses.has(address.toString());
  }
}

function isOrdinary(address: string): boolean {
  return !address.includes(':') && !suspicious.has(address.slice(0, address.indexOf('.')));
}

function nameOfForbidden(address: Address): string | undefined {
  return ipaddr.subnetMatch(address, forbidden, '') || undefined;
}

/** An address, and those of IPv4 that it carries. */
function allForms(address: Address): Address[] {
  if (address.kind() === 'ipv4') return [address];
  const all = address.toByteArray();
  const carried = carriers
    .filter(({ network }) => address.match(network))
    .map(({ bytes }) => new ipaddr.IPv4(bytes.map((at) => all[at] ?? 0)));
  return [address, ...carried];
}

/** Without zone, which is not part of what an endpoint can name. */
function normalForm(text: string): string {
  const [address = ''] = text.split('%');
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}
