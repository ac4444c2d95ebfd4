import { createInMemoryEventStore } from '@tallystick/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { initialDevice } from '@tallystick/domain';
import type { StoredEvent } from '@tallystick/ports';
import { IdentityLog } from '../specs/identity-log.builder.ts';
import { foldDeviceRow } from './devices.view.ts';
import { groupByStream } from './fold-streams.ts';

const STREAM = 'device/default/p1/d1';
const EMPTY = { state: initialDevice('default'), revision: 0 };

describe('a row folded from its stream', () => {
  let log: IdentityLog;
  let events: () => Promise<readonly StoredEvent[]>;

  beforeEach(() => {
    const store = createInMemoryEventStore();
    log = new IdentityLog(store);
    events = () => store.readStream(STREAM);
  });

  it('has the revision of the last event', async () => {
    await log.device('d1');
    await log.on('d1', 'DeviceDisabled', { reason: 'stolen' });
    const row = foldDeviceRow(EMPTY, await events());
    expect(row).toMatchObject({ revision: 2, state: { status: 'live', disabled: true } });
  });

  it('has the revision of the last change, whoever has looked since', async () => {
    await log.device('d1');
    await log.on('d1', 'SecretRead', { secretVersions: [1] });
    const read = foldDeviceRow(EMPTY, await events());
    expect(read.revision).toBe(1);
    await log.on('d1', 'DeviceDisabled', { reason: null });
    const row = foldDeviceRow(read, await events());
    expect(row).toMatchObject({ revision: 3, state: { disabled: true } });
  });

  it('is the same when an event is seen twice', async () => {
    await log.device('d1');
    await log.on('d1', 'DeviceDisabled', { reason: null });
    const once = foldDeviceRow(EMPTY, await events());
    expect(foldDeviceRow(once, await events())).toEqual(once);
  });

  it('counts the revision of an event that this release does not know', async () => {
    await log.device('d1');
    await log.append(STREAM, 'DeviceTeleported', { to: 'the moon' });
    const row = foldDeviceRow(EMPTY, await events());
    expect(row).toMatchObject({ revision: 2, state: { status: 'live' } });
  });

  it('is absent after the life has ended, and live in the next', async () => {
    await log.device('d1');
    await log.on('d1', 'DeviceDeleted', {});
    expect(foldDeviceRow(EMPTY, await events()).state.status).toBe('absent');
    await log.device('d1', {}, { generation: 2, deviceId: 'other' });
    expect(foldDeviceRow(EMPTY, await events()).state).toMatchObject({
      generation: 2,
      deviceId: 'other',
    });
  });

  it('is told apart from other streams of the batch', async () => {
    await log.device('d1');
    const [event] = await events();
    if (event === undefined) throw new Error('no event');
    const other = { ...event, stream: 'device-id/d1' };
    expect([...groupByStream([event, other], 'device/').keys()]).toEqual([STREAM]);
  });
});
