import { configMapKind, hostAddressesKind, secretKind, serviceKind } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { classKind, ingressKind } from './fixtures/running.js';
import { type RbacRule, rolesOf, rulesForKinds } from './index.js';

const core = { apiGroups: [''] };

describe('rulesForKinds', () => {
  it('lets kinds be followed, and objects be read that somebody may refer to', () => {
    expect(rulesForKinds([ingressKind, serviceKind, secretKind, hostAddressesKind])).toEqual([
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
      { ...core, resources: ['services'], verbs: ['list', 'watch'] },
      { ...core, resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  it('is for the namespaces that are read, where a kind has such', () => {
    const namespaces = { allow: ['shop', 'blog', 'old'], deny: ['old'] };
    expect(rulesForKinds([serviceKind, classKind], { namespaces })).toMatchObject([
      { resources: ['services'], namespace: 'shop' },
      { resources: ['services'], namespace: 'blog' },
      { apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'] },
    ]);
    expect(rulesForKinds([configMapKind], { namespaces: { deny: ['old'] } })[0]).not.toHaveProperty('namespace');
  });
});

describe('rolesOf', () => {
  const services: RbacRule = { ...core, resources: ['services'], verbs: ['watch', 'list'] };

  it('has one rule for what is used alike, and each thing once', () => {
    const rules = [services, { ...core, resources: ['endpoints'], verbs: ['list', 'watch'] }, services, { ...services, verbs: ['list'] }];
    expect(rolesOf(rules, { name: 'signalbox', labels: { app: 'signalbox' } })).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'signalbox', labels: { app: 'signalbox' } },
        rules: [{ ...core, resources: ['services', 'endpoints'], verbs: ['list', 'watch'] }],
      },
    ]);
  });

  it('allows in a namespace, or of one object, what is not allowed anyway', () => {
    const named = { ...services, resourceNames: ['web'], namespace: 'shop' };
    const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespace: 'own' };
    const rules = [named, { ...named, verbs: ['get'] }, { ...services, namespace: 'shop' }, services, { ...leases, verbs: ['create'] }];
    expect(rolesOf(rules, { name: 'signalbox', serviceAccount: { namespace: 'own', name: 'controller' } })).toMatchObject([
      { kind: 'ClusterRole', rules: [{ verbs: ['list', 'watch'] }] },
      { kind: 'Role', metadata: { namespace: 'own' }, rules: [{ resources: ['leases'], verbs: ['create'] }] },
      { kind: 'Role', metadata: { namespace: 'shop' }, rules: [{ resources: ['services'], resourceNames: ['web'], verbs: ['get'] }] },
      {
        kind: 'ClusterRoleBinding',
        roleRef: { kind: 'ClusterRole', name: 'signalbox' },
        subjects: [{ namespace: 'own', name: 'controller' }],
      },
      { kind: 'RoleBinding', metadata: { namespace: 'own' }, roleRef: { kind: 'Role', name: 'signalbox' } },
      { kind: 'RoleBinding', metadata: { namespace: 'shop' } },
    ]);
  });
});
