import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { AnnotationsFlags } from '../commands/annotations.js';
import type { CheckFlags } from '../commands/check.js';
import type { DemoFlags } from '../commands/demo.js';
import type { DiffFlags } from '../commands/diff.js';
import type { ExplainFlags } from '../commands/explain.js';
import type { RbacFlags } from '../commands/rbac.js';
import type { RenderFlags } from '../commands/render.js';
import type { RunFlags } from '../commands/run.js';
import { addClusterOptions } from './cluster-options.js';
import { addPendingOptions, addUnusedOptions } from './drop-in-options.js';
import { type Environment, noticesOf, readEnvironment } from './environment.js';
import { Flag } from './flag.js';
import {
  addFromAndToOptions,
  addGroup,
  addListenOptions,
  addLogOptions,
  addManifestOptions,
  addRunOptions,
  haproxyFlag,
  type ListenDefaults,
} from './options.js';
import { collected, namespacedName } from './values.js';

/** Where HAProxy's own controller lets it listen. */
const classicListen: ListenDefaults = {
  ...{ http: 8080, https: 8443, stats: 1024, healthz: 1042, localpeer: 10_000 },
  ...{ ipv4: '0.0.0.0', ipv6: '::' },
};

/**
 * All commands. What a command does is imported when it is asked for.
 * @param ended - Gets the exit code of the command.
 */
export function programOf(ended: (exitCode: number) => void, environment: Environment = process.env): Command {
  const program = new Command('signalbox')
    .description('Composes the configuration of a HAProxy from Kubernetes manifests, and keeps it serving.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(--help tells what there is)')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .addHelpText('after', '\nFlags without a command are those of run.')
    .hook('preAction', (_program, command) => readEnvironment(command, environment));

  const run = program.command('run').description('serve the objects of a cluster, or the manifests of a folder, and follow their changes');
  addManifestOptions(run);
  addClusterOptions(run);
  addServingOptions(run);
  run.action(async (flags: RunFlags, command: Command) =>
    ended(await (await import('../commands/run.js')).run(flags, noticesOf(command, environment))),
  );

  const render = program.command('render').description('write the configuration for manifests into a folder, once; nothing is started');
  addManifestOptions(render);
  render.option('--out <dir>', 'folder for haproxy.cfg and its files; made where it is missing');
  addListenOptions(render, classicListen);
  render.option('--runtime-dir <dir>', 'folder of the admin socket and the state of servers (default: the configuration has neither)');
  addResolveOption(render);
  render.action(async (flags: RenderFlags) => ended(await (await import('../commands/render.js')).render(flags)));

  const check = program
    .command('check')
    .description('tell what is wrong with manifests, as far as HAProxy need not be asked; exit code 1 if something is an error');
  addManifestOptions(check);
  check.option('--json', 'as one JSON array');
  addResolveOption(check);
  check.action(async (flags: CheckFlags) => ended(await (await import('../commands/check.js')).check(flags)));

  const diff = program
    .command('diff')
    .description(
      'tell what it takes to bring a HAProxy from some manifests to others, and whether it would be reloaded; nothing is started',
    );
  addFromAndToOptions(diff);
  diff.option('--json', 'as one JSON object');
  addResolveOption(diff);
  addListenOptions(diff, classicListen);
  diff.action(async (flags: DiffFlags) => ended(await (await import('../commands/diff.js')).diff(flags)));

  const explain = program
    .command('explain')
    .description('tell where a request goes, and why; nothing is started')
    .argument('<method>', 'GET, POST…')
    .argument('<url>', 'the URL that a client asks for; its path is taken as it is typed');
  addManifestOptions(explain);
  explain
    .addOption(new Option('-H, --header <line>', "a header of the request, 'NAME: VALUE'; may be given several times").argParser(collected))
    .option('--source <address>', 'address of the client; decides allow and deny lists')
    .option('--json', 'as one JSON object, with all there is to know');
  addResolveOption(explain);
  addListenOptions(explain, classicListen);
  explain.action(async (method: string, url: string, flags: ExplainFlags) =>
    ended(await (await import('../commands/explain.js')).explain(method, url, flags)),
  );

  program
    .command('annotations')
    .description('list the annotations and ConfigMap keys that are known')
    .option('--json', 'as one JSON array')
    .action(async (flags: AnnotationsFlags) => ended(await (await import('../commands/annotations.js')).annotations(flags)));

  const rbac = program
    .command('rbac')
    .description('print the roles that run needs with the same flags, as kubectl takes them; no cluster is asked');
  addManifestOptions(rbac);
  addClusterOptions(rbac);
  addGroup(rbac, 'Roles:', [
    new Flag('--name <name>', 'name of the roles').default('signalbox'),
    new Flag('--service-account <namespace/name>', 'account of the controller; with it the bindings are printed too').argParser(
      namespacedName,
    ),
  ]);
  // The flags of a Deployment may stand here as they are.
  const decisive = rbac.options.length;
  addServingOptions(rbac);
  for (const option of rbac.options.slice(decisive)) option.hideHelp();
  rbac.action(async (flags: RbacFlags) => ended(await (await import('../commands/rbac.js')).rbac(flags)));

  const demo = program
    .command('demo')
    .description('serve the quickstart, with sample servers, until Ctrl-C; nothing is left behind')
    .addOption(new Flag('--files <dir>', 'the manifests to follow').default(undefined, 'examples/quickstart'))
    .addOption(haproxyFlag());
  addListenOptions(demo, { ...classicListen, healthz: 'free', localpeer: 'free', ipv4: '127.0.0.1', ipv6: '::1' });
  demo.action(async (flags: DemoFlags) => ended(await (await import('../commands/demo.js')).demo(flags)));
  require(render, 'files', 'out');
  require(check, 'files');
  require(explain, 'files');
  require(diff, 'from', 'to');
  for (const command of program.commands) if (command.options.some((option) => option instanceof Flag)) tellOfEnvironment(command);
  return program;
}

/** What `run` has beside that which is read. */
function addServingOptions(command: Command): void {
  addListenOptions(command, classicListen);
  addRunOptions(command);
  addLogOptions(command);
  addPendingOptions(command);
  addUnusedOptions(command);
}

/** Commander's own required options are looked for before unknown ones, so that `--fils x` would not be called by its name. */
function require(command: Command, ...options: readonly string[]): void {
  command.hook('preAction', () => {
    for (const name of options) {
      if (command.getOptionValue(name) === undefined) command.error(`error: required option '--${name} <path>' not specified`);
    }
  });
}

function tellOfEnvironment(command: Command): void {
  command.addHelpText(
    'after',
    '\nWhat is not given may come from the environment: SIGNALBOX_ and the flag in upper case, with _ for - and .,\nsuch as SIGNALBOX_HTTP_BIND_PORT=80 or SIGNALBOX_DISABLE_IPV6=true. Several values are separated by commas.',
  );
}

function addResolveOption(command: Command): void {
  command.option('--resolve-names', 'look up the names of ExternalName Services; without it the outcome depends on the manifests alone');
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return manifest.version;
}
