/** How the bootstrap talks to people. */

/** Something that the person at the keyboard has to put right; the message says how. */
export class BootstrapError extends Error {}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`signalbox: ${message}\n`);
}
