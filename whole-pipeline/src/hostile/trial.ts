import {
  type ConfigFile,
  createPipeline,
  type Diagnostic,
  type Pipeline,
  renderConfiguration,
  type Resource,
  type SecretText,
} from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { partsOf } from '../sections.js';
import type { HostileField } from './field.js';
import { shared } from './fields.js';
import { misreading } from './parse-back.js';

/** What went wrong, and with which value. */
export interface Failing {
  readonly why: string;
  readonly value: string;
}

/** Objects of a field beside others that must not feel anything. */
export class Trial {
  readonly #field: HostileField;
  readonly #pipeline: Pipeline;
  readonly #writer: ReturnType<Pipeline['collection']['writer']>;
  readonly #before: ReadonlyMap<string, string>;
  #files: readonly ConfigFile[] = [];
  #held: readonly Resource[] = [];

  constructor(field: HostileField, neighbours: readonly Resource[], defaultCertificate: SecretText) {
    this.#field = field;
    this.#pipeline = createPipeline({
      plugins: [ingress(), haproxyOrg({ configMap: 'ops/main' })],
      defaultCertificate: { otherwise: defaultCertificate },
      now: () => Date.UTC(2026, 0, 1),
    });
    this.#writer = this.#pipeline.collection.writer('trial', true);
    this.#writer.synced();
    for (const object of [...neighbours, ...shared]) this.#writer.set(object);
    this.#commit();
    this.#before = partsOf(this.#files);
  }

  /** The files as they are with the last batch. */
  get files(): readonly ConfigFile[] {
    return this.#files;
  }

  /** Puts values in the place of those of the last batch. Returns what is wrong then. */
  take(values: readonly string[]): string | undefined {
    try {
      const groups = chunks(values, this.#field.atOnce).map((group, at) => ({ group, id: `v${String(at)}` }));
      this.#replace(groups.flatMap(({ group, id }) => this.#field.objects(group, id)));
      this.#commit();
      return this.#wrong(groups);
    } catch (error) {
      return `it throws: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    }
  }

  #replace(objects: readonly Resource[]): void {
    for (const { apiVersion, kind, metadata } of this.#held) {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      this.#writer.delete({ group, kind, namespace: metadata.namespace ?? '', name: metadata.name });
    }
    for (const object of objects) this.#writer.set(object);
    this.#held = objects;
  }

  #commit(): void {
    this.#pipeline.tables.commit(this.#pipeline.collection.take());
    this.#files = renderConfiguration(this.#pipeline.model);
  }

  #wrong(groups: readonly { readonly group: readonly string[]; readonly id: string }[]): string | undefined {
    const [failure] = this.#pipeline.tables.failures();
    if (failure !== undefined) return `a row fails: ${failure.table} ${failure.key}: ${failure.message}`;
    const diagnostics = this.#pipeline.diagnostics();
    return (
      diagnostics.map((each) => unshowable(each, this.#field.isRefusedBefore === true)).find((why) => why !== undefined) ??
      this.#changed() ??
      misreading(this.#pipeline, this.#files) ??
      this.#silent(groups, diagnostics)
    );
  }

  /** What was there without the victims and is not there any more, or not as it was. */
  #changed(): string | undefined {
    if (this.#field.changesOthers === true) return undefined;
    const now = partsOf(this.#files);
    for (const [header, text] of this.#before)
      if (now.get(header) !== text && header !== 'backend victims_svc_web_80 from signalbox') return `another's output changed: ${header}`;
    return undefined;
  }

  /** A value that is neither in effect nor told. */
  #silent(
    groups: readonly { readonly group: readonly string[]; readonly id: string }[],
    diagnostics: readonly Diagnostic[],
  ): string | undefined {
    const { field, row } = this.#field;
    if (field === undefined) return undefined;
    const told = Map.groupBy(diagnostics, ({ object }) => object?.name);
    const rows = new Set(
      row === undefined
        ? []
        : this.#pipeline.model.tables.flatMap((table) =>
            [...table.rows.values()].flatMap((each) => (each.type === 'map' ? [each.key] : [])),
          ),
    );
    for (const { group, id } of groups) {
      const fields = (told.get(id) ?? []).map((diagnostic) => diagnostic.field ?? '');
      const at = group.findIndex(
        (value, index) => !fields.some((each) => each.startsWith(field(index, value))) && row !== undefined && !rows.has(row(value, id)),
      );
      if (at >= 0) return `neither told nor in effect: ${JSON.stringify(group[at])}`;
    }
    return undefined;
  }
}

function unshowable({ code, message, field = '' }: Diagnostic, familiesMayFail: boolean): string | undefined {
  if (code.endsWith('_FAILED') && !(familiesMayFail && code === 'FAMILY_FAILED')) return `${code}: ${message}`;
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/.test(message)) return `${code} has a control character in its message`;
  return message.length > 3000 || field.length > 20_000 ? `${code} is as long as what it is about` : undefined;
}

function chunks(values: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => values.slice(at * size, (at + 1) * size));
}

/** The smallest value that still fails, found by leaving parts out. */
export function smallestFailing(values: readonly string[], wrong: (values: readonly string[]) => string | undefined): Failing {
  const alone = values.find((value) => wrong([value]) !== undefined);
  let value = alone ?? values.join('');
  for (let size = Math.ceil(value.length / 2); alone !== undefined && size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < value.length;) {
      const shorter = value.slice(0, at) + value.slice(at + size);
      if (wrong([shorter]) === undefined) at += size;
      else value = shorter;
    }
  }
  const why = (alone === undefined ? wrong(values) : wrong([value])) ?? 'it fails only after others';
  return { why, value: alone === undefined ? `${String(values.length)} values together` : value };
}
