import { parseShape } from './shape.js';
import type { Shape } from './shape.js';

const reply =
  'status=number deny_status=number content-type=word default-errorfiles= errorfile=path errorfiles=name file=path lf-file=path string=word lf-string=format hdr=header,format';

/** A redirect, as a rule's action and as a directive of its own. */
export const redirectShape: string =
  'location=format prefix=format scheme=format code=number set-cookie=word clear-cookie=word drop-query= append-slash= ignore-empty= keep-query= ?';

/**
 * The actions of `http-request`, `http-response`, `http-after-response`, `tcp-request` and `tcp-response` rules, together: which action is
 * allowed where is HAProxy's to say.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.3 | HAProxy: actions keywords matrix}
 */
const actions: Readonly<Record<string, string>> = {
  accept: '?',
  'add-acl': 'format ?',
  'add-header': 'header format ?',
  'add-map': 'format format ?',
  allow: '?',
  attach: '?',
  auth: 'realm=word ?',
  'cache-store': 'name ?',
  'cache-use': 'name ?',
  capture: 'expression len=number id=number ?',
  close: '?',
  'del-acl': 'format ?',
  'del-header': 'header -m=keyword ?',
  'del-map': 'format ?',
  deny: `${reply} ?`,
  'disable-l7-retry': '?',
  'do-log': 'profile=name ?',
  'do-resolve': 'expression ?',
  'early-hint': 'header format ?',
  'expect-netscaler-cip': 'layer4= ?',
  'expect-proxy': 'layer4= ?',
  'normalize-uri': 'keyword full= strict= ?',
  pause: 'timeOrExpression ?',
  redirect: redirectShape,
  reject: `${reply} ?`,
  'replace-header': 'header regex replacement ?',
  'replace-path': 'regex replacement ?',
  'replace-pathq': 'regex replacement ?',
  'replace-uri': 'regex replacement ?',
  'replace-value': 'header regex replacement ?',
  return: `${reply} ?`,
  'sc-add-gpc': 'numberOrExpression ?',
  'sc-inc-gpc': '?',
  'sc-inc-gpc0': '?',
  'sc-inc-gpc1': '?',
  'sc-set-gpt': 'numberOrExpression ?',
  'sc-set-gpt0': 'numberOrExpression ?',
  'send-spoe-group': 'name name ?',
  'set-bandwidth-limit': 'name limit=numberOrExpression period=timeOrExpression ?',
  'set-bc-mark': 'numberOrExpression ?',
  'set-bc-tos': 'numberOrExpression ?',
  'set-dst': 'expression ?',
  'set-dst-port': 'expression ?',
  'set-fc-mark': 'numberOrExpression ?',
  'set-fc-tos': 'numberOrExpression ?',
  'set-header': 'header format ?',
  'set-log-level': 'keyword ?',
  'set-map': 'format format ?',
  'set-mark': 'numberOrExpression ?',
  'set-method': 'format ?',
  'set-nice': 'number ?',
  'set-path': 'format ?',
  'set-pathq': 'format ?',
  'set-priority-class': 'expression ?',
  'set-priority-offset': 'expression ?',
  'set-query': 'format ?',
  'set-retries': 'numberOrExpression ?',
  'set-src': 'expression ?',
  'set-src-port': 'expression ?',
  'set-status': 'number reason=word ?',
  'set-timeout': 'keyword timeOrExpression ?',
  'set-tos': 'numberOrExpression ?',
  'set-uri': 'format ?',
  'set-var': 'expression ?',
  'set-var-fmt': 'format ?',
  'silent-drop': 'rst-ttl=number ?',
  'strict-mode': 'keyword ?',
  'switch-mode': 'keyword proto=keyword ?',
  tarpit: `${reply} ?`,
  'track-sc': 'expression table=table ?',
  'unset-var': '?',
  'use-service': 'keyword ?',
  'wait-for-body': 'time=timeOrExpression at-least=size ?',
  'wait-for-handshake': '?',
};

const shapes = new Map<string, Shape>();

/** The shape of an action by its name, without parentheses and with `0` for a counter's number. */
export function actionShape(name: string): Shape | undefined {
  const key = name.replace(/^track-sc\d+$/, 'track-sc');
  const text = Object.hasOwn(actions, key) ? actions[key] : undefined;
  if (text === undefined) return undefined;
  const shape = shapes.get(key) ?? parseShape(text);
  shapes.set(key, shape);
  return shape;
}
