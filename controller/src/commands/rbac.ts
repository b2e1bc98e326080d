import { rbacRules } from '@signalbox/reporter-kubernetes';
import { partsModule, pipelineModule, resolve, tokens } from '@signalbox/inversify';
import { rolesOf, rulesForKinds } from '@signalbox/source-kubernetes';
import { Container } from 'inversify';
import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { reportingOptions } from '../cluster-reporter.js';
import { namespacesRead } from '../cluster-source.js';
import type { ClusterFlags } from '../cli/cluster-options.js';
import type { ReadingFlags } from '../cli/options.js';
import { clusterOf, readingOptions, settingsOf } from '../manifest-options.js';
import { readingParts } from '../parts.js';
import { placeholderCertificate } from '../placeholder-certificate.js';

export interface RbacFlags extends ReadingFlags, ClusterFlags {
  readonly name: string;
  /** `NAMESPACE/NAME` */
  readonly serviceAccount?: string;
}

type RbacObject = ReturnType<typeof rolesOf>[number];

const head = '# What the controller may do, and no more. Printed by `signalbox rbac`, which takes the flags of `signalbox run`.\n';

/** What a rule is good for, where its resource does not say so. */
const comments: Readonly<Record<string, string>> = {
  secrets: 'Listed and watched are names and labels; the data is read of those that an object refers to. RBAC knows no such difference.',
  events: 'What is wrong with an object is told to its owner.',
  'ingresses/status': 'The addresses at which an Ingress is served.',
  leases: 'Which replica writes statuses and Events.',
};

/** Prints the roles that `run` with the same flags needs. */
export async function rbac(flags: RbacFlags): Promise<number> {
  process.stdout.write(head + rolesFor(flags).map(yamlOf).join('---\n'));
  return 0;
}

function rolesFor(flags: RbacFlags): readonly RbacObject[] {
  const cluster = clusterOf({ ...flags, files: [] }) ?? {};
  const container = new Container();
  container.load(
    readingParts({ ...readingOptions({ ...flags, files: [] }, false), cluster }),
    partsModule({ settings: settingsOf(flags, {}, placeholderCertificate) }),
    pipelineModule,
  );
  const { kinds } = resolve(container, tokens.pipeline).collection;
  const [namespace, account] = flags.serviceAccount?.split('/') ?? [];
  // A Pod is in the namespace of its account.
  const reporting = reportingOptions(flags, 'default', { POD_NAMESPACE: namespace ?? process.env['POD_NAMESPACE'] });
  const rules = [
    ...rulesForKinds(kinds, { namespaces: namespacesRead(cluster) }),
    // The uids of objects are known, as they are read anyway.
    ...rbacRules({ ...reporting, uidOf: () => undefined }),
  ];
  return rolesOf(rules, {
    name: flags.name,
    labels: { 'app.kubernetes.io/name': 'signalbox', 'app.kubernetes.io/instance': flags.name },
    ...(namespace !== undefined && account !== undefined && { serviceAccount: { namespace, name: account } }),
  });
}

function yamlOf(object: RbacObject): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  const said = new Set<string>();
  visit(document, {
    Map: (_key, map) => {
      const resources = map.get('resources');
      const [first] = isSeq(resources) ? resources.items : [];
      const comment = isScalar(first) ? comments[String(first.value)] : undefined;
      if (comment !== undefined && !said.has(comment)) map.commentBefore = ` ${comment}`;
      said.add(comment ?? '');
    },
    // The words of a rule on one line each.
    Seq: (_key, list) => {
      if (!list.items.some(isMap)) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
