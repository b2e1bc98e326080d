/**
 * What every script of package.json runs first: installs the packages that are missing or stale, builds what is stale and,
 * with `--haproxy`, finds HAProxy or installs it; with `--more-haproxies`, the other versions that tests run on too; with
 * `--cluster`, finds or makes etcd and kube-apiserver. It has no dependencies and runs on Node 20 or newer; everything after it
 * runs on the Node that the npm package `node` brings along. It says what it does on stderr, so that stdout is the script's own.
 */
const oldestMajor = 20;

if (Number(process.versions.node.split('.')[0]) < oldestMajor) {
  process.stderr.write(
    'signalbox: Node ' + oldestMajor + ' or newer is needed to start, this is ' + process.versions.node + '; see https://nodejs.org\n',
  );
  process.exitCode = 1;
} else {
  // Imported only now: an older Node would stumble over the syntax before it could say what is wrong.
  import('./steps.mjs').then(({ prepare }) => prepare(process.argv.slice(2)));
}
