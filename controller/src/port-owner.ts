import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process that listens on a port. */
interface PortOwner {
  readonly pid: number;
  /** `haproxy -W -S …`, cut. */
  readonly command: string;
}

const listening = '0A';

/** The process that listens on a TCP port of this machine, as far as the system lets us see: on Linux, and of our own user. */
async function portOwner(port: number): Promise<PortOwner | undefined> {
  const inodes = new Set((await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(async (table) => listenersOn(table, port)))).flat());
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owners = await Promise.all(pids.map(async (pid) => ((await holdsSocket(pid, inodes)) ? [Number(pid)] : [])));
  const [first] = owners.flat().sort((a, b) => a - b);
  if (first === undefined) return undefined;
  const command = await commandOf(first);
  // A worker of HAProxy's would be started anew by its master.
  const parent = await parentOf(first);
  return { pid: parent !== undefined && (await commandOf(parent)) === command ? parent : first, command };
}

/** What to say of a taken port. */
export async function takenPortMessage(what: string, port: number): Promise<string> {
  const owner = await portOwner(port);
  const who = owner === undefined ? 'another program listens there' : `process ${String(owner.pid)} listens there (${owner.command})`;
  const end = owner === undefined ? 'End that program' : `End it ("kill ${String(owner.pid)}")`;
  return `Port ${String(port)} is taken: ${who}. ${end}, or choose another port with ${what}.`;
}

async function listenersOn(table: string, port: number): Promise<string[]> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile(table, 'latin1').catch(() => '')).split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === listening && local.endsWith(wanted) ? [inode] : [];
  });
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map(async (name) => readlink(`${folder}/${name}`).catch(() => '')));
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''));
}

async function parentOf(pid: number): Promise<number | undefined> {
  const [, parent] = /^PPid:\s+(\d+)$/m.exec(await readFile(`/proc/${String(pid)}/status`, 'latin1').catch(() => '')) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

async function commandOf(pid: number): Promise<string> {
  const line = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')).split('\0').filter((word) => word !== '');
  const text = line.join(' ');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text || 'unknown';
}
