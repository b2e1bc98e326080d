import { allHaproxies, liveSinkContract } from '@signalbox/testing';
import { RunningHaproxy } from './fixtures/running-haproxy.js';

for (const { path, branch } of allHaproxies()) {
  liveSinkContract(`RuntimeApiSink with HAProxy ${branch}`, async () => {
    const haproxy = await RunningHaproxy.start(path);
    return {
      sink: haproxy.sink(),
      backend: 'empty',
      map: 'maps/word.map',
      list: 'lists/word.lst',
      crtList: 'crt-list.txt',
      certificate: 'certs/default.pem',
      end: () => haproxy[Symbol.asyncDispose](),
    };
  });
}
