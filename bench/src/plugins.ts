import type { Plugin } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapName } from './cluster.js';

/** The plugins of the default controller, as they come. */
export function defaultPlugins(): Plugin[] {
  const { namespace, name } = configMapName;
  return [ingress(), haproxyOrg({ configMap: [namespace, name].join('/') })];
}
