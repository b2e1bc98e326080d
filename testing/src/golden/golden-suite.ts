import { type ConfigFile, createPipeline, type Diagnostic, formatRef, type Pipeline, type PipelineOptions, type Resource } from '@signalbox/core';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { renderFiles } from '../fakes/render-files.js';
import { checkFiles } from '../haproxy/check-files.js';
import { certificateFor } from '../objects/certificate.js';
import { configExcerpt, rowsExcerpt, wholeConfig } from './excerpt.js';
import { readManifests } from './read-manifests.js';

/** What `options.json` of a case may hold; the rest is the plugin's own business. @public */
export interface GoldenOptions {
  /** What the case shows, in a sentence or two. */
  readonly description: string;
  /** `expected.cfg` is the whole configuration. Default: what the objects change of the empty one. */
  readonly whole?: boolean;
  readonly [key: string]: unknown;
}

/** @public */
export interface GoldenSuiteOptions {
  /** The folder of the cases: `new URL('../golden/', import.meta.url)`. */
  readonly folder: URL | string;
  /** What a case is composed of: plugins, and whatever else `options.json` asks for. */
  readonly compose: (options: GoldenOptions) => Omit<PipelineOptions, 'defaultCertificate'>;
  /** Reads the objects of a case. Default: `input.yaml`, by {@link readManifests}. */
  readonly read?: (folder: string) => readonly Resource[];
}

/**
 * Declares a test for each folder that has an `options.json`: its objects go through the whole pipeline, and what comes out is compared
 * with the files beside them. `vitest -u` writes them anew.
 *
 * - `expected.cfg`: the sections and lines that the objects add to the configuration;
 * - `expected.map`: rows of maps, of the crt-list and of lists of patterns;
 * - `diagnostics.json`: what users are told.
 *
 * Each whole configuration must pass `haproxy -c` without a warning, and come out the same when the objects come in another order.
 * @public
 */
export function goldenSuite({ folder, compose, read = (from) => readManifests(join(from, 'input.yaml')) }: GoldenSuiteOptions): void {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const names = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'options.json')))
    .map((entry) => entry.name)
    .sort();
  describe.concurrent('golden', () => {
    for (const name of names) {
      const from = join(root, name);
      const options = JSON.parse(readFileSync(join(from, 'options.json'), 'utf8')) as GoldenOptions;
      it(name.replaceAll('-', ' '), async ({ expect: compare }) => {
        const parts = compose(options);
        const objects = read(from);
        const { files, diagnostics } = await run(parts, objects);
        const { files: empty } = await run(parts, []);
        const config = options.whole === true ? wholeConfig(files) : configExcerpt(files, empty);
        await compare(config).toMatchFileSnapshot(join(from, 'expected.cfg'));
        await compare(rowsExcerpt(files, options.whole === true ? [] : empty)).toMatchFileSnapshot(join(from, 'expected.map'));
        await compare(`${JSON.stringify(diagnostics, undefined, 2)}\n`).toMatchFileSnapshot(join(from, 'diagnostics.json'));
        const reversed = await run(parts, objects.toReversed());
        compare({ ...reversed }, 'with the objects in another order').toEqual({ files, diagnostics });
        const { ok, output } = await checkFiles(files);
        compare(ok, output).toBe(true);
      });
    }
  });
}

let certificate: ReturnType<typeof certificateFor> | undefined;

async function run(parts: Omit<PipelineOptions, 'defaultCertificate'>, objects: readonly Resource[]): Promise<{ files: ConfigFile[]; diagnostics: Diagnostic[] }> {
  certificate ??= certificateFor(['default.example']);
  const pipeline: Pipeline = createPipeline({ now: () => Date.UTC(2026, 0, 1), ...parts, defaultCertificate: { otherwise: (await certificate).pem } });
  const writer = pipeline.collection.writer('golden', true, true);
  for (const object of objects) writer.set(object);
  writer.synced();
  const files = await renderFiles(pipeline);
  return { files: files.map(({ path, content, secret }) => ({ path, content, secret })), diagnostics: sorted(pipeline.diagnostics()) };
}

function sorted(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ object, field = '', code, message }: Diagnostic): string => [object === undefined ? '' : formatRef(object), field, code, message].join('\n');
  return diagnostics.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
