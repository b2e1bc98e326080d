import { family, haproxy, type Plugin, text } from '@signalbox/core';

// #region family
/** Says to search engines what they may do with the answers of an Ingress. */
const robotsTag = family({
  name: 'robots-tag',
  scopes: ['ingress'],
  on: 'route',
  keys: { 'robots-tag': text({ doc: 'Value of the header X-Robots-Tag of answers: "noindex, nofollow".' }) },
  apply({ 'robots-tag': value }, { route }) {
    if (value !== undefined) route.add(haproxy`http-response set-header X-Robots-Tag ${value}`);
  },
});
// #endregion family

// #region plugin
/** The annotations of our own: `example.org/robots-tag`. */
export const searchEngines: Plugin = {
  name: 'search-engines',
  annotations: [{ prefixes: ['example.org/'], families: [robotsTag] }],
};
// #endregion plugin
