import type { ResourceKind } from '@signalbox/core';
import { dnsLabel, dnsSubdomain, isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from './names.js';
import { type Shape, fields, optional, rule, text, textMap } from './shape.js';

const largestAnnotations = 256 * 1024;
const qualifiedName = 'letters, digits, "-", "_" and ".", 63 characters at most, with a DNS name and "/" in front where wanted';
const labelNames = new Set(['Service', 'Namespace']);

/** Whether names of this kind are labels; those of all others are DNS names. */
export function isNameOf(kind: ResourceKind, name: string): boolean {
  return namedByLabel(kind) ? isDnsLabel(name) : isDnsSubdomain(name);
}

export function acceptedName(kind: ResourceKind): string {
  return namedByLabel(kind) ? dnsLabel : dnsSubdomain;
}

export const acceptedNamespace: string = dnsLabel;
export const isNamespace: (name: string) => boolean = isDnsLabel;

/** `metadata` without name and namespace, which are looked at before. */
export const metadataShape: Shape = fields(
  {
    annotations: optional(textMap({ test: isQualifiedName, accepted: qualifiedName }, { test: () => true, accepted: 'text' })),
    labels: optional(
      textMap(
        { test: isQualifiedName, accepted: qualifiedName },
        { test: isLabelValue, accepted: 'text of 63 letters, digits, "-", "_" and "." at most' },
      ),
    ),
    creationTimestamp: optional(
      text('a time as in 2026-01-31T12:00:00Z', (time) => /^\d{4}-\d\d-\d\dT/.test(time) && !Number.isNaN(Date.parse(time))),
    ),
    uid: optional(text('text')),
  },
  rule(({ annotations }, refuse) => {
    const size = Object.entries((annotations ?? {}) as Record<string, string>).reduce(
      (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
      0,
    );
    if (size > largestAnnotations) refuse('annotations', `256 KiB of annotations at most, together (they have ${String(size)} bytes)`);
  }),
);

function namedByLabel({ group, kind }: ResourceKind): boolean {
  return group === '' && labelNames.has(kind);
}
