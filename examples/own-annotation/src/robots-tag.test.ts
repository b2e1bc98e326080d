// #region golden
import { ingress } from '@signalbox/ingress';
import { goldenSuite } from '@signalbox/testing';
import { searchEngines } from './robots-tag.js';

goldenSuite({
  folder: new URL('../golden/', import.meta.url),
  compose: () => ({ plugins: [ingress(), searchEngines] }),
});
// #endregion golden
