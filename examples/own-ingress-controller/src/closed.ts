import { family, haproxy, type Plugin, text } from '@signalbox/core';

/** Closes the routes of an Ingress for a while, and says why. */
const closedFamily = family({
  name: 'closed',
  scopes: ['ingress'],
  on: 'route',
  keys: { closed: text({ doc: 'What clients are told in place of an answer, with status 503: "We are back at nine."' }) },
  apply({ closed: words }, { route }) {
    if (words !== undefined) route.add(haproxy`http-request return status 503 content-type text/plain string ${words}`);
  },
});

/** The annotation of our own: `edge.example.org/closed`. */
export const closed: Plugin = { name: 'closed', annotations: [{ prefixes: ['edge.example.org/'], families: [closedFamily] }] };
