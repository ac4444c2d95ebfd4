import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority, seeds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_MQTT_LIMITS } from './limits.ts';
import { createSessionTable, type SessionTable } from './session-table.ts';
import { connectBytes, publishBytes, RawClient, subscribeBytes } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let table: SessionTable<string>;
let listeners: DeviceListener<string>[];

beforeEach(async () => {
  authority = new RecordingAuthority();
  table = createSessionTable<string>();
  listeners = [
    await listenFor(authority, { table }),
    await listenFor(authority, { table, name: 'enosMqtt' }),
  ];
});
afterEach(async () => {
  await Promise.all(listeners.map((listener) => listener.close()));
});

/** mulberry32: the same races are tried each time, as far as the kernel lets them. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const portOf = (i: number): number => listeners[i % 2]?.port ?? 0;

describe('a second CONNECT of one key', () => {
  it.each([0, 1])(
    'on listener %i ends the first, and the first’s end is told before the second’s beginning',
    async (second) => {
      const old = await RawClient.admitted(portOf(0));
      const fresh = await RawClient.admitted(portOf(second));
      await old.whenClosed();
      await fresh.ping();
      expect(authority.log).toEqual(['opened s1', 'closed s1 taken-over', 'opened s2']);
      expect([...authority.open.keys()]).toEqual(['s2']);
      expect(authority.open.get('s2')?.claim.listener).toBe(second === 0 ? 'mqtt' : 'enosMqtt');
      expect(table.size).toBe(1);
      expect(listeners.map((listener) => listener.cut('s2', 'kicked'))).toEqual(
        second === 0 ? [true, false] : [false, true],
      );
    },
  );

  it('does not end one of another key', async () => {
    const other = await RawClient.admitted(portOf(0), { username: 'other' });
    await RawClient.admitted(portOf(0));
    await RawClient.admitted(portOf(1));
    await other.ping();
    expect(authority.open.size).toBe(2);
  });
});

describe('1,800 racing CONNECTs of 12 keys over two listeners', () => {
  it.each(seeds(1, 2, 3))(
    'leave one session a key, and nothing at all when they have gone (seed %i)',
    { tags: ['long'] },
    async (seed) => {
      const chance = seeded(seed);
      const clients: RawClient[] = [];
      authority.answer = (decision) => (chance() < 0.3 ? Promise.resolve(decision) : decision);
      const race = async (i: number): Promise<void> => {
        const username = `k${String(i % 12)}`;
        const client = await RawClient.open(portOf(Math.floor(chance() * 2)));
        clients.push(client);
        const will = {
          topic: `own/${username}/will`,
          payload: Buffer.from('w'),
          qos: 1 as const,
          retain: false,
        };
        const bytes = [
          connectBytes({ username, clean: chance() < 0.5, ...(chance() < 0.3 ? { will } : {}) }),
        ];
        if (chance() < 0.5)
          bytes.push(subscribeBytes(1, { [`own/${username}/#`]: 1, 'shared/x': 2 }));
        if (chance() < 0.3)
          bytes.push(publishBytes(`own/${username}/x`, 'x', { qos: 2, messageId: 1 }));
        if (chance() < 0.2) bytes.push(publishBytes('shared/x', 'x', { qos: 1, messageId: 2 }));
        client.send(...bytes);
        const end = chance();
        if (end < 0.2) client.socket.resetAndDestroy();
        else if (end < 0.35) client.send(Buffer.of(0xe0, 0));
      };
      for (let round = 0; round < 150; round += 10) {
        await Promise.all(Array.from({ length: 120 }, (_, i) => race(i)));
      }
      await waitUntil(
        () => clients.filter(({ closed }) => !closed).length === authority.open.size,
        'the losers to be closed',
        20_000,
      );
      const live = [...authority.open.values()];
      expect(new Set(live.map(({ sessionKey }) => sessionKey)).size).toBe(live.length);
      expect(table.size).toBe(live.length);
      const isCut = ({ sessionId }: { readonly sessionId: string }): boolean =>
        listeners.some((listener) => listener.cut(sessionId, 'kicked'));
      expect(live.filter((_, i) => i % 2 === 0).every(isCut)).toBe(true);

      for (const client of clients) client.socket.destroy();
      await waitUntil(() => authority.open.size === 0, 'the last to be gone');
      expect(live.some(isCut)).toBe(false);
      expect(table.size).toBe(0);
      expect(table.stored.size).toBeLessThanOrEqual(12);
      const broker = await table.acquireBroker('again', DEFAULT_MQTT_LIMITS);
      await waitUntil(() => broker.adopted === 0, 'aedes to be empty');
      await table.releaseBroker();
      const opened = authority.log.filter((line) => line.startsWith('opened')).length;
      expect(authority.log.filter((line) => line.startsWith('closed'))).toHaveLength(opened);
    },
  );
});

describe('2,000 sessions', () => {
  it('are cut one by one, each told of before the cut returns', async () => {
    const clients: RawClient[] = [];
    for (let i = 0; i < 2_000; i += 50) {
      const some = Array.from({ length: 50 }, (_, j) =>
        RawClient.admitted(portOf(0), { username: `u${String(i + j)}` }),
      );
      clients.push(...(await Promise.all(some)));
    }
    const ids = [...authority.open.keys()];
    expect(ids).toHaveLength(2_000);
    for (const id of ids) listeners[0]?.cut(id, 'disabled');
    expect(authority.open.size).toBe(0);
    await waitUntil(() => clients.every(({ closed }) => closed), 'all sockets to be closed');
  });
});
