/** Lets publint look at every package that is to be published. */
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, workspaces } from './workspaces.mjs';

for (const { folder, manifest } of workspaces()) {
  if (manifest.private === true) continue;
  const { messages, pkg } = await publint({ pkgDir: join(root, folder), level: 'warning' });
  for (const message of messages) console.log(`${folder}: ${formatMessage(message, pkg, { color: false })}`);
  if (messages.length > 0) process.exitCode = 1;
}
