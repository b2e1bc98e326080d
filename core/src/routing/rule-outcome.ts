import ipaddr from 'ipaddr.js';
import { parseAlternatives, type Term } from '../haproxy/emitter/condition.js';
import { renderDirective } from '../haproxy/emitter/index.js';
import type { OwnedDirective } from '../haproxy/rows.js';
import type { DecidedRule } from './decision.js';
import { type IncomingRequest, pathAndQuery, withoutPort } from './request.js';
import type { Destination } from './routing-model.js';

/** Files that rules name by `-f`, and their entries. */
type Lists = Destination['lists'];

/** Which rules apply to a request, as far as the request alone can tell. */
export function decideRules(rules: readonly OwnedDirective[], lists: Lists, request: IncomingRequest): readonly DecidedRule[] {
  let known = request;
  return rules
    .filter(({ directive }) => isRule(directive.words))
    .map((rule) => {
      const decided = decideRule(rule, known, lists);
      // From here on the address is what a header says.
      if (rule.directive.words[1] === 'set-src' && decided.applies !== false) known = withoutSource(known);
      return decided;
    });
}

function withoutSource({ source: _source, ...request }: IncomingRequest): IncomingRequest {
  return request;
}

function isRule([keyword = '']: readonly string[]): boolean {
  return ['http-request', 'http-response', 'http-after-response'].includes(keyword);
}

function decideRule({ directive, origin }: OwnedDirective, request: IncomingRequest, lists: Lists): DecidedRule {
  const { words, conditionAt = words.length } = directive;
  const terms = parseAlternatives(words.slice(conditionAt + 1));
  const holds = conditionAt === words.length ? true : anyOf(terms.map((all) => allOf(all.map((term) => termHolds(term, request, lists)))));
  const applies = holds !== undefined && words[conditionAt] === 'unless' ? !holds : holds;
  const answer = answerOf(words.slice(0, conditionAt), request);
  return {
    text: directive.secret === true ? words.slice(0, 2).join(' ') : renderDirective(directive),
    applies: applies ?? 'depends',
    ...(applies === undefined && { on: [...new Set(terms.flat().map(subjectOf))].join(', ') }),
    ...(answer && { answer }),
    ...(origin && { origin }),
  };
}

/** True, false, or unknown where it depends on what is not known. */
type Truth = boolean | undefined;

function allOf(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
}

function anyOf(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
}

function termHolds(term: Term, { scheme, source }: IncomingRequest, lists: Lists): Truth {
  const [opening = '', sample, flag, file = ''] = term;
  let holds: Truth;
  if (opening.endsWith('TRUE')) holds = true;
  else if (sample === 'ssl_fc') holds = scheme === 'https';
  else if (sample === 'src' && flag === '-f' && source !== undefined) holds = lists.get(file)?.some((entry) => isIn(source, entry));
  return holds !== undefined && opening.startsWith('!') ? !holds : holds;
}

/** An IPv4 address is also the IPv6 address that stands for it: `::/0` takes every client. */
function isIn(address: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/');
  const wanted = ipaddr.parse(network);
  const found = ipaddr.process(address);
  if (wanted instanceof ipaddr.IPv4) return found instanceof ipaddr.IPv4 && found.match(wanted, Number(bits ?? 32));
  return (found instanceof ipaddr.IPv4 ? found.toIPv4MappedAddress() : found).match(wanted, Number(bits ?? 128));
}

/** What the outcome of a term depends on, in words where it is one of the usual. */
function subjectOf([, sample = '']: Term): string {
  if (sample === 'src') return "the client's address";
  if (sample.startsWith('http_auth')) return 'the credentials';
  if (/^sc\d?_|^sc_/.test(sample)) return 'how much the client has sent before';
  return sample;
}

/** What a rule answers where it applies; `undefined` where the request goes on. */
function answerOf([keyword, verb, ...rest]: readonly string[], request: IncomingRequest): DecidedRule['answer'] {
  if (keyword !== 'http-request') return undefined;
  const after = (word: string, fallback: number): number => Number(rest[rest.indexOf(word) + 1] ?? fallback) || fallback;
  if (verb === 'deny') return { status: after('deny_status', 403) };
  if (verb === 'tarpit') return { status: after('deny_status', 500) };
  if (verb === 'return') return { status: after('status', 200) };
  if (verb === 'auth') return { status: 401 };
  if (verb !== 'redirect') return undefined;
  const location = rest[0] === 'location' ? locationOf(rest[1] ?? '', request) : undefined;
  return { status: after('code', 302), ...(location !== undefined && { location }) };
}

/** The URL of a redirect, where it is made of nothing but the request's own host, path and query. */
function locationOf(format: string, { host = '', target }: IncomingRequest): string | undefined {
  const url = pathAndQuery(target);
  const known = new Map([
    ['req.fhdr(Host),host_only', withoutPort(host)],
    ['pathq', url],
    ['path', url.replace(/\?.*$/s, '')],
  ]);
  const pieces = format.split(/%\[([^\]]*)\]/);
  const texts = pieces.map((piece, at) => (at % 2 === 1 ? known.get(piece) : /["\\%]/.test(piece) ? undefined : piece));
  return texts.includes(undefined) ? undefined : texts.join('');
}
