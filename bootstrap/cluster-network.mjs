/**
 * The private network of tests in a cluster: a network namespace with loopback alone, in which every address of 10.244.0.0/16 is
 * there to listen on. The API server takes no loopback address for an endpoint, and nothing of this is seen outside.
 */
import { spawnSync } from 'node:child_process';

/** Run by `sh` inside, with the command as its arguments. */
const enter = `(PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up && ip route add local 10.244.0.0/16 dev lo) || exit 125
exec "$@"`;

/** Whose rights a namespace is made with: those of one's own user namespace, or where that is forbidden, root's. */
const ways = process.getuid?.() === 0 ? ['-rn', '-n'] : ['-rn'];

/**
 * @typedef {object} Network
 * @property {string} [problem] why there can be none; undefined where there can
 * @property {(command: readonly string[]) => [string, string[]]} inside a command inside of it, as `spawn` takes it. The process
 *   that is started becomes the command: its id, signals, streams and IPC channel are the command's.
 */

/** @param {{ env?: NodeJS.ProcessEnv }} [options] @returns {Network} */
export function clusterNetwork({ env = process.env } = {}) {
  const inside = (way) => (command) => ['unshare', [way, 'sh', '-c', enter, 'sh', ...command]];
  let problem;
  for (const way of ways) {
    const [program, args] = inside(way)(['true']);
    const done = spawnSync(program, args, { encoding: 'utf8', env, timeout: 10_000 });
    if (done.status === 0) return { inside: inside(way) };
    problem ??= done.error?.code === 'ENOENT' ? 'there is no unshare' : done.stderr?.trim() || done.error?.message || 'it does not work';
  }
  return { problem: `no private network can be made here (${problem})`, inside: inside(ways[0]) };
}
