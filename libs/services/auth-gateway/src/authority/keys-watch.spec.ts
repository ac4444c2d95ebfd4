import { describe, expect, it } from 'vitest';
import { KeysWatch } from './keys-watch.ts';

describe('a gateway whose keys do not open its credentials', () => {
  it('given device after device is turned away, then the log says so once a minute', () => {
    let now = 0;
    const told: string[] = [];
    const logger = { error: (_: object, message: string) => void told.push(message) };
    const watch = new KeysWatch(logger, { monotonicMs: () => now });
    for (const at of [0, 1, 59_999]) {
      now = at;
      watch.tell();
    }
    expect(told).toEqual([expect.stringContaining('TALLYSTICK_GATEWAY_KEYS_FILE')]);
    now = 60_000;
    watch.tell();
    expect(told).toHaveLength(2);
  });
});
