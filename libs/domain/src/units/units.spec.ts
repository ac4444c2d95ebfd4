import { describe, expect, it } from 'vitest';
import type { DeviceCommand } from '../device/device.command.types.ts';
import { initialDevice } from '../device/device.fold.ts';
import {
  claimCommand,
  contextAt,
  given,
  loginCommand,
  registerCommand,
  T0,
  toLive,
  when,
} from '../device/device-history.builder.ts';
import type { LiveDevice } from '../device/device.types.ts';
import type { ReleaseReason } from './units.command.types.ts';

const ids = ['c1', 'c2', 'c3', 'c4', 'c5'];
const claims = (count: number) => ids.slice(0, count).map(claimCommand);
const login = (unit: string) => (device: LiveDevice) => loginCommand(device, unit);
const switchTo = (clientId: string): DeviceCommand => ({ type: 'SwitchUnit', clientId });
const purge = (clientId: string): DeviceCommand => ({ type: 'PurgeUnit', clientId });
const clear: DeviceCommand = { type: 'ClearUnits' };
const undo: DeviceCommand = { type: 'UndoUnits' };
const reopen: DeviceCommand = { type: 'ReopenName' };
const release = (clientId: string, reason: ReleaseReason): DeviceCommand => ({
  type: 'ReleaseUnit',
  generation: 1,
  clientId,
  reason,
});
const states = (state: ReturnType<typeof given>) =>
  Object.fromEntries(toLive(state).units.units.map((unit) => [unit.clientId, unit.state]));

describe('ClaimUnit', () => {
  it('given an unknown name, then the device is born without a secret and the unit is pending', () => {
    const { types, state } = when(claimCommand('c1'), initialDevice('default'));
    expect(types).toEqual(['DeviceRegistered', 'ClientIdClaimed']);
    expect(state).toMatchObject({
      deviceId: 'born-with-c1',
      generation: 1,
      secretOrigin: 'none',
      secrets: [],
      dynamicOpen: false,
      activatedAt: null,
      units: { units: [{ clientId: 'c1', tokenHash: 'hash-of-c1', state: 'pending' }] },
    });
  });

  it('given a registered name, then the unit joins that life', () => {
    const { types, state } = when(claimCommand('c1'), given(registerCommand));
    expect(types).toEqual(['ClientIdClaimed']);
    expect(toLive(state).deviceId).toBe('id-1');
  });

  it('given one unit, then the second tells of the conflict in the same decision, once per window', () => {
    const one = given(...claims(1));
    const { events, types, state } = when(claimCommand('c2'), one);
    expect(types).toEqual(['ClientIdClaimed', 'ClientIdConflict']);
    const seenAt = new Date(T0).toISOString();
    expect(events[1]?.data).toMatchObject({
      kind: 'claims',
      cause: 'second-unit',
      limit: 5,
      refused: 0,
      clientIds: ['c1', 'c2'].map((clientId) => ({
        clientId,
        firstSeenAt: seenAt,
        lastSeenAt: seenAt,
        gatewayId: 'gw1',
      })),
    });
    expect(when(claimCommand('c3'), state).types).toEqual(['ClientIdClaimed']);
    const later = when(claimCommand('c3'), state, contextAt(T0 + 3_600_000));
    expect(later.types).toEqual(['ClientIdClaimed', 'ClientIdConflict']);
  });

  it('given five, then the sixth is refused, with a conflict to record once per window', () => {
    const full = given(...claims(5));
    const { refusal } = when(claimCommand('c6'), full);
    expect(refusal).toMatchObject({
      code: 'client-slots-full',
      record: [
        {
          type: 'ClientIdConflict',
          data: {
            cause: 'slots-full',
            refused: 1,
            clientIds: ids.map((clientId) => ({ clientId })),
          },
        },
      ],
    });
    const recorded = refusal?.code === 'client-slots-full' ? refusal.record : [];
    const state = recorded.reduce(
      (_, event) => ({
        ...toLive(full),
        units: {
          ...toLive(full).units,
          conflictsAt: { ...toLive(full).units.conflictsAt, 'claims/slots-full': event.time },
        },
      }),
      toLive(full),
    );
    expect(when(claimCommand('c7'), state).refusal).toEqual({
      code: 'client-slots-full',
      record: [],
    });
  });

  it('counts against the policy when that is lower than five', () => {
    const told = when(claimCommand('c3'), given(...claims(2)), contextAt(T0, { maxUnits: 2 }));
    expect(told.refusal?.code).toBe('client-slots-full');
  });

  it.each([
    ['unknown', 'product-unknown', { tenant: 'other' }],
    ['closing', 'product-unknown', { closing: true }],
    ['not registration-free', 'dynamic-activation-off', { registrationFree: false }],
    ['switched off', 'dynamic-activation-off', { dynamicActivation: false }],
  ])('given a product that is %s, then it is refused: %s', (_, code, policy) => {
    const told = when(claimCommand('c1'), initialDevice('default'), contextAt(T0, policy));
    expect(told.refusal).toEqual({ code });
  });

  it('given a disabled device, then it is refused', () => {
    const disabled = given(registerCommand, { type: 'DisableDevice', reason: null });
    expect(when(claimCommand('c1'), disabled).refusal).toEqual({ code: 'device-disabled' });
  });

  it('given a ClientID that already has a slot, then it is refused: each claim makes a unit of its own', () => {
    expect(when(claimCommand('c1'), given(...claims(1))).refusal).toEqual({ code: 'unit-state' });
  });

  it('given a closed name, then it is refused even where a slot is free', () => {
    const closed = given(...claims(1), switchTo('c1'));
    expect(when(claimCommand('c2'), closed).refusal).toEqual({ code: 'name-closed' });
  });
});

