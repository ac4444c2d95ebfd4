import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPortError } from '@tallystick/kernel';
import { someAppend } from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { administer, specDatabase } from '../testing/spec-database.ts';
import { createEventStore } from '../create-event-store.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-store-'));
const database = specDatabase(inject('databaseUrl'), 'beside');

/** A process that takes the file's ownership as a registry does. */
class OwnerProcess {
  readonly #process: ChildProcess;

  constructor(script: string, file: string) {
    this.#process = spawn(process.execPath, ['-e', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async saysOwned(): Promise<void> {
    if (this.#process.stdout !== null) await once(this.#process.stdout, 'data');
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

const OPENERS = {
  SQLite: () => createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') }),
  PostgreSQL: () => createEventStore({ databaseUrl: database.url, file: '' }),
};

beforeAll(() => database.create());
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the file of SQLite', () => {
  it('has one owner, and a next one when the first has closed it', async () => {
    const file = join(folder, 'owned.sqlite');
    const first = await createEventStore({ databaseUrl: null, file });
    await expect(createEventStore({ databaseUrl: null, file })).rejects.toMatchObject({
      code: 'misconfigured',
      retriable: false,
    });
    await first.close();
    const second = await createEventStore({ databaseUrl: null, file });
    expect(await second.store.head()).toBe(0);
    await second.close();
  });

  it('is free again when its owner is killed', async () => {
    const file = join(folder, 'killed.sqlite');
    const owner = new OwnerProcess(
      `const Database = require('better-sqlite3');
       const lock = new Database(process.argv[1] + '-owner', { timeout: 0 });
       lock.exec('BEGIN EXCLUSIVE'); console.log('owned'); setInterval(() => {}, 1000);`,
      file,
    );
    await owner.saysOwned();
    await expect(createEventStore({ databaseUrl: null, file })).rejects.toMatchObject({
      code: 'misconfigured',
    });
    await owner.kill();
    const next = await createEventStore({ databaseUrl: null, file });
    await next.close();
  });

  it('lets sockets have their turn between the groups of a long queue', async () => {
    const opened = await createEventStore({ databaseUrl: null, file: join(folder, 'busy.sqlite') });
    let turns = 0;
    let busy = true;
    const count = (): void => {
      turns += 1;
      if (busy) setImmediate(count);
    };
    setImmediate(count);
    // A follower of its own writes never leaves the microtasks but for the queue's own turns.
    for (let round = 0; round < 50; round += 1) await opened.db.write((s) => s.all('SELECT 1'));
    busy = false;
    expect(turns).toBeGreaterThan(25);
    await opened.close();
  });
});

describe('a work that the database refuses', () => {
  it('passes its own error through, and an append beside it is written', async () => {
    const opened = await OPENERS.PostgreSQL();
    const { store } = opened;
    const head = await store.head();
    const outcomes = await Promise.allSettled([
      // No index of PostgreSQL takes so much.
      store.append([someAppend(`wide-${randomBytes(8_000).toString('hex')}`, 0)]),
      store.append([someAppend(`beside-${head}`, 0)]),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'unacceptable', retriable: false } },
      { status: 'fulfilled' },
    ]);
    expect(await store.head()).toBe(head + 1);
    await opened.close();
  });
});

describe('leadership in PostgreSQL', () => {
  it('has one leader at a time, and a next one when the first stops or its connection is lost', async () => {
    // Given two contenders
    const leaders = await Promise.all([OPENERS.PostgreSQL(), OPENERS.PostgreSQL()]);
    let leading = 0;
    let most = 0;
    const began: number[] = [];
    const campaigns = leaders.map(({ leadership }, index) =>
      leadership.campaign(`relay-${database.name}`, async (signal) => {
        most = Math.max(most, (leading += 1));
        began.push(index);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        leading -= 1;
      }),
    );
    const until = async (count: number): Promise<void> => {
      const deadline = Date.now() + 30_000;
      while (began.length < count && Date.now() < deadline) await opened.head();
      expect(began.length).toBe(count);
    };
    const opened = (await OPENERS.PostgreSQL()).store;
    await until(1);
    // When the server ends the leader's session
    await administer(
      inject('databaseUrl'),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tallystick relay-${database.name}' AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`,
    );
    // Then somebody leads again, and never two at once
    await until(2);
    await Promise.all(campaigns.map((campaign) => campaign.stop()));
    expect(most).toBe(1);
    expect(leading).toBe(0);
    await opened.close();
    await Promise.all(leaders.map((one) => one.close()));
  });
});

