import type { Resource } from '@signalbox/core';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** Kinds of objects that have no namespace, among those that manifests here hold. */
const clusterScoped = new Set(['IngressClass', 'Namespace', 'GatewayClass', 'HostAddresses']);

/**
 * Reads the objects of a YAML file with the API server's simplest defaults: the namespace, a Secret's `stringData`, and lists taken
 * apart. For tests; the source of files is stricter.
 * @public
 */
export function readManifests(file: string): Resource[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    const value: unknown = document.toJS();
    return value === null ? [] : withDefaults(value as Manifest);
  });
}

type Manifest = Resource & {
  readonly items?: readonly Manifest[];
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
};

function withDefaults(manifest: Manifest): Resource[] {
  if (manifest.kind.endsWith('List') && manifest.items !== undefined) return manifest.items.flatMap(withDefaults);
  const { stringData, ...object } = manifest;
  const metadata = clusterScoped.has(object.kind) ? object.metadata : { namespace: 'default', ...object.metadata };
  if (stringData === undefined) return [{ ...object, metadata }];
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]);
  const data = { ...object.data, ...(Object.fromEntries(encoded) as Record<string, string>) };
  return [{ ...object, metadata, data } as Resource];
}