describe('the first connwl', () => {
  it('makes the unit active and activates the device, once', () => {
    const { types, state } = when(login('c1')(toLive(given(...claims(1)))), given(...claims(1)));
    expect(types).toEqual(['ClientIdActivated', 'DeviceActivated']);
    expect(states(state)).toEqual({ c1: 'active' });
    expect(when(login('c1')(toLive(state)), state).events).toEqual([]);
  });

  it('of a further unit does not activate the device again', () => {
    const state = given(...claims(2), login('c1'));
    expect(when(login('c2')(toLive(state)), state).types).toEqual(['ClientIdActivated']);
  });

  it('after a reset activates a device again that has no secret, and leaves the window of one that has', () => {
    const reset: DeviceCommand = { type: 'ResetDevice' };
    const born = given(...claims(1), login('c1'), reset);
    expect(toLive(born).dynamicOpen).toBe(true);
    expect(when(login('c1')(toLive(born)), born).types).toEqual(['DeviceActivated']);
    const withSecret = given(registerCommand, ...claims(1), login('c1'), reset);
    expect(when(login('c1')(toLive(withSecret)), withSecret).types).toEqual([]);
  });

  it('says nothing of a unit that is forbidden or unknown', () => {
    const state = given(...claims(2), switchTo('c1'));
    expect(when(login('c2')(toLive(state)), state).events).toEqual([]);
    expect(when(login('c9')(toLive(state)), state).events).toEqual([]);
  });
});

describe('ReleaseUnit', () => {
  it.each(['connection-lost', 'refused'] as const)('frees a pending slot: %s', (reason) => {
    const { types, state } = when(release('c1', reason), given(...claims(1)));
    expect(types).toEqual(['ClientIdReleased']);
    expect(states(state)).toEqual({});
    expect(when(release('c1', reason), state)).toMatchObject({ events: [], refusal: null });
  });

  it('frees an expired slot only after the time for it', () => {
    const expire = (after: number) =>
      when(release('c1', 'expired'), given(...claims(1)), contextAt(T0 + after)).types;
    expect(expire(599_999)).toEqual([]);
    expect(expire(600_000)).toEqual(['ClientIdReleased']);
  });

  it('counts that time from the undo for a unit that was let back', () => {
    const cleared = given(...claims(1), clear);
    const restored = when(undo, cleared, contextAt(T0 + 500_000)).state;
    const expire = (after: number) =>
      when(release('c1', 'expired'), restored, contextAt(T0 + after)).types;
    expect(expire(1_099_999)).toEqual([]);
    expect(expire(1_100_000)).toEqual(['ClientIdReleased']);
  });

  it.each(['connection-lost', 'refused', 'expired', 'purged'] as const)(
    'leaves an active and a forbidden unit where they are: %s',
    (reason) => {
      const state = given(...claims(2), login('c1'), switchTo('c1'));
      const late = contextAt(T0 + 900_000);
      expect(when(release('c1', reason), state, late).events).toEqual([]);
      expect(when(release('c2', reason), state, late).events).toEqual([]);
    },
  );

  it('says nothing of another life', () => {
    const command = { ...release('c1', 'refused'), generation: 2 } as DeviceCommand;
    expect(when(command, given(...claims(1))).events).toEqual([]);
  });
});

describe('SwitchUnit', () => {
  it('keeps one, forbids the others with their slots, and closes the name', () => {
    const { events, state } = when(switchTo('c2'), given(...claims(3), login('c1')));
    expect(events[0]).toMatchObject({
      type: 'ClientIdRetained',
      data: { clientId: 'c2', forbidden: ['c1', 'c3'] },
    });
    expect(states(state)).toEqual({ c1: 'forbidden', c2: 'pending', c3: 'forbidden' });
    expect(toLive(state).units.open).toBe(false);
    expect(when(switchTo('c2'), state)).toMatchObject({ events: [], refusal: null });
  });

  it('is refused for an unknown unit, and for one that is forbidden or purging', () => {
    const state = given(...claims(3), switchTo('c1'), purge('c3'));
    expect(when(switchTo('c9'), state).refusal).toEqual({ code: 'unit-unknown' });
    expect(when(switchTo('c2'), state).refusal).toEqual({ code: 'unit-state' });
    expect(when(switchTo('c3'), state).refusal).toEqual({ code: 'unit-state' });
  });
});

