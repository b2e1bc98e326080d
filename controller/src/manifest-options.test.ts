import { describe, expect, it } from 'vitest';
import { clusterOf, readingOptions } from './manifest-options.js';

describe('clusterOf', () => {
  it('has a cluster where there are no files, where it is named, and where it is asked for', () => {
    const namespaces = { allow: [], deny: [] };
    const named: string[] = [];
    expect(clusterOf({})).toEqual({ namespaces, named });
    expect(clusterOf({ files: ['a'] })).toBeUndefined();
    expect(clusterOf({ files: ['a'], cluster: true })).toEqual({ namespaces, named });
    expect(clusterOf({ files: ['a'], kubeconfig: 'k' })).toEqual({ namespaces, named, kubeconfig: 'k' });
    expect(clusterOf({ files: ['a'], kubeconfig: 'k', cluster: false })).toBeUndefined();
  });

  it('says where nothing would be read', () => {
    expect(() => clusterOf({ cluster: false })).toThrow('nothing to serve');
  });

  it('passes on the lists of namespaces, and what the flags name', () => {
    const flags = {
      ...{
        namespaceWhitelist: ['a'],
        namespaceBlacklist: ['b'],
        configmap: 'own/settings',
        configmapTcpServices: 'own/tcp',
        configmapErrorfiles: 'own/pages',
        configmapPatternfiles: 'own/patterns',
        defaultSslCertificate: 'own/tls',
      },
      defaultBackendService: { namespace: 'own', service: 'errors', port: 80 },
    };
    expect(clusterOf(flags)).toEqual({
      namespaces: { allow: ['a'], deny: ['b'] },
      named: ['own/settings', 'own/tcp', 'own/pages', 'own/patterns', 'own/errors', 'own/tls'],
    });
  });
});

describe('readingOptions', () => {
  it('takes an empty class for none', () => {
    expect(readingOptions({ files: ['a'], 'ingress.class': '' }, true)).not.toHaveProperty('className');
  });
});
