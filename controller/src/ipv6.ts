import { badUseError } from './command-error.js';
import { bindProblem } from './free-ports.js';
import { type ListenChoices, withoutIpv6 } from './listen.js';

/** The same, without IPv6 where this machine has none. */
export async function whereIpv6Works(listen: ListenChoices, tell: (message: string) => void): Promise<ListenChoices> {
  for (const address of new Set([...listen.addresses, ...listen.adminAddresses])) {
    if (!address.includes(':')) continue;
    const problem = await bindProblem(address, 0);
    if (problem === undefined) continue;
    const without = withoutIpv6(listen);
    if (without.addresses.length === 0)
      throw badUseError(`The address ${address} cannot be used on this machine (${problem}), and IPv4 is switched off.`);
    tell(`This machine cannot listen on ${address} (${problem}): only IPv4 is used.`);
    return without;
  }
  return listen;
}
