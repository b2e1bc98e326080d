import { type CheckMessage, type ConfigFile, LocalTarget, type Resource } from '@signalbox/core';
import { memoryLiveSink } from '../fakes/memory-live-sink.js';
import { memorySink } from '../fakes/memory-sink.js';
import { memorySource } from '../fakes/memory-source.js';
import { durableSinkContract } from './durable-sink-contract.js';
import { liveSinkContract } from './live-sink-contract.js';
import { sourceContract } from './source-contract.js';
import { targetContract } from './target-contract.js';

sourceContract('MemorySource', () => {
  const source = memorySource();
  const hold = (objects: readonly Resource[]): void => {
    for (const object of source.objects) if (!objects.some(({ metadata }) => metadata.name === object.metadata.name)) source.delete(object);
    for (const object of objects) source.set(object);
  };
  return { source, hold };
});

durableSinkContract('MemorySink', () => {
  const sink = memorySink({ check: nonsense });
  const reopen = () => memorySink({ check: nonsense, memory: sink.memory });
  return { sink, reopen, isReal: false, files: () => new Map([...sink.files].map(([path, { content }]) => [path, content])) };
});

targetContract('LocalTarget over a MemorySink', () => {
  let refuses = false;
  const refusal: CheckMessage = { severity: 'alert', text: 'refused' };
  const sink = memorySink({
    check: () => {
      if (!refuses) return [];
      refuses = false;
      return [refusal];
    },
  });
  return {
    target: new LocalTarget({ durable: sink, reloadIntervalMs: 0 }),
    refuseNext: () => {
      refuses = true;
    },
    failNext: () => {
      sink.failNext(new Error('disk full'));
    },
  };
});

function nonsense(files: ReadonlyMap<string, ConfigFile>): CheckMessage[] {
  const line =
    files
      .get('haproxy.cfg')
      ?.content.split('\n')
      .findIndex((each) => each.includes('contract-nonsense')) ?? -1;
  return line < 0 ? [] : [{ severity: 'alert', file: 'haproxy.cfg', line: line + 1, text: 'unknown keyword' }];
}

liveSinkContract('MemoryLiveSink', () => {
  const sink = memoryLiveSink({ backends: ['app'] });
  sink.maps.set('maps/a.map', new Map());
  return { sink, backend: 'app', map: 'maps/a.map', list: 'lists/a.lst', crtList: 'crt-list.txt', certificate: 'certs/a.pem' };
});
