import type { Origin } from '../resource/origin.js';
import type { SecretText } from '../secret-text.js';
import type { Directive } from './emitter/index.js';

/** Tells which rule set of a backend a directive belongs to. @public */
export interface RuleSetMark {
  readonly id: string;
  /** It names nothing that stands elsewhere, such as a list of addresses or of users. */
  readonly isAlone: boolean;
}

/** A directive and what it comes from; our own have no origin. @public */
export interface OwnedDirective {
  readonly directive: Directive;
  /** The rule set that it belongs to: it acts on no request that does not come with its id. */
  readonly ruleSet?: RuleSetMark;
  readonly origin?: Origin;
}

/** One section of haproxy.cfg, without the servers of a backend. @public */
export interface SectionRow {
  readonly type: 'section';
  readonly kind: 'global' | 'defaults' | 'peers' | 'userlist' | 'frontend' | 'backend';
  /** Absent for `global`. */
  readonly name?: string;
  /** The `defaults` section that this one inherits. */
  readonly from?: string;
  readonly directives: readonly OwnedDirective[];
  readonly origin?: Origin;
}

/** One server of a backend. @public */
export interface ServerRow {
  readonly type: 'server';
  readonly backend: string;
  /** The endpoint itself, `10.0.0.1:8080`: equal on every replica. */
  readonly name: string;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
  /** From 0 to 256. Default: what the backend says, or 1. */
  readonly weight?: number;
  /** Connections at a time. Default: what the backend says, or no bound. */
  readonly maxconn?: number;
  readonly origin?: Origin;
}

/** One entry of a map. @public */
export interface MapRow {
  readonly type: 'map';
  /** File name without folder and extension: `path-exact`. */
  readonly map: string;
  readonly key: string;
  readonly value: string;
  readonly origin?: Origin;
}

/** One line of the crt-list of the HTTPS frontend. @public */
export interface CrtListRow {
  readonly type: 'crt';
  /** Path of the certificate, as in {@link CertificateRow.file}. */
  readonly certificate: string;
  /** A host name or a one-label wildcard; absent for the default certificate. */
  readonly name?: string;
  readonly origin?: Origin;
}

/** A certificate with its chain and key. @public */
export interface CertificateRow {
  readonly type: 'certificate';
  readonly file: string;
  readonly pem: SecretText;
  readonly origin?: Origin;
}

/** A file of patterns for `-f`. @public */
export interface ListRow {
  readonly type: 'list';
  readonly file: string;
  readonly entries: readonly string[];
  readonly origin?: Origin;
}

/** A file that HAProxy reads as it stands: a response in place of one of its own. @public */
export interface FileRow {
  readonly type: 'file';
  readonly file: string;
  readonly content: string;
  readonly origin?: Origin;
}

/** Anything that HAProxy is to have. @public */
export type HaproxyRow = SectionRow | ServerRow | MapRow | CrtListRow | CertificateRow | ListRow | FileRow;

/** The key of a row, unique over all rows. Joined, because a template's result keeps the parts that it was made of alive. @public */
export function rowKey(row: HaproxyRow): string {
  switch (row.type) {
    case 'section':
      return ['section', row.kind, row.name ?? ''].join(' ');
    case 'server':
      return serverKey(row);
    case 'map':
      return ['map', row.map, row.key].join(' ');
    case 'crt':
      return `crt ${row.name ?? ''}`;
    case 'certificate':
      return `certificate ${row.file}`;
    case 'list':
      return `list ${row.file}`;
    case 'file':
      return `file ${row.file}`;
  }
}

/** The row key of a server. */
export function serverKey({ backend, name }: Pick<ServerRow, 'backend' | 'name'>): string {
  return ['server', backend, name].join(' ');
}

/** Rows by their keys, as tables take them. */
export function keyed<R extends HaproxyRow>(...rows: readonly (R | undefined)[]): [string, R][] {
  return rows.filter((row) => row !== undefined).map((row) => [rowKey(row), row]);
}
