import { type ObjectRef, type ResourceKind, groupOf, kindKey } from '@signalbox/core';
import { knownKind } from './api-server/known-kinds.js';

const value = `[ \\t]*["']?([A-Za-z0-9./-]+)["']?[ \\t]*(?:#.*)?$`;

// More lines than this take long, and that it stays unclear which object it is only means that the file's others are held too.
const largestToSearch = 512 * 1024;

/**
 * The one object that a broken document speaks of, where its lines leave no doubt; `unwanted` where it is of a kind that nobody asked
 * for. Two documents that ran into each other, as their `---` is broken, do leave doubt.
 */
export function identityInText(text: string, wanted: readonly ResourceKind[]): ObjectRef | 'unwanted' | undefined {
  if (text.length > largestToSearch) return undefined;
  const lines = text.split('\n').map((line) => line.trimEnd());
  const apiVersion = onlyValue(lines, '', 'apiVersion');
  const kind = onlyValue(lines, '', 'kind');
  if (apiVersion === undefined || kind === undefined || lines.filter((line) => line.startsWith('metadata:')).length !== 1) return undefined;
  const metadata = linesUnder(lines, 'metadata:');
  const indent = /^ +/.exec(metadata.find((line) => line.startsWith(' ')) ?? '')?.[0];
  const name = indent === undefined ? undefined : onlyValue(metadata, indent, 'name');
  if (indent === undefined || name === undefined) return undefined;
  const as = knownKind(apiVersion, kind)?.as ?? { group: groupOf(apiVersion), kind };
  const asked = wanted.find((candidate) => kindKey(candidate) === kindKey(as));
  if (!asked) return 'unwanted';
  const isInNamespace = metadata.some((line) => line.startsWith(`${indent}namespace:`));
  const namespace = isInNamespace ? onlyValue(metadata, indent, 'namespace') : 'default';
  if (namespace === undefined) return undefined;
  return { group: asked.group, kind: asked.kind, namespace: asked.namespaced ? namespace : '', name };
}

function onlyValue(lines: readonly string[], indent: string, key: string): string | undefined {
  const [first, ...others] = lines.filter((line) => line.startsWith(`${indent}${key}:`));
  return others.length === 0 ? new RegExp(`^${indent}${key}:${value}`).exec(first ?? '')?.[1] : undefined;
}

function linesUnder(lines: readonly string[], key: string): string[] {
  const from = lines.indexOf(key) + 1;
  const length = lines.slice(from).findIndex((line) => /^[^\s#]/.test(line));
  return from === 0 ? [] : lines.slice(from, length < 0 ? undefined : from + length);
}
