/** The line that ends a test run, for people and for machines: `12 passed, 0 failed`, with `, 1 skipped` where that is so. */

/** @param {{ passed: number, failed: number, skipped: number }} counts */
export function plainLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
