import { initialSessions, type DeviceSessions, type LiveSession } from '@tallystick/domain';
import { expect, it } from 'vitest';
import { describe } from '../tracker-world.builder.ts';
import { PartitionState } from './partition-state.ts';

const live = (key: string, given: Partial<LiveSession> = {}): LiveSession => ({
  facts: describe(key, `${key}-s`),
  epoch: 1,
  gatewayId: 'g',
  incarnation: 'g-1',
  term: 1,
  supersededAt: null,
  left: null,
  ...given,
});

const device = (given: Partial<DeviceSessions>): DeviceSessions => ({
  ...initialSessions,
  epoch: 7,
  generation: 2,
  ...given,
});

const ended = [
  {
    sessionId: 's',
    unit: null,
    epoch: 7,
    gatewayId: 'g',
    incarnation: 'g-1',
    openedAt: 1,
    reason: 'client' as const,
  },
];

it('counts devices and sessions, and finds them by gateway', () => {
  const state = new PartitionState();
  state.put('d1', device({ live: [live('d1'), live('d1', { gatewayId: 'h', term: 3 })] }));
  state.put('d2', device({ live: [live('d2', { term: 2 })] }));
  expect([state.onlineDevices, state.sessions]).toEqual([2, 3]);
  expect(state.devicesAt('g')).toEqual(['d1', 'd2']);
  expect(state.gateways()).toEqual([
    { gatewayId: 'g', incarnation: 'g-1', term: 2 },
    { gatewayId: 'h', incarnation: 'g-1', term: 3 },
  ]);
  state.put('d1', device({ live: [] }));
  expect([state.onlineDevices, state.sessions]).toEqual([1, 1]);
  expect(state.devicesAt('g')).toEqual(['d2']);
  expect(state.devicesAt('h')).toEqual([]);
});

it('knows the sessions whose successor is awaited', () => {
  const state = new PartitionState();
  state.put('d1', device({ live: [live('d1', { supersededAt: 5 })] }));
  expect(state.superseded()).toEqual(['d1']);
  expect(state.awaiting()).toEqual(['d1-s']);
  state.put('d1', device({ live: [live('d1')] }));
  expect(state.superseded()).toEqual([]);
});

it('knows the devices that may have left', () => {
  const state = new PartitionState();
  state.put('d1', device({ live: [live('d1', { left: { reason: 'client', at: 5 } })] }));
  expect(state.leaving()).toEqual(['d1']);
  state.put('d1', device({ live: [] }));
  expect(state.leaving()).toEqual([]);
});

it('never forgets an epoch, and of the longest quiet devices nothing else is kept', () => {
  const state = new PartitionState();
  const quiet = 20_001;
  for (let n = 0; n < quiet; n += 1) state.put(`d${n}`, device({ ended, epoch: n }));
  expect(state.device('d0')).toEqual({
    ...initialSessions,
    epoch: 0,
    generation: 2,
    forgotten: [{ incarnation: null, openedAt: 1 }],
  });
  expect(state.device('d1')).toMatchObject({ epoch: 1, ended });
  state.put('d0', device({ live: [live('d0')], epoch: 1 }));
  expect(state.device('d0')).toMatchObject({ epoch: 1, generation: 2, live: [{ epoch: 1 }] });
});

it('of a generation beyond counting all is kept', () => {
  const state = new PartitionState();
  state.put('old', device({ generation: 5_000, ended }));
  for (let n = 0; n < 20_000; n += 1) state.put(`d${n}`, device({}));
  expect(state.device('old')).toMatchObject({ epoch: 7, generation: 5_000 });
});
