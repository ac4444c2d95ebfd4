import {
  encodeJson,
  toTombstoneHeaders,
  type CredentialGone,
  type CredentialRecord,
  type Lane,
} from '@tallystick/contracts';
import type { DeliveredRecord, ViewStore } from '@tallystick/ports';
import { createFixedClock, createInMemoryViewStore } from '@tallystick/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { device, product } from '../fixtures/credentials.ts';
import { LaneProgress, UNREAD } from './lane-progress.ts';
import type { Applied } from './group-fold.ts';
import { ViewApplier } from './view-applier.ts';

let store: ViewStore;
let applied: Applied[];
let progress: Record<Lane, LaneProgress>;
let applier: ViewApplier;
let offset = 0;

beforeEach(() => {
  store = createInMemoryViewStore();
  applied = [];
  offset = 0;
  progress = { fast: new LaneProgress([UNREAD, UNREAD]), bulk: new LaneProgress([UNREAD, UNREAD]) };
  applier = new ViewApplier({
    ...{ store, progress, clock: createFixedClock() },
    onStored: () => undefined,
    onApplied: (one) => applied.push(one),
  });
});

const deliver = (value: CredentialRecord | null, gone?: CredentialGone): DeliveredRecord => ({
  topic: 't',
  partition: 0,
  offset: offset++,
  timestampMs: 0,
  key: 'default/pk/dn',
  value: value === null ? null : encodeJson(value),
  headers: gone === undefined ? {} : toTombstoneHeaders(gone),
});

const submit = (lane: Lane, ...values: CredentialRecord[]): Promise<void> =>
  applier.submit({ lane, partition: 0, records: values.map((value) => deliver(value)) });

const tick = (lane: Lane, upTo: number): CredentialRecord => ({
  kind: 'tick',
  lane,
  upTo,
  upToTime: upTo,
});
const tickAll = async (lane: Lane, upTo: number): Promise<void> => {
  for (const partition of [0, 1])
    await applier.submit({ lane, partition, records: [deliver(tick(lane, upTo))] });
};

const at = (revision: number, over: Parameters<typeof device>[0] = {}) =>
  device({ revision, position: revision * 10, ...over });

const goneAt = (revision: number): CredentialGone => ({
  kind: 'gone',
  tenant: 'default',
  productKey: 'pk',
  deviceKey: 'dn',
  deviceId: 'dv_dn',
  generation: 1,
  revision,
  position: revision * 10,
  keyEpoch: 1,
});

describe('folding records into the view', () => {
  it('given a product and a device, both are found by key and the device by its id', async () => {
    await submit('bulk', product(), at(1));
    expect(store.get('p/pk')).toMatchObject({ kind: 'product' });
    expect(store.get('d/pk/dn')).toMatchObject({ kind: 'device' });
    expect(store.get('i/dv_dn')).toBe('d/pk/dn');
  });

  it('given the lanes racing, the greater revision stands, whichever comes last', async () => {
    await submit('fast', at(3, { disabled: true }));
    await submit('bulk', at(2));
    expect(store.get('d/pk/dn')).toMatchObject({ revision: 3, disabled: true });
  });

  it('given the same record from both lanes, it counts as one change', async () => {
    await submit('fast', at(3));
    await submit('bulk', at(3));
    expect(applied.map(({ changes }) => changes.length)).toEqual([1, 0]);
  });

  it('given a record of a higher incarnation of the store, then it replaces any revision, and no older record replaces it', async () => {
    await submit('bulk', at(3, { disabled: true }));
    await submit('fast', at(1, { incarnation: 2 }));
    await submit('bulk', at(4, { disabled: true }));
    expect(store.get('d/pk/dn')).toMatchObject({ revision: 1, disabled: false, incarnation: 2 });
  });

  it('given a newer key epoch of the same revision, it replaces', async () => {
    await submit('bulk', at(3));
    await submit('bulk', at(3, { keyEpoch: 2 }));
    expect(store.get('d/pk/dn')).toMatchObject({ keyEpoch: 2 });
  });

  it('given a change within one batch, it names what stood before', async () => {
    await submit('bulk', at(1), at(2, { disabled: true }));
    expect(applied[0]?.changes[1]).toMatchObject({
      before: { revision: 1 },
      after: { revision: 2 },
    });
  });

  it('given a new life with another id, the old id points nowhere', async () => {
    await submit('bulk', at(1), goneAt(2), at(3, { deviceId: 'dv_new', generation: 2 }));
    expect(store.get('i/dv_dn')).toBeUndefined();
    expect(store.get('i/dv_new')).toBe('d/pk/dn');
  });

  it('given an id that another device has taken over, the end of the first life leaves it', async () => {
    await submit('bulk', at(1));
    await submit('bulk', device({ deviceKey: 'dn2', deviceId: 'dv_dn', revision: 1 }));
    await submit('fast', goneAt(2));
    expect(store.get('i/dv_dn')).toBe('d/pk/dn2');
  });

  it('given damage or an unknown record, it is passed over and its offset counts', async () => {
    const damaged = { ...deliver(null), value: Buffer.from('{') };
    await applier.submit({ lane: 'bulk', partition: 0, records: [damaged, deliver(at(1))] });
    expect(store.get('d/pk/dn')).toBeDefined();
    expect(store.checkpoint('bulk/0')).toMatchObject({ nextOffset: 2 });
  });
});