describe('ClearUnits', () => {
  it('forbids all and closes the name, once', () => {
    const { types, state } = when(clear, given(...claims(2), login('c1')));
    expect(types).toEqual(['ClientIdsCleared']);
    expect(states(state)).toEqual({ c1: 'forbidden', c2: 'forbidden' });
    expect(when(clear, state)).toMatchObject({ events: [], refusal: null });
  });
});

describe('UndoUnits', () => {
  it('lets back what the last Switch forbade, as it was, and reopens the name', () => {
    const before = given(...claims(3), login('c1'));
    const switched = when(switchTo('c2'), before).state;
    const { events, state } = when(undo, switched);
    expect(events[0]).toMatchObject({
      type: 'ClientIdRestored',
      data: { clientIds: ['c1', 'c3'] },
    });
    expect(states(state)).toEqual(states(before));
    expect(toLive(state).units.open).toBe(true);
  });

  it('is refused when there is nothing to undo: never, or no longer', () => {
    expect(when(undo, given(...claims(1))).refusal).toEqual({ code: 'unit-state' });
    const undone = given(...claims(2), clear, undo);
    expect(when(undo, undone).refusal).toEqual({ code: 'unit-state' });
  });

  it('is refused once one of them was purged, also when its slot is free', () => {
    const purged = given(...claims(3), switchTo('c1'), purge('c2'));
    expect(when(undo, purged).refusal).toEqual({ code: 'unit-state' });
    const freed = when(release('c2', 'purged'), purged).state;
    expect(when(undo, freed).refusal).toEqual({ code: 'unit-state' });
  });

  it('is not touched by the purge of a unit that the Switch kept', () => {
    expect(when(undo, given(...claims(2), switchTo('c1'), purge('c1'))).refusal).toBeNull();
  });
});

describe('PurgeUnit', () => {
  it('takes a unit in any state, and its slot counts until it is released', () => {
    const full = given(...claims(5), login('c1'), login('c2'), switchTo('c1'), purge('c2'), reopen);
    expect(states(full)).toMatchObject({ c1: 'active', c2: 'purging', c3: 'forbidden' });
    expect(when(claimCommand('c6'), full).refusal?.code).toBe('client-slots-full');
    const { state } = when(release('c2', 'purged'), full);
    expect(when(claimCommand('c6'), state).types).toContain('ClientIdClaimed');
  });

  it('is quiet the second time, and refused for an unknown unit', () => {
    const state = given(...claims(1), purge('c1'));
    expect(when(purge('c1'), state)).toMatchObject({ events: [], refusal: null });
    expect(when(purge('c9'), state).refusal).toEqual({ code: 'unit-unknown' });
  });
});

describe('ReopenName', () => {
  it('opens a closed name, once; the forbidden stay forbidden', () => {
    const { types, state } = when(reopen, given(...claims(2), switchTo('c1')));
    expect(types).toEqual(['DeviceNameReopened']);
    expect(states(state)).toEqual({ c1: 'pending', c2: 'forbidden' });
    expect(when(reopen, state)).toMatchObject({ events: [], refusal: null });
  });

  it('after a second Switch and a purge makes room for exactly one new unit', () => {
    const state = given(
      ...claims(5),
      switchTo('c1'),
      undo,
      switchTo('c1'),
      purge('c5'),
      release('c5', 'purged'),
      reopen,
    );
    const one = when(claimCommand('c6'), state);
    expect(one.types).toContain('ClientIdClaimed');
    expect(when(claimCommand('c7'), one.state).refusal?.code).toBe('client-slots-full');
  });
});

describe('ReportConflict', () => {
  const clientIds = ['a', 'b'].map((clientId) => ({
    clientId,
    firstSeenAt: new Date(T0).toISOString(),
    lastSeenAt: new Date(T0).toISOString(),
    gatewayId: null,
  }));
  const report = {
    type: 'ReportConflict',
    generation: 1,
    kind: 'shared-secret',
    clientIds,
  } as const;

  it('records evidence once per window, and none of another life', () => {
    const { events, state } = when(report, given(registerCommand));
    expect(events[0]?.data).toMatchObject({ cause: 'evidence', kind: 'shared-secret', clientIds });
    expect(when(report, state)).toMatchObject({ events: [], refusal: null });
    expect(when(report, state, contextAt(T0 + 3_600_000)).types).toEqual(['ClientIdConflict']);
    expect(when({ ...report, generation: 2 }, given(registerCommand)).events).toEqual([]);
  });
});
