import { answerTo } from './answer.js';
import { candidatesFor } from './candidates.js';
import type { DecidedRule, Decision } from './decision.js';
import { isExact, lengthOf, patternsFor, takesPath } from './match.js';
import type { HostPattern, Route } from './model.js';
import { decideRules } from './rule-outcome.js';
import { hostName, type IncomingRequest, pathOf } from './request.js';
import type { RoutingModel } from './routing-model.js';

/**
 * What becomes of a request, and why: the meaning of the routing model, whatever form HAProxy is told it in. A real HAProxy is held
 * against it by tests.
 * @public
 */
export function evaluate(model: RoutingModel, request: IncomingRequest): Decision {
  const [host, path] = [hostName(request.host), pathOf(request.target)];
  const choice = chooseRoute(model, host, path);
  const destination = choice.route && model.destination(choice.route);
  const rules = [
    ...answersOf(model, request),
    ...(destination === undefined ? [] : decideRules(destination.rules, destination.lists, request)),
  ];
  const found = { host, path, listener: listenerOf(model, request), ...choice, ...(destination && { destination }), rules };
  const candidates = candidatesFor(model, found);
  return { ...found, settings: destination?.settings ?? [], candidates, answer: answerTo(found) };
}

/**
 * The nearest host pattern that any route names decides: the name itself, else a wildcard for its first label, else no host. There the
 * exact path counts, else the longest prefix. What none of its paths takes goes to the default backend; with `fallThrough` the next
 * wider pattern is tried before.
 */
function chooseRoute(model: RoutingModel, host: string, path: string): { readonly pattern?: HostPattern; readonly route?: Route } {
  const routes = model.routes().flatMap(({ route, heldBy }) => (route === heldBy ? [route] : []));
  const patterns = patternsFor(host).filter((pattern) => routes.some((route) => route.path !== 'default' && route.host === pattern));
  for (const pattern of model.listen.fallThrough === true ? patterns : patterns.slice(0, 1)) {
    const route = nearestPath(
      routes.filter((each) => each.host === pattern),
      path,
    );
    if (route !== undefined) return { pattern, route };
  }
  const otherwise = routes.find((route) => route.path === 'default');
  return { ...(patterns[0] !== undefined && { pattern: patterns[0] }), ...(otherwise && { route: otherwise }) };
}

function nearestPath(routes: readonly Route[], path: string): Route | undefined {
  const taking = routes.filter((route) => takesPath(route, path));
  return taking.find(isExact) ?? taking.toSorted((a, b) => lengthOf(b) - lengthOf(a)).at(0);
}

/** The rules of the listener that end a request. */
function answersOf(model: RoutingModel, request: IncomingRequest): readonly DecidedRule[] {
  return decideRules(model.rulesOf(request.scheme), new Map(), request).filter(({ answer }) => answer !== undefined);
}

function listenerOf({ listen }: RoutingModel, { scheme }: IncomingRequest): Decision['listener'] {
  return { name: scheme, port: scheme === 'http' ? listen.httpPort : listen.httpsPort };
}
