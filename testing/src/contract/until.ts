import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` holds; `words` say what was waited for. */
export async function until(words: () => string, condition: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${words()}`);
    await sleep(5);
  }
}
