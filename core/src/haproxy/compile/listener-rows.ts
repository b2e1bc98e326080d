import type { ScopeTables } from '../../annotation/scope-tables.js';
import type { Vocabulary } from '../../annotation/vocabulary.js';
import type { DerivedTable, InputTable, Tables } from '../../table/index.js';
import type { ListenOptions } from '../listen-options.js';
import { type CertificateRow, type ListRow, rowKey, type SectionRow } from '../rows.js';
import { trustedSources } from './forwarding-headers.js';
import { frontends } from './frontends.js';
import { type ListenerSettings, listenerSettings } from './listener-settings.js';

/** The frontends, what families say about them, and the files that they name. */
export function listenerRows(
  tables: Tables,
  once: InputTable<ListenOptions>,
  values: ScopeTables,
  vocabulary: Vocabulary,
): DerivedTable<SectionRow | CertificateRow | ListRow>[] {
  const settings = tables.derive<ListenOptions, ListenerSettings>('settings of listeners', once, (_listen, read, key) => [
    [key, listenerSettings(read, values, vocabulary)],
  ]);
  const sections = tables.derive<ListenerSettings, SectionRow>('haproxy: frontends', settings, (said, read, key) => {
    const listen = read(once, key);
    return listen === undefined ? [] : frontends(listen, said).map((section) => [rowKey(section), section]);
  });
  const authorities = tables.derive<ListenerSettings, CertificateRow>('haproxy: authorities of clients', settings, (said) => {
    if (said.authorities === undefined) return [];
    const { file, pem, origin } = said.authorities;
    const row: CertificateRow = { type: 'certificate', file, pem, ...(origin && { origin }) };
    return [[rowKey(row), row]];
  });
  const trusted = tables.derive<ListenerSettings, ListRow>('haproxy: trusted sources', settings, (said, read, key) => {
    const listen = read(once, key);
    const row = listen && trustedSources(listen, said);
    return row === undefined ? [] : [[rowKey(row), row]];
  });
  return [sections, authorities, trusted];
}
