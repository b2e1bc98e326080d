import { quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import type { DecidedRule, Found, RoutedAnswer } from './decision.js';
import type { Destination } from './routing-model.js';

/** How a request ends, and why. */
export function answerTo(found: Found): RoutedAnswer {
  const { listener, destination, rules } = found;
  if (listener.port === 0) return { kind: 'none', because: `nothing listens for ${listener.name}` };
  const rule = rules.find(({ applies, answer }) => applies === true && answer !== undefined);
  if (rule?.answer !== undefined) return { kind: 'answer', ...rule.answer, because: ruleMessage(rule, destination) };
  if (destination === undefined) return { kind: 'answer', status: 404, because: noRouteMessage(found) };
  const { servers, pool } = destination;
  return servers.length === 0 ? { kind: 'answer', status: 503, because: noServerMessage(destination) } : { kind: 'forward', pool, servers };
}

function noRouteMessage({ pattern, host, path }: Found): string {
  const whose =
    pattern === undefined ? `no rule is for host ${quote(host)}` : `no path of ${quote(pattern || 'any host')} takes ${quote(path)}`;
  return `${whose}, and there is no default backend`;
}

function ruleMessage({ origin, text, answer }: DecidedRule, destination: Destination | undefined): string {
  const closedBy = destination?.closedBy;
  if (closedBy !== undefined && answer?.status === 503) return `the route is closed by ${closedBy}`;
  return origin === undefined ? text : `${formatRef(origin.object)}${origin.field === undefined ? '' : ` ${origin.field}`}`;
}

function noServerMessage({ missing, service, port }: Destination): string {
  if (service === '') return 'the route names no Service that could be found';
  if (missing === 'service') return `there is no Service ${quote(service)}`;
  if (missing === 'port') return `Service ${quote(service)} has no port ${quote(port)}`;
  if (missing === 'addresses') return `the name that Service ${quote(service)} stands for has no known address`;
  return `Service ${quote(service)} has no endpoint that is ready`;
}
