import { quote, type Service, signalboxError } from '@signalbox/core';
import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/**
 * One entry of `status.loadBalancer.ingress`.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressStatus | Kubernetes: IngressStatus}
 */
export interface Address {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ports?: unknown;
}

/** The fields of a Service that say where it is reached, beside those that core reads. */
interface PublishedService {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly Address[] } };
}

/** RFC 1123 subdomain: what the API server accepts as a host name. */
const hostName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** @throws {@link SignalboxError} `COMPOSITION_INVALID` if one is neither an IP address nor a host name. */
export function addressesFrom(texts: readonly string[]): readonly Address[] {
  const wrong = texts.find((text) => isIP(text) === 0 && !hostName.test(text));
  if (wrong === undefined) return entries(texts);
  throw signalboxError(
    'COMPOSITION_INVALID',
    `Expected an IP address or a host name in lower case as a published address, found ${quote(wrong)}. Put it right where the reporter is made.`,
  );
}

/**
 * Where a Service is reached: at the addresses of its load balancer or else, if it is to have none, at its cluster IPs; and at its external
 * IPs. None while its load balancer is being made.
 */
export function addressesOf(service: Service | PublishedService): readonly Address[] {
  const { spec = {}, status } = service as PublishedService;
  if (spec.type === 'ExternalName') return entries([spec.externalName ?? '']);
  const balancer = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  const cluster = spec.type === 'LoadBalancer' ? [] : (spec.clusterIPs ?? [spec.clusterIP ?? '']);
  const own = balancer.some((text) => text !== '') ? balancer : cluster;
  return entries([...own, ...(spec.externalIPs ?? [])]);
}

export function sameAddresses(one: readonly Address[], other: readonly Address[]): boolean {
  return isDeepStrictEqual(one, other);
}

/** Each once, in their order. What is no address (`None`) is left out. */
function entries(texts: readonly string[]): readonly Address[] {
  return [...new Set(texts)].flatMap((text): Address[] => {
    if (isIP(text) !== 0) return [{ ip: text }];
    return hostName.test(text) ? [{ hostname: text }] : [];
  });
}
