import { configMapKind, groupOf, kindKey, objectKey, secretKind, serviceKind } from '@signalbox/core';
import { sourceContract } from '@signalbox/testing';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { kubernetes } from './index.js';

sourceContract('KubernetesSource', async () => {
  const server = await FakeApiServer.start(serviceKind, configMapKind, secretKind);
  return {
    source: kubernetes({ kubeconfig: server.kubeconfig() }),
    hold(objects) {
      for (const object of objects) {
        const held = server.store.of(kindKey({ group: groupOf(object.apiVersion), kind: object.kind })).get(objectKey(object.metadata));
        if (JSON.stringify(held?.metadata.annotations) !== JSON.stringify(object.metadata.annotations) || held === undefined) {
          server.store.set(object);
        }
      }
      const keys = new Set(objects.map(({ metadata }) => objectKey(metadata)));
      for (const key of server.store.of(kindKey(serviceKind)).keys()) if (!keys.has(key)) server.store.delete(serviceKind, key);
    },
    end: () => server.close(),
  };
});
