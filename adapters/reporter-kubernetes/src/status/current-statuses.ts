import { objectKey } from '@signalbox/core';
import type { ApiCaller, Outcome, Term } from '../api-caller.js';
import { ingressKind } from '../kinds.js';
import { listPath } from '../paths.js';
import type { Address } from './addresses.js';

/** The status of one Ingress, as the API server has it. */
export interface CurrentStatus {
  readonly addresses: readonly Address[];
  /** Whether it was written by us, by this process or another of our name. */
  readonly isOurs: boolean;
}

const pageSize = 500;

/**
 * Reads the status of all Ingresses, page by page; nothing else of them is kept.
 * @param manager - The name under which we write.
 * @param tell - Called for each.
 */
export async function readStatuses(
  caller: ApiCaller,
  namespaces: readonly string[] | undefined,
  manager: string,
  term: Term,
  tell: (key: string, status: CurrentStatus) => void,
): Promise<Outcome> {
  for (const namespace of namespaces ?? [undefined]) {
    let next: string | undefined;
    do {
      const query: Record<string, string> = { limit: String(pageSize), ...(next !== undefined && { continue: next }) };
      const page = await caller.call('list', { method: 'GET', path: listPath(ingressKind, namespace), query }, term);
      if (page.is !== 'done') return page;
      const { items, metadata } = page.body as IngressList;
      for (const item of Array.isArray(items) ? (items as IngressList['items'] & object) : []) {
        const addresses = item.status?.loadBalancer?.ingress ?? [];
        tell(objectKey(item.metadata), { addresses, isOurs: isWrittenBy(manager, item) });
      }
      next = metadata?.continue || undefined;
    } while (next !== undefined);
  }
  return { is: 'done', body: {} };
}

interface IngressList {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ListedIngress[];
}

interface ListedIngress {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly managedFields?: readonly ManagedFields[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly Address[] } };
}

/** @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management | Kubernetes: field management} */
interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly fieldsV1?: { readonly 'f:status'?: { readonly 'f:loadBalancer'?: { readonly 'f:ingress'?: unknown } } };
}

function isWrittenBy(manager: string, { metadata }: ListedIngress): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager: by, subresource, fieldsV1 }) =>
      by === manager && subresource === 'status' && fieldsV1?.['f:status']?.['f:loadBalancer']?.['f:ingress'] !== undefined,
  );
}
