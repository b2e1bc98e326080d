import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import type { RunFlags } from '../commands/run.js';
import { argumentsFor } from './arguments.js';
import { noticesOf } from './environment.js';
import { Flag, type Notice } from './flag.js';
import { programOf } from './program.js';

interface Parsed {
  readonly flags: Partial<RunFlags> & Readonly<Record<string, unknown>>;
  readonly notices: readonly Notice[];
  /** What is wrong; empty if nothing is. */
  readonly error: string;
}

/** What `signalbox ARGS` would run with. Nothing is run. */
function parsed(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Parsed {
  let result: Parsed = { flags: {}, notices: [], error: '' };
  let error = '';
  const program = programOf(() => undefined, environment);
  const silent = { writeOut: () => undefined, writeErr: (text: string) => void (error += text) };
  for (const command of [program, ...program.commands]) command.configureOutput(silent);
  const run = runOf(program);
  run.action((flags: RunFlags, command: Command) => {
    result = { flags: { ...flags }, notices: noticesOf(command, environment), error: '' };
  });
  try {
    program.parse(argumentsFor(program, args), { from: 'user' });
    return result;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { ...result, error };
  }
}

function runOf(program: Command): Command {
  return program.commands.find((command) => command.name() === 'run')!;
}

const messages = ({ notices }: Parsed, level: Notice['level']): readonly string[] =>
  notices.filter((notice) => notice.level === level).map(({ message }) => message);

/** A flag, a value where it takes one, and the options that it is to lead to. */
type Case = readonly [flag: string, value: string | undefined, options: Readonly<Record<string, unknown>>];

const working: readonly Case[] = [
  ['--configmap', 'default/haproxy-configmap', { configmap: 'default/haproxy-configmap' }],
  [
    '--default-backend-service',
    'haproxy-controller/ingress-default-backend',
    { defaultBackendService: { namespace: 'haproxy-controller', service: 'ingress-default-backend' } },
  ],
  ['--default-ssl-certificate', 'default/tls-secret', { defaultSslCertificate: 'default/tls-secret' }],
  ['--configmap-tcp-services', 'default/tcp', { configmapTcpServices: 'default/tcp' }],
  ['--configmap-errorfiles', 'default/errors', { configmapErrorfiles: 'default/errors' }],
  ['--configmap-patternfiles', 'default/patterns', { configmapPatternfiles: 'default/patterns' }],
  ['--ingress.class', 'outside', { 'ingress.class': 'outside' }],
  ['--empty-ingress-class', undefined, { emptyIngressClass: true }],
  ['--namespace-whitelist', 'shop,default', { namespaceWhitelist: ['shop', 'default'] }],
  ['--namespace-blacklist', 'kube-system', { namespaceBlacklist: ['kube-system'] }],
  ['--cluster', undefined, { cluster: true }],
  ['--kubeconfig', '/etc/kubeconfig', { kubeconfig: '/etc/kubeconfig' }],
  ['--disable-ipv4', undefined, { disableIpv4: true }],
  ['--disable-ipv6', undefined, { disableIpv6: true }],
  ['--ipv4-bind-address', '127.0.0.1', { ipv4BindAddress: '127.0.0.1' }],
  ['--ipv6-bind-address', '::1', { ipv6BindAddress: '::1' }],
  ['--http-bind-port', '80', { httpBindPort: 80 }],
  ['--https-bind-port', '443', { httpsBindPort: 443 }],
  ['--disable-http', undefined, { disableHttp: true }],
  ['--disable-https', undefined, { disableHttps: true }],
  ['--healthz-bind-port', '1043', { healthzBindPort: 1043 }],
  ['--stats-bind-port', '1025', { statsBindPort: 1025 }],
  ['--localpeer-port', '10001', { localpeerPort: 10_001 }],
  ['--http-bind-thread', '1-2', { httpBindThread: '1-2' }],
  ['--https-bind-thread', '1/1-2,2/all', { httpsBindThread: '1/1-2,2/all' }],
  ['--healthz-bind-thread', 'odd', { healthzBindThread: 'odd' }],
  ['--stats-bind-thread', '3', { statsBindThread: '3' }],
  ['--controller-port', '6061', { controllerPort: 6061 }],
  ['--disable-service-external-name', undefined, { disableServiceExternalName: true }],
  ['--disable-config-snippets', 'global,frontend', { disableConfigSnippets: ['global', 'frontend'] }],
  ['--program', '/usr/sbin/haproxy', { program: '/usr/sbin/haproxy' }],
  ['--config-dir', '/tmp/config', { configDir: '/tmp/config' }],
  ['--runtime-dir', '/tmp/run', { runtimeDir: '/tmp/run' }],
  ['--log', 'warning', { log: 'warning' }],
  ['-t', undefined, { t: true }],
  ['--publish-service', 'haproxy-controller/haproxy', { publishService: 'haproxy-controller/haproxy' }],
  ['--publish-address', '203.0.113.7,2001:DB8::7,lb.example.com', { publishAddress: ['203.0.113.7', '2001:db8::7', 'lb.example.com'] }],
  ['--disable-ingress-status-update', undefined, { disableIngressStatusUpdate: true }],
];

const pending: readonly Case[] = [
  ['--gateway-controller-name', 'haproxy.org/gateway-controller', { gatewayControllerName: 'haproxy.org/gateway-controller' }],
  ['--custom-validation-rules', 'default/rules', { customValidationRules: 'default/rules' }],
  ['--enable-custom-annotations-on-ingress', undefined, { enableCustomAnnotationsOnIngress: true }],
  ['--quic-bind-port', '8443', { quicBindPort: 8443 }],
  ['--quic-announce-port', '443', { quicAnnouncePort: 443 }],
];

const unused: readonly Case[] = [
  ['--default-backend-port', '6061', { defaultBackendPort: '6061' }],
  ['--prometheus', undefined, { prometheus: true }],
  ['--pprof', undefined, { pprof: true }],
  ['--sync-period', '5s', { syncPeriod: '5s' }],
  ['--initial-sync-period', '1m', { initialSyncPeriod: '1m' }],
  ['--cache-resync-period', '10m', { cacheResyncPeriod: '10m' }],
  ['--channel-size', '600', { channelSize: '600' }],
  ['--disable-quic', undefined, { disableQuic: true }],
  ['--disable-writing-only-if-reload', undefined, { disableWritingOnlyIfReload: true }],
  ['--experimental', 'use-ingress-merge', { experimental: 'use-ingress-merge' }],
  ['--external', undefined, { external: true }],
  ['--with-s6-overlay', undefined, { withS6Overlay: true }],
  ['--with-pebble', undefined, { withPebble: true }],
  ['--job-check-crd', undefined, { jobCheckCrd: true }],
  ['--input-file', 'a.yaml', { inputFile: 'a.yaml' }],
  ['--output-file', 'b.yaml', { outputFile: 'b.yaml' }],
];

const all = [...working, ...pending, ...unused];
const variableOf = (flag: string): string => `SIGNALBOX_${flag.slice(2).replace(/[-.]/g, '_').toUpperCase()}`;

describe('the flags of the classic controller', () => {
  it.each(all)('takes %s', (flag, value, options) => {
    const forms = value === undefined ? [[flag], ...(flag === '-t' ? [] : [[`${flag}=true`]])] : [[flag, value], [`${flag}=${value}`]];
    for (const form of forms) {
      const { flags, error } = parsed(form);
      expect(error).toBe('');
      expect(flags).toMatchObject(options);
    }
  });

  it.each(all.filter(([flag]) => flag !== '-t'))('takes the environment form of %s', (flag, value, options) => {
    const { flags, error } = parsed(['run'], { [variableOf(flag)]: value ?? 'true' });
    expect(error).toBe('');
    expect(flags).toMatchObject(options);
  });

  it.each(working)('says nothing of %s, which works', (flag, value) => {
    expect(parsed([flag, ...(value === undefined ? [] : [value])]).notices).toEqual([]);
  });

  it.each(pending)('warns of %s, which does not work yet', (flag, value) => {
    const said = parsed([flag, ...(value === undefined ? [] : [value])]);
    expect(said.notices).toHaveLength(1);
    expect(messages(said, 'warn')).toEqual([expect.stringContaining(`${flag} is not supported yet: `)]);
  });

  it.each(unused)('says in one line that %s has no effect', (flag, value) => {
    const said = parsed([flag, ...(value === undefined ? [] : [value])]);
    expect(said.notices).toHaveLength(1);
    expect(messages(said, 'info')).toEqual([expect.stringContaining(`${flag} has no effect: `)]);
  });

  it('starts with the classic arguments alone', () => {
    const { flags, notices, error } = parsed([
      '--default-backend-service=haproxy-controller/ingress-default-backend',
      '--default-ssl-certificate=default/tls-secret',
      '--configmap=default/haproxy-configmap',
    ]);
    expect({ error, notices }).toEqual({ error: '', notices: [] });
    expect(flags).toMatchObject({
      defaultBackendService: { namespace: 'haproxy-controller', service: 'ingress-default-backend' },
      defaultSslCertificate: 'default/tls-secret',
      configmap: 'default/haproxy-configmap',
      httpBindPort: 8080,
      healthzBindPort: 1042,
      controllerPort: 6060,
    });
    expect(flags.files).toBeUndefined();
  });

  it('takes letters alone and together', () => {
    expect(parsed(['-e', '-p', '-t']).flags).toMatchObject({ external: true, pprof: true, t: true });
    expect(parsed(['-ept', '--log', 'debug']).flags).toMatchObject({ external: true, pprof: true, t: true, log: 'debug' });
  });

  it.each(['true', 'TRUE', 't', '1'])('takes a switch that is %s', (text) => {
    expect(parsed([`--disable-ipv6=${text}`]).flags).toMatchObject({ disableIpv6: true });
  });

  it.each(['false', 'False', 'f', '0'])('takes a switch that is %s, and says nothing of it', (text) => {
    expect(parsed([`--disable-ipv6=${text}`, `--pprof=${text}`])).toMatchObject({
      flags: { disableIpv6: false, pprof: false },
      notices: [],
      error: '',
    });
  });

  it('takes a list in one flag and in several, each entry once', () => {
    const { flags } = parsed([
      '--namespace-whitelist',
      'a,b',
      '--namespace-whitelist=c, a',
      '--publish-address',
      'a.example',
      '--publish-address=10.0.0.1',
    ]);
    expect(flags).toMatchObject({ namespaceWhitelist: ['a', 'b', 'c'], publishAddress: ['a.example', '10.0.0.1'] });
  });

  it('takes the value of a flag as it stands, even if it looks like another flag', () => {
    expect(parsed(['--kubeconfig', '--disable-ipv4']).flags).toMatchObject({ kubeconfig: '--disable-ipv4' });
  });

  const wrong: readonly (readonly [flag: string, value: string, words: string])[] = [
    ['--disable-ipv6', 'maybe', 'Expected true or false'],
    ['--namespace-whitelist', 'shop,', 'Expected names of namespaces'],
    ['--namespace-blacklist', 'Shop', 'Expected names of namespaces'],
    ['--publish-service', 'haproxy', 'Expected NAMESPACE/NAME'],
    ['--publish-address', '203.0.113', 'Expected addresses or names of hosts'],
    ['--publish-address', 'a_b.example', 'Expected addresses or names of hosts'],
    ['--gateway-controller-name', 'haproxy', 'Expected DOMAIN/PATH'],
    ['--http-bind-thread', 'many', 'Expected threads'],
    ['--quic-bind-port', '0', 'from 1 to 65535'],
    ['--ipv4-bind-address', '1.2.3', 'Expected an IPv4 address'],
    ['--ipv6-bind-address', 'fe80::1%eth0', 'Expected an IPv6 address'],
    ['--log', 'loud', 'Allowed choices are trace'],
  ];
  it.each(wrong)('names %s where its value %s cannot be', (flag, value, words) => {
    const { error } = parsed([`${flag}=${value}`]);
    expect(error).toContain(`'${flag}`);
    expect(error).toContain(words);
  });
  it.each(wrong)('names the variable of %s where its value %s cannot be', (flag, value, words) => {
    const { error } = parsed(['run'], { [variableOf(flag)]: value });
    expect(error).toContain(`value '${value}' of the variable ${variableOf(flag)} is invalid`);
    expect(error).toContain(words);
  });

  const misspelt: readonly (readonly [found: string, meant: string])[] = [
    ['--config-map=default/haproxy-configmap', '--configmap'],
    ['--ingress-class=haproxy', '--ingress.class'],
    ['--namespaces-whitelist=a', '--namespace-whitelist'],
    ['--publish-services', '--publish-service'],
    ['--syncperiod', '--sync-period'],
    ['--stats-port=1024', '--stats-bind-port'],
    ['--default-backend', '--default-backend-port'],
    ['-configmap', '--configmap'],
    ['-external=true', '--external'],
  ];
  it.each(misspelt)('names the nearest flag of %s', (found, meant) => {
    const { error } = parsed([found]);
    expect(error).toMatch(/unknown option/);
    expect(error).toContain(`(Did you mean ${meant}?)`);
  });

  it('names one however far it is', () => {
    expect(parsed(['--something-else-altogether']).error).toMatch(/\(Did you mean --[a-z.-]+\?\)/);
  });
});

describe('the environment', () => {
  it('gives way to the flag, also where that takes something back', () => {
    const environment = {
      SIGNALBOX_HTTP_BIND_PORT: '81',
      SIGNALBOX_NAMESPACE_WHITELIST: 'a,b',
      SIGNALBOX_DISABLE_IPV6: 'true',
      SIGNALBOX_STATS_BIND_PORT: '1025',
    };
    expect(parsed(['--http-bind-port', '82', '--namespace-whitelist=c', '--disable-ipv6=false'], environment).flags).toMatchObject({
      httpBindPort: 82,
      namespaceWhitelist: ['c'],
      disableIpv6: false,
      statsBindPort: 1025,
    });
  });

  it('is not asked where the flag is given, right or wrong', () => {
    expect(parsed(['--http-bind-port', '82'], { SIGNALBOX_HTTP_BIND_PORT: 'x' }).error).toBe('');
  });

  it('has lists by commas', () => {
    const { flags } = parsed(['run'], {
      SIGNALBOX_FILES: '/a, /b',
      SIGNALBOX_ALLOW_CROSS_NAMESPACE: 'a:b,*:c',
      SIGNALBOX_TRUSTED_SOURCES: '10.0.0.0/8,192.0.2.1',
    });
    expect(flags).toMatchObject({
      files: ['/a', '/b'],
      allowCrossNamespace: [
        { from: 'a', to: 'b' },
        { from: '*', to: 'c' },
      ],
      trustedSources: ['10.0.0.0/8', '192.0.2.1'],
    });
  });

  it('counts as none where it is empty', () => {
    expect(parsed(['run'], { SIGNALBOX_CONFIGMAP: '', SIGNALBOX_HTTP_BIND_PORT: ' \n' })).toMatchObject({
      error: '',
      flags: { httpBindPort: 8080 },
    });
  });

  it('leaves alone what Kubernetes puts there for Services', () => {
    const environment = {
      SIGNALBOX_CONTROLLER_PORT: 'tcp://10.0.0.7:6060',
      SIGNALBOX_DEFAULT_BACKEND_PORT: 'tcp://10.0.0.8:80',
      SIGNALBOX_CONTROLLER_SERVICE_HOST: '10.0.0.7',
      SIGNALBOX_CONTROLLER_SERVICE_PORT_STATUS: '6060',
      SIGNALBOX_CONTROLLER_PORT_6060_TCP_ADDR: '10.0.0.7',
    };
    expect(parsed(['run'], environment)).toMatchObject({ error: '', notices: [], flags: { controllerPort: 6060 } });
  });

  it('names the variable in what is said of a flag, and variables that are none of a flag', () => {
    const said = parsed(['run'], { SIGNALBOX_SYNC_PERIOD: '5s', SIGNALBOX_HTTP_PORT: '80' });
    expect(messages(said, 'info')).toEqual(['SIGNALBOX_SYNC_PERIOD has no effect: changes are taken up at once.']);
    expect(messages(said, 'warn')).toEqual([
      'The variable SIGNALBOX_HTTP_PORT is that of no flag, and has no effect. Did you mean SIGNALBOX_HTTP_BIND_PORT?',
    ]);
  });

  it('has a name of its own for each flag', () => {
    const variables = runOf(programOf(() => undefined)).options.flatMap((option) =>
      option instanceof Flag ? (option.variable ?? []) : [],
    );
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables.length).toBeGreaterThan(60);
  });
});
