import type pg from 'pg';
import { pause } from '@tallystick/ports';
import { openDirectClient } from './direct-client.ts';

const CHANNEL = 'tallystick_appended';
const RECONNECT_MS = 500;

/**
 * Tells other processes of appends, and hears of theirs: wake-ups only, whose loss costs a poll.
 */
export interface AppendNotices {
  tell(): void;
  close(): Promise<void>;
}

/** One connection that listens, until it is lost or the signal aborts. */
async function listen(
  url: string,
  heard: () => void,
  signal: AbortSignal,
  connected: (client: pg.Client | null) => void,
): Promise<void> {
  const { client, connect, end } = openDirectClient(url, {
    application_name: 'tallystick notices',
    query_timeout: 5_000,
  });
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
    client.on('end', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // A connection that is still being made is not waited for.
  void ended.then(end);
  client.on('notification', heard);
  try {
    await connect();
    await client.query(`LISTEN ${CHANNEL}`);
    connected(client);
    heard();
    if (!signal.aborted) await ended;
  } finally {
    connected(null);
    await end();
  }
}

export function createAppendNotices(url: string, heard: () => void): AppendNotices {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current: pg.Client | null = null;
  let telling = false;
  let again = false;
  const done = (async () => {
    while (!signal.aborted) {
      await listen(url, heard, signal, (client) => (current = client)).catch(() => undefined);
      await pause(RECONNECT_MS, signal);
    }
  })();
  // Only one notice is sent at a time; one more tells of everything appended meanwhile.
  const tell = (): void => {
    if (current === null) return;
    again = telling;
    if (telling) return;
    telling = true;
    void current
      .query(`NOTIFY ${CHANNEL}`)
      .catch(() => undefined)
      .finally(() => {
        telling = false;
        if (again) tell();
      });
  };
  return {
    tell,
    close: async () => {
      stopping.abort();
      await done;
    },
  };
}
