/** What `deploy/` installs, as its tests read it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from './workspaces.mjs';

/** @typedef {{ apiVersion: string, kind: string, metadata: { name: string, namespace?: string, labels?: Record<string, string> } } & Record<string, any>} Manifest */

/** All objects of a folder of `deploy/`, file by file. @param {string} folder @returns {Manifest[]} */
export function manifestsOf(folder) {
  const path = join(root, 'deploy', folder);
  return readdirSync(path)
    .sort()
    .flatMap((name) => parseManifests(readFileSync(join(path, name), 'utf8'), name));
}

/** @param {string} text @param {string} name for errors @returns {Manifest[]} */
export function parseManifests(text, name) {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0].message}`);
    const object = document.toJS();
    return object === null ? [] : [object];
  });
}

/** `Service haproxy-controller/signalbox`. @param {Manifest} manifest */
export function nameOf({ kind, metadata: { namespace, name } }) {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The value of `--flag=value`. @param {readonly string[]} args @param {string} flag */
export function flagOf(args, flag) {
  return args.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3);
}

/** Of a Deployment. @param {Manifest} manifest @param {string} name */
export function containerOf({ spec }, name) {
  return spec.template.spec.containers.find((each) => each.name === name);
}
