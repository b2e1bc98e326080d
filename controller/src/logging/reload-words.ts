import type { ReloadCause, ReloadReason } from '@signalbox/core';
import { placesOf } from './step-words.js';

/** Each cause of a reload in words, the rarest first: that one counts where a single one has to stand for all. */
const causeWords: Readonly<Record<ReloadCause, string>> = {
  unreachable: 'the admin socket does not answer',
  drift: 'what ran was not what is wanted',
  refused: 'HAProxy refused to take it up while it ran',
  global: 'the global section has changed',
  defaults: 'a defaults section has changed',
  peers: 'what workers count for each other has changed',
  userlist: 'a list of users is new or has changed',
  frontend: 'a frontend has changed',
  server: 'a backend takes no such server while HAProxy runs',
  file: 'a list or certificate is new to HAProxy, or too large for a command',
  backend: 'a backend is new or has other rules',
  names: 'new backends that stood on spares get their own names',
};

/** All causes, the rarest first. */
export const reloadCauses: readonly ReloadCause[] = Object.keys(causeWords) as ReloadCause[];

/** So many places are named for each cause. */
const mostPlaces = 3;

/** `a backend is new or has other rules (Ingress default/web spec.rules[0], 2 more); …`; empty where there is no reason. */
export function becauseMessage(reasons: readonly ReloadReason[]): string {
  const groups = Map.groupBy(reasons, ({ cause }) => cause);
  return reloadCauses
    .flatMap((cause) => {
      const group = groups.get(cause);
      if (group === undefined) return [];
      const places = placesOf(
        group.flatMap(({ step }) => step ?? []),
        mostPlaces,
      );
      return [places.length === 0 ? causeWords[cause] : `${causeWords[cause]} (${places.join(', ')})`];
    })
    .join('; ');
}
