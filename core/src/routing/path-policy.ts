import { quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import { isAmbiguous } from './ambiguous-path.js';
import type { DecidedRule, Decision } from './decision.js';
import { patternsTried } from './match.js';
import type { Route } from './model.js';
import type { RoutingModel } from './routing-model.js';

/** The rule that refuses a path which a server may read as another one, where the path policy has it so. */
export function policyRule(
  model: RoutingModel,
  standing: readonly Route[],
  { host, path }: Pick<Decision, 'host' | 'path'>,
): readonly DecidedRule[] {
  const because = isAmbiguous(path) ? reasonMessage(model, standing, host) : undefined;
  return because === undefined
    ? []
    : [{ text: `servers may read this path as another one, and ${because}`, applies: true, answer: { status: 400 } }];
}

function reasonMessage(model: RoutingModel, standing: readonly Route[], host: string): string | undefined {
  const { pathPolicy = 'guarded', fallThrough } = model.listen;
  if (pathPolicy === 'always') return 'the path policy is "always"';
  if (pathPolicy === 'never') return undefined;
  const tried = patternsTried(standing, host, fallThrough);
  const guarded = standing.find((route) => (route.path === 'default' || tried.includes(route.host)) && model.isGuarded(route));
  if (guarded === undefined) return undefined;
  const what = guarded.path === 'default' ? 'the default backend' : quote(guarded.host || 'any host');
  return `${formatRef(guarded.origin.object)} says who may pass ${what} (path policy "guarded")`;
}
