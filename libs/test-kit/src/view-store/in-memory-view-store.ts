import { PortError, type JsonValue } from '@tallystick/kernel';
import type { ViewStore } from '@tallystick/ports';

/**
 * The double of a gateway's view: two maps. Values are copied in, so that no caller shares them.
 */
export function createInMemoryViewStore(): ViewStore {
  const rows = new Map<string, JsonValue>();
  const checkpoints = new Map<string, JsonValue>();
  let closed = false;
  const mustBeOpen = (): void => {
    if (closed) throw new PortError('closed', 'the view is closed');
  };
  return {
    get: (key) => {
      mustBeOpen();
      return rows.get(key);
    },
    apply: async (writes, marks) => {
      mustBeOpen();
      await Promise.resolve();
      for (const { key, value } of writes)
        if (value === null) rows.delete(key);
        else rows.set(key, structuredClone(value));
      for (const [name, value] of Object.entries(marks)) checkpoints.set(name, value);
    },
    checkpoint: (name) => {
      mustBeOpen();
      return checkpoints.get(name);
    },
    count: () => {
      mustBeOpen();
      return rows.size;
    },
    clear: async () => {
      mustBeOpen();
      await Promise.resolve();
      rows.clear();
      checkpoints.clear();
    },
    close: async () => {
      await Promise.resolve();
      closed = true;
    },
  };
}
