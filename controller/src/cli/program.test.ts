import { describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';

describe('bad use', { timeout: 60_000 }, () => {
  const cases: readonly (readonly [string, readonly string[], string | RegExp])[] = [
    ['an unknown command', ['chekc'], 'Did you mean check?'],
    ['an unknown flag', ['run', '--fils', 'x'], 'Did you mean --files?'],
    ['a flag that is missing', ['run'], "required option '--files <path>'"],
    ['a port that is none', ['run', '--files', '.', '--http-bind-port', '70000'], 'from 1 to 65535'],
    [
      'a port that is used twice',
      ['run', '--files', '.', '--stats-bind-port', '8080'],
      '--http-bind-port and --stats-bind-port are both 8080',
    ],
    ['a name without a namespace', ['check', '--files', '.', '--configmap', 'map'], 'Expected NAMESPACE/NAME'],
    [
      'an address that is none',
      ['render', '--files', '.', '--out', '/nowhere', '--ipv4-bind-address', '1.2.3'],
      'expected an IPv4 address',
    ],
    ['nothing to listen on', ['render', '--files', '.', '--out', '/nowhere', '--disable-ipv4', '--disable-ipv6'], 'nothing to listen on'],
    [
      'a network that is none',
      ['run', '--files', '.', '--trusted-sources', '10.0.0.0/8,proxy'],
      /--trusted-sources <networks>.*Expected IP addresses or networks separated by commas/,
    ],
    ['a path policy that is none', ['run', '--files', '.', '--path-policy', 'sometimes'], 'Allowed choices are always, guarded, never'],
    [
      'a runtime folder that is too long for sockets',
      ['run', '--files', '.', '--config-dir', '/tmp', '--runtime-dir', `/tmp/${'long/'.repeat(20)}`],
      '--runtime-dir',
    ],
    ['an argument too many', ['check', '--files', '.', 'more'], 'too many arguments'],
  ];
  it.each(cases)('is told what is wrong: %s', async (_name, args, words) => {
    const { exitCode, stdout, stderr } = await runProgram(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words instanceof RegExp ? words : new RegExp(words.replace(/[?()[\]{}.+*|\\^$]/g, '\\$&')));
  });

  it('gets the help where it asks for it', async () => {
    const { exitCode, stdout } = await runProgram('run', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--ingress.class <name>');
    expect((await runProgram('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
