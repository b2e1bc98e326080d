import type { LiveStep } from '@signalbox/core';
import { isIP } from 'node:net';
import { command, numberWord, refusedError, serverWord } from './command.js';
import type { Command } from './command.js';
import type { Procedure } from './procedure.js';
import { busy, done, refused } from './words.js';

type Step<Do extends LiveStep['do']> = Extract<LiveStep, { readonly do: Do }>;

const mostId = 2 ** 31 - 1;
const mostConnections = 2 ** 31 - 1;
/** It looks for the id first, and among the servers of the backend only. */
const sameName =
  /^Already exists a server with the same name in backend\.$|^'id' : custom id \d+ already used at .* \('server ([^']*)'\)\.$/;
const notThere = /^No such (?:server|backend)\.$/;
const hasConnections = /^Server still has connections attached to it/;
/** 2.6 says so of what is as it should be; 3.0 and newer have other words for all of it. */
const addressIsSet = /^(?:nothing changed|IP changed from |port changed from |no need to change the addr)/;

/** A new server gets no requests before it is ready, and no checks before they are switched on. */
export function* addServer({ backend, server, options, isChecked }: Step<'add server'>): Procedure {
  const at = serverWord(backend, server.name);
  const names = [backend, server.name];
  const toReady = [command('set', 'server', at, 'state', 'ready'), ...(isChecked ? [command('enable', 'health', at)] : [])];
  const put = yield [command('add', 'server', at, endpoint(server.address, server.port), ...options, ...settings(server))];
  // Warnings come first.
  const isNew = /(?:^|\n)New server registered\.$/.test(put[0] ?? '');
  if (!isNew) {
    const [same, holder = server.name] = sameName.exec(put[0] ?? '') ?? [];
    if (same === undefined || holder !== server.name) return refused(put[0] ?? '', names);
    // It takes requests, if it does, at its old address until this is done.
    const [address = '', ...others] = yield [setAddress(at, server.address, server.port), ...changes(at, server)];
    const wrong = addressIsSet.test(address) ? others.find((reply) => reply !== '') : address;
    if (wrong !== undefined) return refused(wrong, names);
  }
  const wrong = (yield toReady).find((reply) => reply !== '');
  if (wrong === undefined) return done;
  if (isNew) yield removal(at, false);
  return refused(wrong, names);
}

/** HAProxy lets only those go that are in maintenance and have no connections. */
export function* removeServer({ backend, name, cut }: Step<'remove server'>): Procedure {
  const replies = yield removal(serverWord(backend, name), cut);
  const last = replies.at(-1) ?? '';
  if (last === 'Server deleted.' || notThere.test(last)) return done;
  return hasConnections.test(last) ? busy : refused(last, [backend, name]);
}

/** What one command does that says nothing where it worked. */
export function* setServer(step: Step<'ready server'> | Step<'set weight'> | Step<'set maxconn'> | Step<'set address'>): Procedure {
  const [reply = ''] = yield [setting(step, serverWord(step.backend, step.name))];
  const isDone = step.do === 'set address' ? addressIsSet.test(reply) : reply === '';
  return isDone ? done : refused(reply, [step.backend, step.name]);
}

function setting(step: Parameters<typeof setServer>[0], at: string): Command {
  switch (step.do) {
    case 'ready server':
      return command('set', 'server', at, 'state', 'ready');
    case 'set weight':
      return setWeight(at, step.weight);
    case 'set maxconn':
      return setMaxconn(at, step.maxconn);
    case 'set address':
      return setAddress(at, step.address, step.port);
  }
}

function removal(at: string, cut: boolean): Command[] {
  const maintenance = command('set', 'server', at, 'state', 'maint');
  const end = cut ? [command('shutdown', 'sessions', 'server', at)] : [];
  return [maintenance, ...end, command('del', 'server', at)];
}

/** Behind the options of the backend: of a keyword that comes twice, HAProxy takes the last. */
function settings({ id, weight, maxconn }: Step<'add server'>['server']): string[] {
  return [
    ...['id', numberWord(id, 1, mostId)],
    ...(weight === undefined ? [] : ['weight', weightWord(weight)]),
    ...(maxconn === undefined ? [] : ['maxconn', maxconnWord(maxconn)]),
  ];
}

function changes(at: string, { weight, maxconn }: Step<'add server'>['server']): Command[] {
  return [...(weight === undefined ? [] : [setWeight(at, weight)]), ...(maxconn === undefined ? [] : [setMaxconn(at, maxconn)])];
}

function setAddress(at: string, address: string, port: number): Command {
  return command('set', 'server', at, 'addr', ipWord(address), 'port', portWord(port));
}

function setWeight(at: string, weight: number): Command {
  return command('set', 'server', at, 'weight', weightWord(weight));
}

function setMaxconn(at: string, maxconn: number): Command {
  return command('set', 'maxconn', 'server', at, maxconnWord(maxconn));
}

function endpoint(address: string, port: number): string {
  const host = address.includes(':') ? ['[', ipWord(address), ']'].join('') : ipWord(address);
  return [host, portWord(port)].join(':');
}

/** HAProxy takes a name too, and never looks it up. */
function ipWord(address: string): string {
  if (isIP(address) !== 0 && !address.includes('%')) return address;
  throw refusedError('form', 'Expected an IPv4 or IPv6 address.');
}

const portWord = (port: number): string => numberWord(port, 1, 65_535);
const weightWord = (weight: number): string => numberWord(weight, 0, 256);
const maxconnWord = (maxconn: number): string => numberWord(maxconn, 0, mostConnections);
