/**
 * A Vitest reporter: names the skipped tests with their reasons, and ends with the plain line. Under test.mjs, which adds the
 * checks and prints the line itself, the counts go there as a message.
 */
import { plainLine } from './plain-line.mjs';

export default class PlainLineReporter {
  #line;

  onInit() {
    if (process.send) return;
    // At exit, so that nothing comes after it.
    process.once('exit', () => process.stdout.write(`${this.#line ?? plainLine({ passed: 0, failed: 1, skipped: 0 })}\n`));
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = countTests(modules, unhandledErrors);
    for (const line of skippedTests(modules)) process.stdout.write(`skipped: ${line}\n`);
    this.#line = plainLine(counts);
    process.send?.({ testCounts: counts });
  }
}

/**
 * A file that fails without a failing test (it does not load, or a hook throws) counts as one failure, and so does each
 * unhandled error.
 */
export function countTests(modules, unhandledErrors) {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    const failedBefore = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed' || state === 'failed') counts[state] += 1;
      else counts.skipped += 1;
    }
    if (!module.ok() && counts.failed === failedBefore) counts.failed += 1;
  }
  return counts;
}

/** One line for each skipped test: file, name, and the reason where the test gave one. */
export function skippedTests(modules) {
  return modules.flatMap((module) =>
    [...module.children.allTests()]
      .filter((test) => !['passed', 'failed'].includes(test.result().state))
      .map((test) => {
        const { note } = test.result();
        return `${module.relativeModuleId ?? module.moduleId}: ${test.fullName}${note ? ` (${note})` : ''}`;
      }),
  );
}
