import { type Command, InvalidArgumentError } from 'commander';
import { Flag, type Notice } from './flag.js';
import { nearestTo } from './nearest.js';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gives the flags that the command line does not name the values that the environment has for them. An empty variable counts as none.
 * A value that cannot be ends the command, with the name of the variable.
 */
export function readEnvironment(command: Command, environment: Environment): void {
  for (const option of command.options) {
    if (!(option instanceof Flag) || option.variable === undefined) continue;
    const { variable } = option;
    const text = environment[variable]?.trim();
    if (!text || isOfService(variable, text) || command.getOptionValueSource(option.attributeName()) === 'cli') continue;
    try {
      command.setOptionValueWithSource(option.attributeName(), option.fromVariable(text), 'env');
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      command.error(`error: value '${text}' of the variable ${variable} is invalid. ${error.message}`, { code: error.code });
    }
  }
}

/** What there is to say of the flags and variables that a command was given. */
export function noticesOf(command: Command, environment: Environment): readonly Notice[] {
  const flags = command.options.filter((option) => option instanceof Flag);
  const given = flags.flatMap((flag) => {
    const value: unknown = command.getOptionValue(flag.attributeName());
    if (value === undefined || value === false) return [];
    const isVariable = command.getOptionValueSource(flag.attributeName()) === 'env';
    return flag.noticeOf((isVariable ? flag.variable : (flag.long ?? flag.short)) ?? '') ?? [];
  });
  const known = flags.flatMap(({ variable }) => variable ?? []);
  const unknown = Object.entries(environment).flatMap(([name, text = '']): Notice[] => {
    if (!name.startsWith('SIGNALBOX_') || known.includes(name) || isOfService(name, text)) return [];
    const nearest = nearestTo(name, known);
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    return [{ level: 'warn', message: `The variable ${name} is that of no flag, and has no effect.${hint}` }];
  });
  return [...given, ...unknown];
}

/**
 * Kubernetes puts the address of every Service into the environment of its neighbours: of one called `signalbox-controller` it stands in
 * `SIGNALBOX_CONTROLLER_PORT`, as `tcp://10.0.0.7:6060`.
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables | Kubernetes: environment variables}
 */
function isOfService(name: string, text: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text))
  );
}