describe('a leader whose database falls silent', () => {
  it('is told within seconds, and its campaign can be stopped', async () => {
    // Given a leader behind a wire
    const url = new URL(database.url);
    const proxy = await startTcpProxy(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    const opened = await createEventStore({ databaseUrl: url.toString(), file: '' });
    const leads = Promise.withResolvers<AbortSignal>();
    const campaign = opened.leadership.campaign(`silent-${database.name}`, async (signal) => {
      leads.resolve(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    });
    const signal = await leads.promise;
    // When nothing comes over the wire any more
    const silentAt = performance.now();
    proxy.silence();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    // Then it stops leading no later than the server lets its lock go, and nothing waits for an
    // answer
    expect(performance.now() - silentAt).toBeLessThan(5_000);
    await campaign.stop();
    expect(performance.now() - silentAt).toBeLessThan(9_000);
    await proxy.cut();
    await opened.close();
    await proxy.close();
  });
});

describe('a database that falls silent', () => {
  it('is told within ten seconds to all who wait, said once, and does not hold a close up', async () => {
    // Given a store behind a wire
    const url = new URL(database.url);
    const proxy = await startTcpProxy(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    const said: string[] = [];
    const opened = await createEventStore({
      ...{ databaseUrl: url.toString(), file: '' },
      log: (_level, message) => void said.push(message),
    });
    const { store } = opened;
    await store.head();
    // When nothing comes over the wire any more
    const silentAt = performance.now();
    proxy.silence();
    const stream = (name: string) => `${name}-${randomBytes(4).toString('hex')}`;
    const first = store.append([someAppend(stream('silent'), 0)]).catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const behind = store.append([someAppend(stream('behind'), 0)]).catch((error: unknown) => error);
    // Then both are told
    for (const outcome of await Promise.all([first, behind]))
      expect(isPortError(outcome, 'unavailable')).toBe(true);
    expect(performance.now() - silentAt).toBeLessThan(10_000);
    await store.head();
    expect(said).toEqual(['PostgreSQL is away', 'PostgreSQL is back']);
    // And when it falls silent once more, a close ends what waits
    proxy.silence();
    const closedAt = performance.now();
    const late = store.append([someAppend(stream('late'), 0)]).catch((error: unknown) => error);
    await opened.close();
    expect(isPortError(await late)).toBe(true);
    expect(performance.now() - closedAt).toBeLessThan(6_000);
    await proxy.close();
  });
});

describe('a process that is stopped in the middle of a write', () => {
  it('loses its transaction to the server, so that others append', async () => {
    // Given a transaction that holds the head and says nothing more
    const [stopped, other] = await Promise.all([OPENERS.PostgreSQL(), OPENERS.PostgreSQL()]);
    const held = Promise.withResolvers<undefined>();
    const wakes = Promise.withResolvers<undefined>();
    const lost = stopped.db
      .write(async (session) => {
        await session.run('UPDATE store_head SET position = position');
        held.resolve(undefined);
        await wakes.promise;
        await session.run('UPDATE store_head SET position = position');
      })
      .catch((error: unknown) => error);
    await held.promise;
    // Then another process appends, and the stopped one finds its transaction lost
    const appended = await other.store.append([
      someAppend(`after-${randomBytes(4).toString('hex')}`, 0),
    ]);
    expect(appended.ok).toBe(true);
    wakes.resolve(undefined);
    expect(isPortError(await lost, 'unavailable')).toBe(true);
    await Promise.all([stopped.close(), other.close()]);
  });
});

describe.each(['SQLite', 'PostgreSQL'] as const)('the ends of streams on %s', (kind) => {
  it('are their last events, and a stream that does not exist has none', async () => {
    const opened = await OPENERS[kind]();
    const names = Array.from({ length: 300 }, (_, at) => `ends/${at}`);
    await opened.store.append(names.map((name, at) => someAppend(name, 0, 1 + (at % 3))));
    const ends = await opened.ends.lastEvents([...names, 'ends/none', 'ends/0']);
    expect(ends.size).toBe(300);
    for (const [at, name] of names.entries())
      expect(ends.get(name)).toMatchObject({ stream: name, revision: 1 + (at % 3) });
    await opened.close();
  });

  it('are asked of none', async () => {
    const opened = await OPENERS[kind]();
    expect((await opened.ends.lastEvents([])).size).toBe(0);
    await opened.close();
  });
});
