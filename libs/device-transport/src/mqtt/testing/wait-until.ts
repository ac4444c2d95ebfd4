/**
 * Waits on a condition, looking every few milliseconds; past the deadline it fails with what was
 * waited for.
 */
export async function waitUntil(
  condition: () => boolean,
  what: string,
  deadlineMs = 10_000,
): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
