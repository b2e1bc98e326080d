/**
 * Compares the public surface of every published package with its report in api/, or with `--write` writes the reports.
 * Reads the declarations in dist/, so the build has to be fresh.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { root, workspaces } from './workspaces.mjs';

const write = process.argv.includes('--write');
const reports = join(root, 'api');
const fresh = join(root, 'node_modules', '.cache', 'signalbox', 'api');
rmSync(fresh, { recursive: true, force: true });
for (const folder of [reports, fresh]) mkdirSync(folder, { recursive: true });

const shared = ExtractorConfig.loadFile(join(root, 'api-extractor.json'));
const configs = workspaces()
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => {
    const reportFileName = `${manifest.name.replace('@signalbox/', '')}.api.md`;
    return ExtractorConfig.prepare({
      configObject: {
        ...shared,
        projectFolder: join(root, folder),
        compiler: { tsconfigFilePath: join(root, folder, 'tsconfig.json') },
        apiReport: { ...shared.apiReport, reportFileName, reportFolder: reports, reportTempFolder: fresh },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, folder, 'package.json'),
    });
  });

// One program for all: they share most of what it reads.
const entries = configs.map((config) => config.mainEntryPointFilePath);
const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: entries.slice(1) });

for (const config of configs) {
  const { apiReportChanged, succeeded } = Extractor.invoke(config, { compilerState, localBuild: write, messageCallback: quiet });
  const report = `api/${config.reportFilePath.slice(reports.length + 1)}`;
  if (apiReportChanged && write) console.log(`${report} written`);
  if (apiReportChanged && !write) console.log(`${report} is not what ${config.packageJson.name} exports; run: npm run check -- --write`);
  if (!succeeded) process.exitCode = 1;
}

/** The lines above say it shorter. */
function quiet(message) {
  const isChatter = [ExtractorLogLevel.Info, ExtractorLogLevel.Verbose].includes(message.logLevel);
  if (isChatter || message.messageId.startsWith('console-api-report')) message.handled = true;
}
