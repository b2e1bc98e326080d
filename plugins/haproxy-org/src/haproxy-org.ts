import type { AnyFamily, Plugin } from '@signalbox/core';
import { allowList } from './allow-list/allow-list.js';
import { auth } from './auth/auth.js';
import { checkHttp } from './check-http/check-http.js';
import { checkInterval } from './check-interval/check-interval.js';
import { check } from './check/check.js';
import { clientCa } from './client-ca/client-ca.js';
import { configSnippets } from './config-snippets/config-snippets.js';
import type { SnippetPolicy } from './config-snippets/snippet-policy.js';
import { denyList } from './deny-list/deny-list.js';
import { errorFiles } from './error-files/error-files.js';
import { forwardedFor } from './forwarded-for/forwarded-for.js';
import { loadBalance } from './load-balance/load-balance.js';
import { maxconn } from './maxconn/maxconn.js';
import { pathRewrite } from './path-rewrite/path-rewrite.js';
import { patternFiles } from './pattern-files/pattern-files.js';
import { rateLimit } from './rate-limit/rate-limit.js';
import { requestSetHeader } from './request-set-header/request-set-header.js';
import { responseSetHeader } from './response-set-header/response-set-header.js';
import { scaleServerSlots } from './scale-server-slots/scale-server-slots.js';
import { serverSsl } from './server-ssl/server-ssl.js';
import { srcIpHeader } from './src-ip-header/src-ip-header.js';
import { sslRedirect } from './ssl-redirect/ssl-redirect.js';
import { timeoutCheck } from './timeout-check/timeout-check.js';
import { timeoutServer } from './timeout-server/timeout-server.js';
import { timeouts } from './timeouts/timeouts.js';
import { trustedSources } from './trusted-sources/trusted-sources.js';
import { withoutEffect } from './without-effect.js';

/** What {@link haproxyOrg} takes. @public */
export interface HaproxyOrgOptions {
  /** The operator's ConfigMap, as `NAMESPACE/NAME`: its data holds keys for all Ingresses and Services. */
  readonly configMap?: string;
  /** The ConfigMap of responses in place of HAProxy's own, as `NAMESPACE/NAME`: a status and the response. Default: there are none. */
  readonly errorFiles?: string;
  /** The ConfigMap of files of patterns, as `NAMESPACE/NAME`: a name and its lines. Default: there are none. */
  readonly patternFiles?: string;
  /** Where lines of HAProxy are taken as they are. Default: in the ConfigMap only. */
  readonly snippets?: SnippetPolicy;
}

/** In the order in which they act on a request: who the client is, who is turned away, then who is sent elsewhere, then what is changed. */
const families: readonly AnyFamily[] = [
  maxconn,
  trustedSources,
  clientCa,
  ...timeouts,
  timeoutServer,
  timeoutCheck,
  check,
  checkInterval,
  checkHttp,
  forwardedFor,
  loadBalance,
  scaleServerSlots,
  serverSsl,
  srcIpHeader,
  denyList,
  allowList,
  // Before the log-in: whoever guesses passwords is counted.
  rateLimit,
  auth,
  sslRedirect,
  requestSetHeader,
  responseSetHeader,
  pathRewrite,
];

/**
 * The annotations and ConfigMap keys of HAProxy's own ingress controller. On a Service they hold before those on an Ingress, and those
 * before the ConfigMap's.
 *
 * @example
 * ```ts
 * createController({ sources, plugins: [ingress(), haproxyOrg({ configMap: 'default/haproxy-configmap' })], targets });
 * ```
 * @see {@link https://www.haproxy.com/documentation/kubernetes-ingress/ | HAProxy Kubernetes Ingress Controller}
 * @public
 */
export function haproxyOrg({
  configMap,
  errorFiles: errorConfigMap,
  patternFiles: patternConfigMap,
  snippets = {},
}: HaproxyOrgOptions = {}): Plugin {
  const prefixes = ['haproxy.org/', 'ingress.kubernetes.io/', 'haproxy.com/', ''];
  return {
    name: 'haproxy-org',
    translators: [
      ...(errorConfigMap === undefined ? [] : [errorFiles(errorConfigMap)]),
      ...(patternConfigMap === undefined ? [] : [patternFiles(patternConfigMap)]),
    ],
    annotations: [
      { prefixes, families: [...families, ...configSnippets(snippets)], withoutEffect, ...(configMap !== undefined && { configMap }) },
    ],
  };
}
