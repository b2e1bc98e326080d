import { stringify } from 'yaml';

/** What a kubeconfig with one cluster and one user says. */
export interface KubeconfigDraft {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Default `default`. */
  readonly namespace?: string | undefined;
}

/** The text of a kubeconfig that needs no other file. */
export function kubeconfigOf({ server, ca, token, namespace = 'default' }: KubeconfigDraft): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    'current-context': 'test',
  });
}
