import type { ScopeTables } from '../../annotation/scope-tables.js';
import type { Vocabulary } from '../../annotation/vocabulary.js';
import type { DerivedTable, InputTable, Tables } from '../../table/index.js';
import type { ListenOptions } from '../listen-options.js';
import { type CertificateRow, keyed, type ListRow, type SectionRow } from '../rows.js';
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
    return listen === undefined ? [] : keyed(...frontends(listen, said));
  });
  const authorities = tables.derive<ListenerSettings, CertificateRow>('haproxy: authorities of clients', settings, (said) =>
    keyed(said.authorities?.file),
  );
  const trusted = tables.derive<ListenerSettings, ListRow>('haproxy: trusted sources', settings, (said, read, key) => {
    const listen = read(once, key);
    return keyed(listen && trustedSources(listen, said));
  });
  return [sections, authorities, trusted];
}
