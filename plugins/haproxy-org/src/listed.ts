import { type AddressLists, anyOf, type Condition, condition, type RouteTarget } from '@signalbox/core';

/** What holds for clients that stand in a list of addresses, or in one of its files. */
export function isListed(route: RouteTarget, name: string, { networks, files }: AddressLists): Condition {
  const paths = [...(networks.length > 0 ? [route.list(name, networks)] : []), ...files.map((file) => route.addressFile(file))];
  const [first, ...others] = paths.map((path) => condition`{ src -f ${path} }`);
  if (first === undefined) throw new RangeError('An address list holds at least one address or file.');
  return anyOf(first, ...others);
}
