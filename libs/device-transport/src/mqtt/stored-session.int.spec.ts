import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable, type SessionTable } from './session-table.ts';
import {
  connectBytes,
  publishBytes,
  RawClient,
  subscribeBytes,
  type ConnectFields,
} from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let table: SessionTable<string>;
let listener: DeviceListener<string>;
let now = 0;

beforeEach(async () => {
  now = 0;
  authority = new RecordingAuthority();
  table = createSessionTable<string>({
    limits: { storedSessions: 3, storedSeconds: 60 },
    monotonicMs: () => now,
  });
  listener = await listenFor(authority, { table });
});
afterEach(() => listener.close());

/** Says something on the topic that `stored` subscribes, which aedes then routes to it. */
async function say(payload: string): Promise<void> {
  const other = await RawClient.admitted(listener.port, { username: 'other' });
  other.send(publishBytes('shared/x', payload, { qos: 1, messageId: 1 }));
  await other.next('puback');
}

async function connect(fields: ConnectFields): Promise<{ client: RawClient; present: boolean }> {
  const client = await RawClient.open(listener.port);
  client.send(connectBytes(fields));
  return { client, present: (await client.next('connack')).sessionPresent };
}

async function leave(client: RawClient): Promise<void> {
  const before = authority.log.length;
  client.send(Buffer.of(0xe0, 0));
  await client.whenClosed();
  await waitUntil(() => authority.log.length > before, 'the end of the session');
}

async function stored(username = 'dev'): Promise<void> {
  const { client } = await connect({ username, clean: false });
  client.send(subscribeBytes(1, { 'shared/x': 1, [`own/${username}/down`]: 0 }));
  await client.next('suback');
  await leave(client);
}

describe('a session with clean session 0', () => {
  it('is not present the first time, and keeps its subscriptions for the next', async () => {
    const first = await connect({ clean: false });
    expect(first.present).toBe(false);
    first.client.send(subscribeBytes(1, { 'shared/x': 1, 'own/dev/down': 1 }));
    await first.client.next('suback');
    const counted = table.filterRoom.used;
    await leave(first.client);
    expect(table.filterRoom.used).toBe(0);
    const second = await connect({ clean: false });
    expect(second.present).toBe(true);
    expect(table.filterRoom.used).toBe(counted);
    expect(table.stored.bytes).toBe(0);
    await say('now');
    expect(await second.client.next('publish')).toMatchObject({ topic: 'shared/x', qos: 1 });
  });

  it('goes over to the one that takes it over', async () => {
    const first = await connect({ clean: false });
    first.client.send(subscribeBytes(1, { 'shared/x': 1 }));
    await first.client.next('suback');
    const second = await connect({ clean: false });
    expect(second.present).toBe(true);
    await say('x');
    await second.client.next('publish');
  });

  it('is wiped by one with clean session 1', async () => {
    await stored();
    const clean = await connect({ clean: true });
    expect(clean.present).toBe(false);
    await say('x');
    await leave(clean.client);
    const after = await connect({ clean: false });
    expect(after.present).toBe(false);
    await say('y');
    await after.client.ping();
    await after.client.next('pingresp');
    expect(clean.client.untaken).toBe(0);
    expect(table.stored.size).toBe(0);
  });

  it('keeps only the subscriptions that its next admission still allows', async () => {
    await stored();
    const admission = authority.admission.bind(authority);
    authority.admission = (user) => ({ ...admission(user), maySubscribe: () => false });
    const { client, present } = await connect({ clean: false });
    expect(present).toBe(true);
    expect(table.filterRoom.used).toBe(0);
    await say('x');
    await client.ping();
    await client.next('pingresp');
  });

  it('is forgotten after its time', async () => {
    await stored();
    now = 61_000;
    expect((await connect({ clean: false })).present).toBe(false);
  });

  it('gives way to newer ones when there are too many, the longest away first', async () => {
    for (const username of ['a', 'b', 'c', 'd']) await stored(username);
    expect(table.stored.size).toBe(3);
    expect((await connect({ username: 'a', clean: false })).present).toBe(false);
    expect((await connect({ username: 'd', clean: false })).present).toBe(true);
  });

  it('that only fetches leaves nothing behind', async () => {
    authority.fetchOnly = true;
    const { client } = await connect({ clean: false });
    client.send(Buffer.of(0xe0, 0));
    await client.whenClosed();
    expect(table.stored.size).toBe(0);
  });
});
