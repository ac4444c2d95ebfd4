import { encodeJson, type CredentialRecord, type Lane } from '@tallystick/contracts';
import { PortError, type JsonValue } from '@tallystick/kernel';
import type { DeliveredRecord, ViewStore, ViewWrite } from '@tallystick/ports';
import { createFixedClock, createInMemoryViewStore } from '@tallystick/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { device } from '../fixtures/credentials.ts';
import type { Applied } from './group-fold.ts';
import { LaneProgress, UNREAD } from './lane-progress.ts';
import { ViewApplier } from './view-applier.ts';

/**
 * A disk that refuses writes while it is `full`; what it refused may show all the same (`torn`): a
 * flush that failed.
 */
function failingStore() {
  const inner = createInMemoryViewStore();
  const disk = { full: false, torn: false };
  const store: ViewStore = {
    ...inner,
    async apply(writes: readonly ViewWrite[], marks: Readonly<Record<string, JsonValue>>) {
      if (!disk.full || disk.torn) await inner.apply(writes, marks);
      if (disk.full) throw new PortError('unavailable', 'no space left on device');
    },
  };
  return { store, disk };
}

let disk: { full: boolean; torn: boolean };
let store: ViewStore;
let progress: Record<Lane, LaneProgress>;
let applied: Applied[];
const cutting = { fails: false };
let applier: ViewApplier;

function open(): void {
  const marks = (lane: Lane) => [store.checkpoint(`${lane}/0`), store.checkpoint(`${lane}/1`)];
  const load = (lane: Lane): LaneProgress =>
    new LaneProgress(marks(lane).map((mark) => (mark as typeof UNREAD | undefined) ?? UNREAD));
  progress = { fast: load('fast'), bulk: load('bulk') };
  const onApplied = ({ changes, lowestFast }: Applied): void =>
    void applied.push({ changes: [...changes], lowestFast });
  const onStored = (): void => {
    if (cutting.fails) throw new Error('a session could not be cut');
  };
  applier = new ViewApplier({ store, progress, clock: createFixedClock(), onStored, onApplied });
}

beforeEach(() => {
  ({ store, disk } = failingStore());
  applied = [];
  cutting.fails = false;
  open();
});

const record = (offset: number, value: CredentialRecord): DeliveredRecord => ({
  ...{ topic: 't', partition: 0, offset, timestampMs: 0, key: 'k', headers: {} },
  value: encodeJson(value),
});
const submit = (partition: number, ...records: DeliveredRecord[]): Promise<void> =>
  applier.submit({ lane: 'fast', partition, records });
const tick = (upTo: number): CredentialRecord => ({
  kind: 'tick',
  lane: 'fast',
  upTo,
  upToTime: 1,
});
const allowed = record(0, device({ revision: 1, position: 10 }));
const revoked = record(1, device({ revision: 2, position: 20, disabled: true }));
const upTo20 = record(2, tick(20));

/** Both partitions stand at position 10; then the disk is full, and the revocation comes. */
async function revokedOnFullDisk(torn = false): Promise<void> {
  await submit(0, allowed, record(1, tick(10)));
  await submit(1, record(0, tick(20)));
  Object.assign(disk, { full: true, torn });
  await expect(submit(0, revoked, upTo20)).rejects.toMatchObject({ code: 'unavailable' });
}

describe('a view whose write fails', () => {
  it('reports no position that the store has not taken', async () => {
    await revokedOnFullDisk();
    expect(progress.fast.position).toBe(10);
    expect(applied.every(({ changes }) => changes.every(({ after }) => after.position <= 10))).toBe(
      true,
    );
  });

  it('given idle ticks of other partitions meanwhile, they move nothing before the write is made good', async () => {
    await revokedOnFullDisk();
    await expect(submit(1, record(1, tick(30)))).rejects.toMatchObject({ code: 'unavailable' });
    expect(progress.fast.mark(1)).toMatchObject({ upTo: 20 });
  });

  it('given an orderly stop with room again, the next start reads the revocation anew', async () => {
    await revokedOnFullDisk();
    disk.full = false;
    await applier.flush();
    expect(store.get('d/pk/dn')).toMatchObject({ revision: 1 });
    open();
    expect(progress.fast.position).toBe(10);
    expect(progress.fast.mark(0).nextOffset).toBeLessThanOrEqual(revoked.offset + 1);
    await submit(0, revoked, upTo20);
    expect(store.get('d/pk/dn')).toMatchObject({ disabled: true });
    expect(progress.fast.position).toBe(20);
  });

  it('given the same batch again once there is room, it is applied in the same process', async () => {
    await revokedOnFullDisk();
    disk.full = false;
    await submit(0, revoked, upTo20);
    expect(store.get('d/pk/dn')).toMatchObject({ disabled: true });
    expect(progress.fast.position).toBe(20);
    expect(applied.at(-1)?.changes.map(({ after }) => after.position)).toEqual([20]);
  });

  it('given a write that shows though it failed, its change is acted on once it is safe', async () => {
    await revokedOnFullDisk(true);
    expect(store.get('d/pk/dn')).toMatchObject({ disabled: true });
    disk.full = false;
    await submit(0, revoked, upTo20);
    expect(applied.at(-1)?.changes).toMatchObject([{ after: { revision: 2 } }]);
  });

  it('given what is stored cannot be acted on, its position does not count before it can', async () => {
    await submit(0, allowed, record(1, tick(10)));
    await submit(1, record(0, tick(20)));
    cutting.fails = true;
    await expect(submit(0, revoked, upTo20)).rejects.toThrow('could not be cut');
    expect(progress.fast.position).toBe(10);
    cutting.fails = false;
    await submit(0, revoked, upTo20);
    expect(progress.fast.position).toBe(20);
    expect(applied.at(-1)?.changes).toMatchObject([{ after: { revision: 2 } }]);
  });
});
