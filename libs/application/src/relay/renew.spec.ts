import { parseCredentialRecord, TOPIC_DEFINITIONS, TOPICS, type Lane } from '@tallystick/contracts';
import type { BusRecord, DeliveredRecord, SealedSecret } from '@tallystick/ports';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { LogBuilder } from './log.builder.ts';
import { createRelayMapper } from './relay-mapper.ts';

const before = { storeId: 'store', incarnation: 1 };
const identity = { storeId: 'store', incarnation: 2 };
const PRODUCT = {
  ...({ tenant: 'default', name: 'P', dialect: 'auto', dynamicActivation: false } as const),
  ...({ registrationFree: false, maxUnits: 5, silenceSeconds: null } as const),
  ...({ certificateRequired: false, secretVersion: 1, secretId: 'secret-pk' } as const),
} as const;

const rowOf = (secretId: string): SealedSecret => ({
  ...{ secretId, owner: 'device/default/pk/dk', keyId: 'k1', createdAt: 0, forGateways: null },
  ...{ sealed: new Uint8Array(), wrappedDataKey: new Uint8Array() },
});

/** A store that has told all of its log to a bus, and then loses what came after a position. */
async function given() {
  const log = new LogBuilder();
  const bus = createInMemoryEventBus({ partitions: 3 });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const publisher = await bus.openPublisher();
  const mapperOf = (lane: Lane) =>
    createRelayMapper({
      ...{ lane, store: log, bus, ids: createSeededIds(3) },
      vault: {
        find: async (ids) => ids.map(rowOf),
        openRow: ({ secretId }) => new TextEncoder().encode(secretId),
      },
      sealer: { keyEpoch: 1, keyName: '1.0', seal: (key, _, version) => `${key}|${version}` },
    });
  const tell = async (): Promise<void> => {
    for (const lane of ['fast', 'bulk'] as const)
      await publisher.publish(await mapperOf(lane).map(log.events, before));
  };
  const losePast = (position: number): void => void log.events.splice(position);
  /** Records of each commit of the last renewal. */
  const commits: number[] = [];
  const renew = async (lane: Lane, voidAfter: number): Promise<readonly BusRecord[]> => {
    const told: BusRecord[] = [];
    commits.length = 0;
    await mapperOf(lane).renew({ identity, voidAfter, head: 90, toldAt: 7 }, async (records) => {
      told.push(...records);
      commits.push(records.length);
      await publisher.publish(records);
    });
    return told;
  };
  return { log, bus, tell, losePast, renew, commits };
}

/** The newest of each key on a topic, as a reader that begins now finds it. */
async function readKeys(
  { bus }: Awaited<ReturnType<typeof given>>,
  topic: string,
  last: BusRecord,
) {
  const seen: DeliveredRecord[] = [];
  const subscription = await bus.subscribe({
    ...{ topics: [topic], group: 'reader', from: 'earliest' },
    onBatch: async ({ records }) => void seen.push(...records),
  });
  await vi.waitFor(() => expect(seen.some(({ key }) => key === last.key)).toBe(true));
  await subscription.close();
  return new Map(seen.map((record) => [record.key, record]));
}

const rows = (records: readonly BusRecord[], topic: string) =>
  records
    .filter((record) => record.topic === topic && record.key !== 'mark')
    .map((record) => {
      const value =
        typeof record.value === 'string' ? new TextEncoder().encode(record.value) : null;
      return parseCredentialRecord({ ...record, value });
    });

describe('a lane that tells all anew after an adoption', () => {
  it('given devices of the lost tail, then fast says that they are gone, with their life', async () => {
    const world = await given();
    world.log.registered('old');
    world.log.registered('lost', 1, 'claim');
    await world.tell();
    world.losePast(1);
    const told = await world.renew('fast', 1);
    expect(rows(told, TOPICS.restrictions)).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'gone', deviceKey: 'lost', deviceId: 'id-lost-1', generation: 1 },
        ...{ incarnation: 2, position: 90 },
      }),
    );
    expect(rows(told, TOPICS.restrictions).some((row) => row?.kind === 'device')).toBe(false);
  });

  it('given a disabling that was lost, then fast says that the device is let in again', async () => {
    const world = await given();
    world.log.registered('dk');
    world.log.device('dk', 'DeviceDisabled', { reason: null });
    await world.tell();
    world.losePast(1);
    const told = await world.renew('fast', 1);
    expect(rows(told, TOPICS.restrictions)).toContainEqual(
      expect.objectContaining({ kind: 'device', disabled: false, revision: 1, incarnation: 2 }),
    );
  });

  it('given hundreds of devices, then bulk tells of them in a handful of commits', async () => {
    const world = await given();
    for (let each = 0; each < 300; each += 1) world.log.registered(`dk-${each}`);
    const told = await world.renew('bulk', 300);
    const devices = rows(told, TOPICS.credentials).filter((row) => row?.kind === 'device');
    expect(devices).toHaveLength(300);
    expect(world.commits.length).toBeLessThanOrEqual(3);
  });

  it('given any store, then bulk tells StoreRestored in every partition, by one id, first', async () => {
    const world = await given();
    world.log.registered('dk');
    await world.tell();
    const told = await world.renew('bulk', 1);
    const restored = told.filter(({ topic }) => topic === TOPICS.events);
    expect(restored.map(({ key, partition }) => [key, partition])).toEqual([
      ['//store', 0],
      ['//store', 1],
      ['//store', 2],
    ]);
    expect(told.slice(0, 3)).toEqual(restored);
    expect(new Set(restored.map(({ headers }) => headers['ce_id'])).size).toBe(1);
    expect(restored[0]?.headers['ce_stream']).toBeUndefined();
    expect(restored[0]?.value).toBe(
      JSON.stringify({ storeId: 'store', incarnation: 2, lastPosition: 1 }),
    );
  });

  it('given keys that the store still has and keys that it lost, then the bulk lane publishes each as the store has it', async () => {
    const world = await given();
    world.log.product('ProductCreated', PRODUCT);
    world.log.registered('kept');
    world.log.registered('lost');
    world.log.device('kept', 'DeviceDisabled', { reason: null });
    await world.tell();
    world.losePast(2);
    const told = await world.renew('bulk', 2);
    const last = told.at(-1);
    if (last === undefined) throw new Error('nothing was told');
    const states = await readKeys(world, TOPICS.state, last);
    const credentials = rows(told, TOPICS.credentials);
    expect(states.get('default/pk/lost')?.value).toBeNull();
    expect(states.get('default/pk/kept')?.headers['ce_streamversion']).toBe('1');
    expect(credentials).toContainEqual(
      expect.objectContaining({ kind: 'product', incarnation: 2 }),
    );
    expect(credentials).toContainEqual(
      expect.objectContaining({ kind: 'gone', deviceKey: 'lost', incarnation: 2 }),
    );
    // Both lanes had told of it, and then all is told.
    const devices = credentials.filter((row) => row?.kind === 'device');
    expect(devices.length).toBeGreaterThan(0);
    expect(devices.every((row) => row.deviceKey === 'kept' && !row.disabled)).toBe(true);
  });
});
