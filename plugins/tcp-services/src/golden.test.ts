import { goldenSuite } from '@signalbox/testing';
import { tcpServices } from './tcp-services.js';

goldenSuite({
  folder: new URL('../golden/', import.meta.url),
  compose: () => ({ plugins: [tcpServices({ configMap: 'ops/tcp' })] }),
});
