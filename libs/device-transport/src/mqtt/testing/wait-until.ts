import { vi } from 'vitest';

/**
 * Waits on a condition, looking every few milliseconds; past the deadline it fails with what was
 * waited for.
 */
export function waitUntil(
  condition: () => boolean,
  what: string,
  deadlineMs = 10_000,
): Promise<void> {
  const look = (): void => {
    if (!condition()) throw new Error(`waited in vain for ${what}`);
  };
  return vi.waitFor(look, { timeout: deadlineMs, interval: 2 });
}