describe('a key without a life', () => {
  it('leaves a marker that an older record of the other lane cannot revive', async () => {
    await submit('fast', at(1), goneAt(3));
    await submit('bulk', at(2));
    expect(store.get('d/pk/dn')).toMatchObject({ kind: 'gone', revision: 3 });
  });

  it('as a tombstone of the bulk lane says the same', async () => {
    await submit('bulk', at(1));
    await applier.submit({ lane: 'bulk', partition: 0, records: [deliver(null, goneAt(2))] });
    expect(store.get('d/pk/dn')).toMatchObject({ kind: 'gone', revision: 2 });
  });

  it('loses its marker once both lanes have passed the position, not before', async () => {
    await submit('fast', at(1), goneAt(3));
    await tickAll('fast', 30);
    await tickAll('bulk', 29);
    await submit('bulk', product());
    expect(store.get('d/pk/dn')).toBeDefined();
    await tickAll('bulk', 30);
    await submit('bulk', product({ revision: 2 }));
    expect(store.get('d/pk/dn')).toBeUndefined();
    expect(store.get('m/0')).toBeUndefined();
  });

  it('keeps a new life when the marker of the old one is pruned', async () => {
    await submit('fast', goneAt(3));
    await submit('fast', at(4, { generation: 2 }));
    await tickAll('fast', 50);
    await tickAll('bulk', 50);
    await submit('bulk', product());
    expect(store.get('d/pk/dn')).toMatchObject({ kind: 'device', generation: 2 });
  });
});

describe('positions', () => {
  it('are the lowest tick over the partitions', async () => {
    await submit('fast', tick('fast', 7));
    expect(progress.fast.position).toBe(0);
    await tickAll('fast', 5);
    await submit('fast', tick('fast', 9));
    expect(progress.fast.position).toBe(5);
  });

  it('of an adopted store count once every partition tells of it, and a late tick of before changes nothing', async () => {
    const adopted = (upTo: number) => ({ ...tick('fast', upTo), incarnation: 2 });
    await tickAll('fast', 9);
    await submit('fast', adopted(5));
    expect([progress.fast.position, progress.fast.begun]).toEqual([0, false]);
    await applier.submit({ lane: 'fast', partition: 1, records: [deliver(adopted(5))] });
    await tickAll('fast', 20);
    expect([progress.fast.position, progress.fast.incarnation]).toEqual([5, 2]);
  });

  it('offsets stand beside the rows they belong to', async () => {
    await submit('bulk', at(1), at(2));
    expect(store.checkpoint('bulk/0')).toMatchObject({ nextOffset: 2 });
  });

  it('the lowest fast record is told', async () => {
    await submit('fast', at(4), at(2));
    expect(applied[0]?.lowestFast).toBe(20);
  });
});

describe('many batches at once', () => {
  it('are written in groups, the fast lane first, and all resolve', async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      submit('bulk', device({ deviceKey: `b${i}`, revision: 1 })),
    );
    await Promise.all([...many, submit('fast', at(9))]);
    expect(applied.length).toBeLessThan(5);
    expect(applied[1]?.changes[0]?.key).toBe('d/pk/dn');
    expect(store.get('d/pk/b29')).toBeDefined();
  });

  it('when the store fails, the batch is rejected and can be submitted again', async () => {
    const { apply } = store;
    store.apply = () => Promise.reject(new Error('disk full'));
    await expect(submit('bulk', at(1))).rejects.toThrow('disk full');
    store.apply = apply;
    await submit('bulk', at(1));
    expect(store.get('d/pk/dn')).toBeDefined();
  });
});
