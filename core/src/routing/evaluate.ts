import { answerTo } from './answer.js';
import { candidatesFor } from './candidates.js';
import type { DecidedRule, Decision } from './decision.js';
import { isExact, lengthOf, patternsFor, patternsTried, standingOf, takesPath } from './match.js';
import { policyRule } from './path-policy.js';
import type { Route } from './model.js';
import { decideRules } from './rule-outcome.js';
import { hostName, type IncomingRequest, pathOf } from './request.js';
import type { RoutingModel } from './routing-model.js';

/**
 * What becomes of a request, and why: the meaning of the routing model, whatever form HAProxy is told it in. A real HAProxy is held
 * against it by tests.
 * @public
 */
export function evaluate(model: RoutingModel, request: IncomingRequest): Decision {
  const wanted = { host: hostName(request.host), path: pathOf(request.target) };
  const asked = model.routes(patternsFor(wanted.host));
  const standing = standingOf(asked);
  const choice = chooseRoute(standing, wanted, model.listen.fallThrough);
  const destination = choice.route && model.destination(choice.route);
  const ofRoute = destination === undefined ? [] : decideRules(destination.rules, destination.lists, request);
  const rules = [...answersOf(model, request), ...policyRule(model, standing, wanted), ...ofRoute];
  const found = { ...wanted, listener: listenerOf(model, request), ...choice, ...(destination && { destination }), rules };
  const candidates = candidatesFor(asked, found, model.listen.fallThrough);
  return { ...found, settings: destination?.settings ?? [], candidates, answer: answerTo(found) };
}

type Wanted = Pick<Decision, 'host' | 'path'>;

/**
 * The nearest host pattern that any route names decides: the name itself, else a wildcard for its first label, else no host. There the
 * exact path counts, else the longest prefix. What none of its paths takes goes to the default backend; with `fallThrough` the next
 * wider pattern is tried before.
 */
function chooseRoute(standing: readonly Route[], { host, path }: Wanted, fallThrough?: boolean): Pick<Decision, 'pattern' | 'route'> {
  const patterns = patternsTried(standing, host, fallThrough);
  for (const pattern of patterns) {
    const route = nearestPath(
      standing.filter((each) => each.host === pattern),
      path,
    );
    if (route !== undefined) return { pattern, route };
  }
  const otherwise = standing.find((route) => route.path === 'default');
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
