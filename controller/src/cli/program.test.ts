import { describe, expect, it } from 'vitest';
import { Program, runProgram } from '../fixtures/program.js';

describe('bad use', { timeout: 60_000 }, () => {
  const cases: readonly (readonly [string, readonly string[], string | RegExp])[] = [
    ['an unknown command', ['chekc'], 'Did you mean check?'],
    ['an unknown flag', ['run', '--fils', 'x'], 'Did you mean --files?'],
    ['a flag that is missing', ['check'], "required option '--files <path>'"],
    ['nothing to read', ['--cluster=false'], 'there is nothing to serve'],
    ['a conversion of custom resources', ['--input-file', 'a.yaml', '--output-file', 'b.yaml'], 'nothing to convert'],
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
      'Expected an IPv4 address',
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
    ['a pair of namespaces that is none', ['check', '--files', '.', '--allow-cross-namespace', 'shop'], 'Expected FROM:TO'],
    ['an argument too many', ['check', '--files', '.', 'more'], 'too many arguments'],
  ];
  it.each(cases)('is told what is wrong: %s', async (_name, args, words) => {
    const { exitCode, stdout, stderr } = await runProgram(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words instanceof RegExp ? words : new RegExp(words.replace(/[?()[\]{}.+*|\\^$]/g, '\\$&')));
  });

  it('is told the variable that is wrong', async () => {
    await using program = new Program(['run'], { env: { SIGNALBOX_HTTP_BIND_PORT: '70000' } });
    expect(await program.ended()).toBe(2);
    expect(program.stderr).toContain("value '70000' of the variable SIGNALBOX_HTTP_BIND_PORT is invalid. Expected a port from 1 to 65535.");
  });

  it('gets the help where it asks for it', async () => {
    const { exitCode, stdout } = await runProgram('run', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--ingress.class <name>');
    expect(stdout).toContain('SIGNALBOX_HTTP_BIND_PORT=80');
    expect((await runProgram('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('jobs of the classic controller', { timeout: 60_000 }, () => {
  it('has no custom resources to define, and says so with success', async () => {
    const { exitCode, stderr } = await runProgram('--job-check-crd');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('--job-check-crd has no effect: there are no custom resources to define');
  });
});
