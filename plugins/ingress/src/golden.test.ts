import { goldenSuite } from '@signalbox/testing';
import { ingress, type IngressOptions } from './ingress.js';

goldenSuite({
  folder: new URL('../golden/', import.meta.url),
  compose: (options) => ({ plugins: [ingress(options['ingress'] as IngressOptions | undefined)] }),
});
