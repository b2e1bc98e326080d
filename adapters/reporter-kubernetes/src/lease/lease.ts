import { hash } from 'node:crypto';

/** @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ | Kubernetes: Lease} */
export interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** Empty: nobody holds it. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** What `identity` writes to hold a Lease, or to hold it on. */
export function claimed(before: LeaseSpec | undefined, identity: string, durationMs: number, now: Date): LeaseSpec {
  const wasOurs = before?.holderIdentity === identity;
  const renewTime = microTime(now);
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    renewTime,
    acquireTime: wasOurs ? (before.acquireTime ?? renewTime) : renewTime,
    leaseTransitions: (before?.leaseTransitions ?? 0) + (before === undefined || wasOurs ? 0 : 1),
  };
}

/** What the holder writes so that another need not wait. */
export function released(before: LeaseSpec, now: Date): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

/** MicroTime: the API server refuses what has no fraction or another one than of six digits. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

/** The name of the Lease of an ingress class: `signalbox`, `signalbox-public`. */
export function leaseName(ingressClass: string | undefined): string {
  if (!ingressClass) return 'signalbox';
  const name = `signalbox-${ingressClass}`;
  if (name.length <= 100 && /^[a-z0-9]+((-+|\.)[a-z0-9]+)*$/.test(name)) return name;
  // Two classes must not come to the same name.
  const readable = ingressClass
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  return ['signalbox', ...readable.split('-'), hash('sha256', ingressClass).slice(0, 10)].filter((part) => part !== '').join('-');
}
