import type { Command, Option } from 'commander';
import { Switch } from './flag.js';
import { nearestTo } from './nearest.js';

/** What the program itself understands. */
const ofTheProgram = /^(-h|--help|-v+|--version)$/;

/**
 * The arguments as commander takes them: flags without a command are those of `run`, and every {@link Switch} has its value.
 * Errors are told by the command that they are for.
 */
export function argumentsFor(program: Command, args: readonly string[]): readonly string[] {
  const [first] = args;
  const all = first?.startsWith('-') && !ofTheProgram.test(first) ? ['run', ...args] : args;
  const command = program.commands.find((each) => each.name() === all[0]);
  return command === undefined ? all : [...all.slice(0, 1), ...withValues(command, all.slice(1))];
}

function withValues(command: Command, args: readonly string[]): readonly string[] {
  const optionOf = (arg: string): Option | undefined => command.options.find(({ long, short }) => arg === long || arg === short);
  const isSwitch = (arg: string): boolean => optionOf(arg) instanceof Switch;
  const result: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') return [...result, ...args.slice(at)];
    refuseSingleDash(command, arg, optionOf);
    // Several letters in one word, as Go has them.
    const letters = /^-[a-zA-Z]+$/.test(arg) ? Array.from(arg.slice(1), (letter) => ['-', letter].join('')) : [];
    if (letters.length > 0 && letters.every(isSwitch)) result.push(...letters.map((letter) => `${letter}true`));
    else if (isSwitch(arg)) result.push(`${arg}=true`);
    else {
      refuseUnknown(command, arg, optionOf);
      result.push(arg);
    }
    // The value of another option, whatever it looks like.
    if (optionOf(arg)?.required === true && at + 1 < args.length) result.push(args[(at += 1)] ?? '');
  }
  return result;
}

/** With the nearest that there is, however far: commander names none where more than three letters differ. */
function refuseUnknown(command: Command, arg: string, optionOf: (arg: string) => unknown): void {
  const name = nameOf(arg);
  if (!arg.startsWith('--') || ofTheProgram.test(name) || optionOf(name) !== undefined) return;
  const nearest = nearestTo(
    name,
    command.options.flatMap(({ long, hidden }) => (hidden || !long ? [] : [long])),
  );
  const hint = nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`;
  command.error(`error: unknown option '${name}'${hint}`, { code: 'commander.unknownOption' });
}

function nameOf(arg: string): string {
  return arg.split('=')[0] ?? '';
}

/** `-configmap` would be read as letters, and what is said of those helps nobody. */
function refuseSingleDash(command: Command, arg: string, optionOf: (arg: string) => unknown): void {
  const name = nameOf(arg);
  if (/^-[a-z]{2}/.test(name) && optionOf(`-${name}`) !== undefined)
    command.error(`error: unknown option '${name}'\n(Did you mean -${name}?)`, { code: 'commander.unknownOption' });
}
