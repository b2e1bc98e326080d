/** The steps of prepare.mjs, in their order. */
import { build } from './build.mjs';
import { ensureCluster } from './cluster.mjs';
import { ensureHaproxy } from './haproxy.mjs';
import { install } from './install.mjs';
import { ensureMoreHaproxies } from './more-haproxies.mjs';
import { BootstrapError, say } from './say.mjs';
import { root } from './workspaces.mjs';

const flags = ['--haproxy', '--more-haproxies', '--cluster'];

/** @param {readonly string[]} args */
export function prepare(args) {
  try {
    const unknown = args.find((arg) => !flags.includes(arg));
    if (unknown !== undefined) throw new BootstrapError(`prepare.mjs knows only ${flags.join(', ')}, not ${unknown}`);
    // HAProxy first: whoever has to install it by hand learns that before a minute of waiting.
    const main = args.includes('--haproxy') ? ensureHaproxy() : undefined;
    install(root);
    // Not before: `npm ci` empties node_modules, where they lie.
    if (args.includes('--more-haproxies')) ensureMoreHaproxies({ main });
    build(root);
    // Last: the first time it takes minutes, and whoever has to put something else right learns that before.
    if (args.includes('--cluster')) ensureCluster();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exitCode = 1;
  } finally {
    // `npm test` ends with this line even when no test could start.
    if (process.exitCode === 1 && process.env.npm_lifecycle_event === 'test') process.stdout.write('0 passed, 1 failed\n');
  }
}
