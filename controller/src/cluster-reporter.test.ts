import { describe, expect, it } from 'vitest';
import { reportingOptions } from './cluster-reporter.js';

describe('reportingOptions', () => {
  it.each([
    ['of the Pod', { POD_NAMESPACE: 'pods' }, { configmap: 'own/settings' }, 'pods'],
    ['of the ConfigMap', { POD_NAMESPACE: '' }, { configmap: 'own/settings' }, 'own'],
    ['of the credentials', {}, {}, 'context'],
  ])('holds the Lease in the namespace %s', (_, env, flags, namespace) => {
    expect(reportingOptions(flags, 'context', env)).toEqual({ namespace, disableIngressStatusUpdate: false });
  });

  it('publishes the addresses of a Service, or those that are named', () => {
    expect(reportingOptions({ publishService: 'own/lb' }, 'own', {})).toMatchObject({
      publish: { service: { namespace: 'own', name: 'lb' } },
    });
    expect(reportingOptions({ publishAddress: ['203.0.113.7'] }, 'own', {})).toMatchObject({ publish: { addresses: ['203.0.113.7'] } });
    expect(() => reportingOptions({ publishService: 'own/lb', publishAddress: ['203.0.113.7'] }, 'own', {})).toThrow(/Give one of them/);
  });

  it('writes in the namespaces that are served alone, as one of those who serve a class', () => {
    const flags = { namespaceWhitelist: ['shop', 'blog'], namespaceBlacklist: ['blog'], 'ingress.class': 'inner' };
    expect(reportingOptions(flags, 'own', {})).toMatchObject({ namespaces: ['shop'], ingressClass: 'inner' });
  });
});
