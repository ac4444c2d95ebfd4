import pg from 'pg';
import { pause } from '../sqlite/process-leadership.ts';

const CHANNEL = 'tallystick_appended';
const RECONNECT_MS = 500;

/** Tells other processes of appends, and hears of theirs: wake-ups only, whose loss costs a poll. */
export interface AppendNotices {
  tell(): void;
  close(): Promise<void>;
}

export function createAppendNotices(url: string, heard: () => void): AppendNotices {
  const stopping = new AbortController();
  let current: pg.Client | null = null;
  let telling = false;
  const connected = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'tallystick notices',
      connectionTimeoutMillis: 5_000,
    });
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', heard);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      current = client;
      heard();
      await ended;
    } finally {
      current = null;
      await client.end().catch(() => undefined);
    }
  };
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await connected().catch(() => undefined);
      await pause(RECONNECT_MS, stopping.signal);
    }
  })();
  return {
    // One notice under way stands for all appends of the meantime.
    tell: () => {
      if (telling || current === null) return;
      telling = true;
      void current
        .query(`NOTIFY ${CHANNEL}`)
        .catch(() => undefined)
        .finally(() => (telling = false));
    },
    close: async () => {
      stopping.abort();
      await done;
    },
  };
}
