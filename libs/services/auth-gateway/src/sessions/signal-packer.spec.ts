import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SessionDescription, SessionSignal } from '@tallystick/contracts';
import { SignalPacker } from './signal-packer.ts';

const session: SessionDescription = {
  ...{ sessionId: 's', tenant: 'default', productKey: 'pk', deviceKey: 'dn', deviceId: 'dv_dn' },
  ...{ generation: 1, unit: null, clientId: 'c', transport: 'tcp', dialect: 'enos' },
  ...{ remoteAddress: '1.1.1.1:1', openedAt: 1, secretVersion: 1 },
};
const opened: SessionSignal = { type: 'opened', session };
const activated: SessionSignal = { type: 'activated', session, method: 'static', at: 1 };

let said: (readonly string[])[];
let packer: SignalPacker;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  packer = new SignalPacker({
    ...{ gatewayId: 'gw', incarnation: 'i', partitions: 1, term: 1 },
    send: (batches) =>
      void said.push(...batches.map(({ batch }) => batch.signals.map(({ type }) => type))),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it('packs what is said within 20 ms', () => {
  packer.add(opened);
  vi.advanceTimersByTime(19);
  packer.add(opened);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual([['opened', 'opened']]);
});

it('tells of a first login at once, with all that waits', () => {
  packer.add(opened);
  vi.advanceTimersByTime(5);
  packer.add(activated);
  vi.advanceTimersByTime(2);
  packer.add(opened);
  vi.advanceTimersByTime(1);
  expect(said).toEqual([['opened', 'activated', 'opened']]);
  packer.add(opened);
  vi.advanceTimersByTime(19);
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(said).toHaveLength(2);
});
