import type { KubeConfig } from '@kubernetes/client-node';
import { signalboxError } from '@signalbox/core';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Gives credentials as they are now; called again when the API server no longer accepts those of before. */
export type KubeConfigLoader = () => KubeConfig;

/** Where to look, so that tests can have folders of their own. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Stands before `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly root?: string;
  readonly home?: string;
}

/**
 * Finds the credentials: those that are named, else the service account of the pod, else `$KUBECONFIG`, else `~/.kube/config`. A pod's own
 * account goes before files that happen to lie about in its image.
 * @throws {@link SignalboxError} `SOURCE_UNREADABLE` if there are none or they cannot be used.
 */
export async function findKubeConfig(named: string | KubeConfig | undefined, surroundings: Surroundings = {}): Promise<KubeConfigLoader> {
  const { env = process.env, root = '', home = homeOrRoot() } = surroundings;
  if (typeof named === 'object') return checked('the kubeconfig that was given', given(named));
  // Loaded late: it is large, and whoever reads files only can do without.
  const { KubeConfig: Empty } = await import('./kubeconfig-class.js');
  const loader = (load: (config: KubeConfig) => void) => (): KubeConfig => {
    const config = new Empty();
    load(config);
    return config;
  };
  if (named !== undefined)
    return checked(
      named,
      loader((config) => config.loadFromFile(named)),
    );
  if (env.KUBERNETES_SERVICE_HOST && existsSync(`${root}/var/run/secrets/kubernetes.io/serviceaccount/token`)) {
    return checked(
      'the service account',
      loader((config) => config.loadFromCluster(root)),
    );
  }
  const path = join(home, '.kube', 'config');
  if (env.KUBECONFIG || existsSync(path)) {
    return checked(
      env.KUBECONFIG || path,
      loader((config) => (env.KUBECONFIG ? config.loadFromDefault() : config.loadFromFile(path))),
    );
  }
  throw signalboxError(
    'SOURCE_UNREADABLE',
    `Expected credentials for an API server: a service account, $KUBECONFIG or ${path}. There are none. Name a kubeconfig with the option "kubeconfig".`,
  );
}

/** A user of a container often has no home, nor an entry that says so. */
function homeOrRoot(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** One that was loaded elsewhere: to renew it is to forget the tokens that it has fetched. */
function given(config: KubeConfig): KubeConfigLoader {
  let isFirst = true;
  return () => {
    if (isFirst) {
      isFirst = false;
      return config;
    }
    const copy = new (config.constructor as new () => KubeConfig)();
    copy.loadFromOptions(config);
    // The one part that is not public; without it a host's own way to log in would be lost.
    const own = Reflect.get(config, 'custom_authenticators') as Parameters<KubeConfig['addAuthenticator']>[0][] | undefined;
    for (const each of own ?? []) copy.addAuthenticator(each);
    return copy;
  };
}

/** Loads once, so that what can never work is known at the start. */
function checked(name: string, load: KubeConfigLoader): KubeConfigLoader {
  let first: KubeConfig | undefined;
  try {
    first = usable(load());
  } catch (cause) {
    const why = whyUnusable(cause);
    throw signalboxError(
      'SOURCE_UNREADABLE',
      `Expected a kubeconfig that leads to an API server, found ${name}, which cannot be used: ${why}. Put it right, or name another with the option "kubeconfig".`,
      { details: { kubeconfig: name } },
    );
  }
  return () => {
    const loaded = first ?? usable(load());
    first = undefined;
    return loaded;
  };
}

/** Parsers quote what they read, which may be a token: of their words only what is wrong, and where. */
function whyUnusable(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not valid JSON';
  const { reason, mark } = error as { readonly reason?: unknown; readonly mark?: { readonly line?: number } };
  if (typeof reason === 'string')
    return `it is not valid YAML, ${reason}${mark?.line === undefined ? '' : ` in line ${String(mark.line + 1)}`}`;
  return error instanceof Error ? error.message : String(error);
}

function usable(config: KubeConfig): KubeConfig {
  const { server, skipTLSVerify } = config.getCurrentCluster() ?? {};
  if (server === undefined || !URL.canParse(server)) throw new Error('its current context leads to no server');
  // As client-node has it: a token is not for everybody on the way.
  if (!server.startsWith('https:') && skipTLSVerify !== true)
    throw new Error('its server is not at https:, which needs insecure-skip-tls-verify');
  return config;
}
