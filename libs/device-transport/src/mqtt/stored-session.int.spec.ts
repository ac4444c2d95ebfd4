import type { DeviceListener } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable, type SessionTable } from './session-table.ts';
import {
  connectBytes,
  RawClient,
  subscribeBytes,
  type ConnectFields,
} from './testing/raw-client.ts';
import { listenFor, RecordingAuthority } from './testing/recording-authority.ts';
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

const down = (payload: string) => ({
  topic: 'own/dev/down',
  payload: Buffer.from(payload),
  qos: 1 as const,
});

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
  client.send(subscribeBytes(1, { [`own/${username}/down`]: 1, [`own/${username}/zero`]: 0 }));
  await client.next('suback');
  await leave(client);
}

describe('a session with clean session 0', () => {
  it('is not present the first time, and keeps its subscriptions for the next', async () => {
    const first = await connect({ clean: false });
    expect(first.present).toBe(false);
    first.client.send(subscribeBytes(1, { 'own/dev/down': 1 }));
    await first.client.next('suback');
    await leave(first.client);
    const second = await connect({ clean: false });
    expect(second.present).toBe(true);
    expect(table.deliver('dev', down('now'))).toBe('sent');
    expect(await second.client.next('publish')).toMatchObject({ topic: 'own/dev/down', qos: 1 });
  });

  it('queues what it subscribed at QoS 1 while it is away, and delivers it in order', async () => {
    await stored();
    expect(['a', 'b', 'c'].map((payload) => table.deliver('dev', down(payload)))).toEqual([
      'queued',
      'queued',
      'queued',
    ]);
    expect(table.deliver('dev', { ...down('z'), topic: 'own/dev/zero' })).toBe('dropped');
    expect(table.deliver('dev', { ...down('f'), topic: 'own/dev/not-subscribed' })).toBe('dropped');
    const { client, present } = await connect({ clean: false });
    expect(present).toBe(true);
    for (const payload of ['a', 'b', 'c']) {
      expect(await client.next('publish')).toMatchObject({
        payload: Buffer.from(payload),
        dup: false,
      });
    }
    expect(table.stored.bytes).toBe(0);
  });

  it('gets again what it had not acknowledged, under the same packet id and marked as such', async () => {
    const { client } = await connect({ clean: false });
    listener.push('s1', down('one'));
    listener.push('s1', down('two'));
    const one = await client.next('publish');
    const two = await client.next('publish');
    client.send(Buffer.of(0x40, 2, 0, one.messageId ?? 0));
    await client.ping();
    client.socket.resetAndDestroy();
    await waitUntil(() => table.stored.size === 1, 'the session to be stored');
    const again = await connect({ clean: false });
    expect(await again.client.next('publish')).toMatchObject({
      payload: Buffer.from('two'),
      dup: true,
      messageId: two.messageId,
    });
    await again.client.ping();
    expect(again.client.packets.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1);
  });

  it('goes over to the one that takes it over', async () => {
    const first = await connect({ clean: false });
    first.client.send(subscribeBytes(1, { 'own/dev/down': 1 }));
    await first.client.next('suback');
    const second = await connect({ clean: false });
    expect(second.present).toBe(true);
    expect(table.deliver('dev', down('x'))).toBe('sent');
    await second.client.next('publish');
  });

  it('is wiped by one with clean session 1, with all that was queued', async () => {
    await stored();
    table.deliver('dev', down('stale'));
    const clean = await connect({ clean: true });
    expect(clean.present).toBe(false);
    expect(table.deliver('dev', down('x'))).toBe('dropped');
    await leave(clean.client);
    const after = await connect({ clean: false });
    expect(after.present).toBe(false);
    await after.client.ping();
    await after.client.next('pingresp');
    expect(table.stored.size).toBe(0);
  });

  it('keeps only the subscriptions that its next admission still allows', async () => {
    await stored();
    const admission = authority.admission.bind(authority);
    authority.admission = (user) => ({ ...admission(user), maySubscribe: () => false });
    const { present } = await connect({ clean: false });
    expect(present).toBe(true);
    expect(table.deliver('dev', down('x'))).toBe('dropped');
  });

  it('is forgotten after its time', async () => {
    await stored();
    now = 61_000;
    expect(table.deliver('dev', down('late'))).toBe('dropped');
    expect((await connect({ clean: false })).present).toBe(false);
  });

  it('gives way to newer ones when there are too many, the longest away first', async () => {
    for (const username of ['a', 'b', 'c', 'd']) await stored(username);
    expect(table.stored.size).toBe(3);
    expect((await connect({ username: 'a', clean: false })).present).toBe(false);
    expect((await connect({ username: 'd', clean: false })).present).toBe(true);
  });

  it('queues no more than its bound', async () => {
    await stored();
    const taken = Array.from({ length: 100 }, (_, i) => table.deliver('dev', down(String(i))));
    expect(taken.filter((outcome) => outcome === 'queued')).toHaveLength(64);
  });

  it('that only fetches leaves nothing behind', async () => {
    authority.fetchOnly = true;
    const { client } = await connect({ clean: false });
    client.send(Buffer.of(0xe0, 0));
    await client.whenClosed();
    expect(table.stored.size).toBe(0);
  });
});
