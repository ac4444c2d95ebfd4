import { createHash } from 'node:crypto';
import type pg from 'pg';
import { pause, withinMs, type Leadership } from '@tallystick/ports';
import { openDirectClient } from './direct-client.ts';

const TOUCH_MS = 1_000;
const TOUCH_DEADLINE_MS = 2_500;
const RETRY_MS = 500;

type Lead = (signal: AbortSignal) => Promise<void>;

/** A lock's number from its name: the first 48 bits of its SHA-256. */
function lockNumber(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}

/** A touch that takes longer than this means that the lock may be another's by now. */
async function touched(client: pg.Client): Promise<boolean> {
  const answer = client.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return (await withinMs(answer, TOUCH_DEADLINE_MS)) ?? false;
}

async function keepTouching(client: pg.Client, lost: AbortController): Promise<void> {
  while (!lost.signal.aborted) {
    await pause(TOUCH_MS, lost.signal);
    if (!lost.signal.aborted && !(await touched(client))) lost.abort();
  }
}

/** One try: connects, and leads for as long as the lock is held. */
async function tryToLead(
  url: string,
  name: string,
  lead: Lead,
  stopping: AbortSignal,
): Promise<void> {
  // A direct connection: a pooler would give the session's lock to somebody else.
  const { client, connect, end } = openDirectClient(url, {
    application_name: `tallystick ${name}`,
    query_timeout: 5_000,
  });
  const lost = new AbortController();
  const lose = (): void => lost.abort();
  let leading = false;
  const stop = (): void => {
    lose();
    // A connection that is still being made, or a question for the lock, is not waited for.
    if (!leading) void end();
  };
  client.on('error', lose);
  client.on('end', lose);
  stopping.addEventListener('abort', stop, { once: true });
  try {
    await connect();
    // A stopped process touches nothing: the server ends its session, and the lock is free.
    await client.query(`SET idle_session_timeout = '3s'`);
    while (!lost.signal.aborted) {
      const { rows } = await client.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS held',
        [lockNumber(name)],
      );
      if (rows[0]?.held === true && !lost.signal.aborted) {
        leading = true;
        const touching = keepTouching(client, lost);
        await lead(lost.signal).finally(lose);
        await touching;
        return;
      }
      await pause(RETRY_MS, lost.signal);
    }
  } finally {
    stopping.removeEventListener('abort', stop);
    lose();
    await end();
  }
}

/** Leadership by a session advisory lock of PostgreSQL. */
export function createPostgresLeadership(url: string): Leadership {
  return {
    campaign: (name, lead) => {
      const stopping = new AbortController();
      const done = (async () => {
        while (!stopping.signal.aborted) {
          await tryToLead(url, name, lead, stopping.signal).catch(() => undefined);
          if (!stopping.signal.aborted) await pause(RETRY_MS, stopping.signal);
        }
      })();
      return {
        stop: async () => {
          stopping.abort();
          await done;
        },
      };
    },
  };
}
