import { describe, expect, it } from 'vitest';
import type { DeviceCommand } from './device.command.types.ts';
import { initialDevice } from './device.fold.ts';
import {
  contextAt,
  given,
  loginCommand,
  registerCommand,
  T0,
  toLive,
  when,
} from './device-history.builder.ts';

const nobody = initialDevice('default');
const registered = given(registerCommand);
const active = given(registerCommand, (device) => loginCommand(device, null));
const name = { deviceId: 'id-1', productKey: 'pk', deviceKey: 'dk', generation: 1 };
const disable: DeviceCommand = { type: 'DisableDevice', reason: 'stolen' };
const resetSecret = (secretId: string, overlapSeconds: number): DeviceCommand => ({
  type: 'ResetDeviceSecret',
  secret: { secretOrigin: 'given', secretId },
  overlapSeconds,
});

describe('RegisterDevice', () => {
  it('given a free key, then a first life begins inactive with secret version 1', () => {
    const { events, state } = when(registerCommand, nobody);
    expect(events).toEqual([
      {
        type: 'DeviceRegistered',
        time: T0,
        data: {
          ...name,
          origin: 'api',
          secretOrigin: 'allocated',
          secretVersion: 1,
          secretId: 's1',
          registrationTimeoutSeconds: null,
          name: null,
          tags: {},
        },
      },
    ]);
    expect(state).toMatchObject({
      status: 'live',
      tenant: 'default',
      activatedAt: null,
      dynamicOpen: true,
      disabled: false,
      secrets: [{ version: 1, secretId: 's1', expiresAt: null }],
    });
  });

  it('given a living key, then it is refused: registered once', () => {
    expect(when(registerCommand, registered).refusal).toEqual({ code: 'device-key-taken' });
  });

  it.each([
    ['that is closing', { closing: true }],
    ['of another tenant', { tenant: 'other' }],
    ['that is not the one meant', { productKey: 'other' }],
  ])('given a product %s, then it is refused as unknown', (_, policy) => {
    expect(when(registerCommand, nobody, contextAt(T0, policy)).refusal).toEqual({
      code: 'product-unknown',
    });
  });

  it('given a deleted key, then a new life has the next generation and nothing of the old one', () => {
    const deleted = given(
      registerCommand,
      (device) => loginCommand(device, null),
      resetSecret('s2', 60),
      disable,
      { type: 'DeleteDevice' },
    );
    expect(deleted).toEqual({ status: 'absent', tenant: 'default', generation: 1 });
    expect(when({ ...registerCommand, deviceId: 'id-2' }, deleted).state).toMatchObject({
      generation: 2,
      deviceId: 'id-2',
      activatedAt: null,
      disabled: false,
      secrets: [{ version: 1 }],
    });
  });
});

describe('ActivateDevice', () => {
  it('given an inactive device, then the first login activates it and closes dynamic activation', () => {
    const { events, state } = when(loginCommand(toLive(registered), null), registered);
    expect(events).toEqual([
      {
        type: 'DeviceActivated',
        time: T0,
        data: {
          ...name,
          method: 'static',
          dialect: 'alibaba',
          clientId: 'wire-id',
          gatewayId: 'gw1',
        },
      },
    ]);
    expect(state).toMatchObject({ activatedAt: T0, dynamicOpen: false });
  });

  it('is quiet when the device is active already', () => {
    expect(when(loginCommand(toLive(active), null), active)).toMatchObject({
      events: [],
      refusal: null,
    });
  });

  it.each([
    ['of another life', { generation: 2 }],
    ['of another device id', { deviceId: 'id-9' }],
  ])('is quiet when the signal is %s', (_, other) => {
    const told = when({ ...loginCommand(toLive(registered), null), ...other }, registered);
    expect(told).toMatchObject({ events: [], refusal: null });
  });

  it('is quiet when the life is over', () => {
    expect(when(loginCommand(toLive(active), null), nobody)).toMatchObject({
      events: [],
      refusal: null,
    });
  });

  it('given a reset, then a login after it activates again, one from before it does not', () => {
    const reset = when({ type: 'ResetDevice' }, active, contextAt(T0 + 1_000)).state;
    const login = (at: number) => when(loginCommand(toLive(reset), null, at), reset);
    expect(login(T0 + 999).types).toEqual([]);
    expect(login(T0 + 1_000).types).toEqual(['DeviceActivated']);
    expect(login(T0 + 1_000).state).toMatchObject({ activatedAt: T0, dynamicOpen: false });
  });
});

describe('ActivateDevice told of after a reset that came between', () => {
  const reset = when({ type: 'ResetDevice' }, registered, contextAt(T0 + 1_000)).state;
  const login = (at: number) => when(loginCommand(toLive(reset), null, at), reset);

  it('given the first login was before it, then the device is active, and open', () => {
    const { events, state } = login(T0 + 999);
    expect(events).toMatchObject([{ type: 'DeviceActivated', data: { beforeReset: true } }]);
    expect(state).toMatchObject({ activatedAt: T0, dynamicOpen: true });
    expect(when(loginCommand(toLive(state), null, T0 + 999), state).events).toEqual([]);
    const next = when(loginCommand(toLive(state), null, T0 + 1_001), state);
    expect(next.state).toMatchObject({ dynamicOpen: false });
    expect(next.events[0]?.data).not.toHaveProperty('beforeReset');
  });

  it('given the first login was after it, then it is closed', () => {
    expect(login(T0 + 1_000).state).toMatchObject({ activatedAt: T0, dynamicOpen: false });
  });
});

describe('DisableDevice and EnableDevice', () => {
  it('disables once, with the reason', () => {
    const { types, state } = when(disable, active);
    expect(types).toEqual(['DeviceDisabled']);
    expect(state).toMatchObject({ disabled: true, disabledReason: 'stolen' });
    expect(when({ ...disable, reason: 'again' }, state)).toMatchObject({
      events: [],
      refusal: null,
    });
  });

  it('enables once, and the device is what it was', () => {
    const { types, state } = when({ type: 'EnableDevice' }, given(registerCommand, disable));
    expect(types).toEqual(['DeviceEnabled']);
    expect(state).toEqual(registered);
    expect(when({ type: 'EnableDevice' }, state).events).toEqual([]);
  });
});

describe('ResetDevice', () => {
  it('reopens dynamic activation, keeps secret and lifecycle', () => {
    const { types, state } = when({ type: 'ResetDevice' }, active);
    expect(types).toEqual(['DeviceReset']);
    expect(state).toEqual({ ...active, dynamicOpen: true, resetSinceSecret: true, resetAt: T0 });
  });

  it('is said again while dynamic activation is open: a session may have begun meanwhile', () => {
    const { state } = when({ type: 'ResetDevice' }, active);
    const again = when({ type: 'ResetDevice' }, state, contextAt(T0 + 1_000));
    expect(again.types).toEqual(['DeviceReset']);
    expect(again.state).toMatchObject({ dynamicOpen: true, resetAt: T0 + 1_000 });
  });
});

describe('ResetDeviceSecret', () => {
  it('without an overlap ends the older version at once', () => {
    const { events, state } = when(resetSecret('s2', 0), active);
    expect(events[0]?.data).toMatchObject({ secretVersion: 2, previousExpiresAt: null });
    expect(toLive(state).secrets).toEqual([{ version: 2, secretId: 's2', expiresAt: null }]);
  });

  it('with an overlap keeps every older version as long as it was promised, and no longer', () => {
    const second = when(resetSecret('s2', 60), active).state;
    const third = when(resetSecret('s3', 600), second, contextAt(T0 + 1_000)).state;
    expect(toLive(third).secrets).toEqual([
      { version: 3, secretId: 's3', expiresAt: null },
      { version: 2, secretId: 's2', expiresAt: T0 + 601_000 },
      { version: 1, secretId: 's1', expiresAt: T0 + 60_000 },
    ]);
    const fourth = when(resetSecret('s4', 600), third, contextAt(T0 + 60_000)).state;
    expect(toLive(fourth).secrets.map(({ version }) => version)).toEqual([4, 3, 2]);
  });
});

describe('ChangeDeviceDetails', () => {
  it('tells only what changed', () => {
    const command: DeviceCommand = { type: 'ChangeDeviceDetails', name: 'Pump', tags: {} };
    const { events, state } = when(command, registered);
    expect(events.map(({ data }) => data)).toEqual([{ ...name, name: 'Pump' }]);
    expect(when(command, state)).toMatchObject({ events: [], refusal: null });
  });

  it('replaces all tags, and clears a name with null', () => {
    const named = given(registerCommand, {
      type: 'ChangeDeviceDetails',
      name: 'Pump',
      tags: { site: 'a', row: '1' },
    });
    const command: DeviceCommand = {
      type: 'ChangeDeviceDetails',
      name: null,
      tags: { site: 'b' },
      registrationTimeoutSeconds: 60,
    };
    expect(when(command, named).state).toMatchObject({
      name: null,
      tags: { site: 'b' },
      registrationTimeoutSeconds: 60,
    });
  });
});

describe('ExpireRegistration', () => {
  const inTime = given({ ...registerCommand, registrationTimeoutSeconds: 60 });
  const expire: DeviceCommand = { type: 'ExpireRegistration', generation: 1 };
  const due = contextAt(T0 + 60_000);
  const quiet = { events: [], refusal: null };

  it('given nobody activated the device in its time, then its life is over as by a deletion', () => {
    const { events, state } = when(expire, inTime, due);
    expect(events).toEqual([
      {
        type: 'RegistrationExpired',
        time: T0 + 60_000,
        data: { ...name, registeredAt: '2030-01-01T00:00:00.000Z', registrationTimeoutSeconds: 60 },
      },
    ]);
    expect(state).toEqual(when({ type: 'DeleteDevice' }, inTime).state);
    expect(when(registerCommand, state).state).toMatchObject({ generation: 2, activatedAt: null });
  });

  it('is quiet before the time has passed', () => {
    expect(when(expire, inTime, contextAt(T0 + 59_999))).toMatchObject(quiet);
  });

  it.each([null, 0])('is quiet where the timeout is %s: never', (timeout) => {
    const patient = given({ ...registerCommand, registrationTimeoutSeconds: timeout });
    expect(when(expire, patient, contextAt(T0 + 1e12))).toMatchObject(quiet);
  });

  it('is quiet once the device was activated, also after a reset', () => {
    const loggedIn = when(loginCommand(toLive(inTime), null), inTime).state;
    expect(when(expire, loggedIn, due)).toMatchObject(quiet);
    expect(when(expire, when({ type: 'ResetDevice' }, loggedIn).state, due)).toMatchObject(quiet);
  });

  it('is quiet while the device is disabled, and no longer when it is enabled', () => {
    const disabled = when(disable, inTime).state;
    expect(when(expire, disabled, due)).toMatchObject(quiet);
    const enabled = when({ type: 'EnableDevice' }, disabled).state;
    expect(when(expire, enabled, due).types).toEqual(['RegistrationExpired']);
  });

  it('is quiet for another life, and where there is none', () => {
    expect(when({ ...expire, generation: 2 }, inTime, due)).toMatchObject(quiet);
    expect(when(expire, nobody, due)).toMatchObject(quiet);
    expect(when(expire, when(expire, inTime, due).state, due)).toMatchObject(quiet);
  });

  it('given a timeout that was set later, then it counts from the registration', () => {
    const patch: DeviceCommand = { type: 'ChangeDeviceDetails', registrationTimeoutSeconds: 10 };
    const patched = when(patch, registered, contextAt(T0 + 9_000)).state;
    expect(when(expire, patched, contextAt(T0 + 9_999))).toMatchObject(quiet);
    expect(when(expire, patched, contextAt(T0 + 10_000)).types).toEqual(['RegistrationExpired']);
  });
});

describe('ReadSecret', () => {
  it('leaves a trace each time, of the versions that still hold', () => {
    const two = given(registerCommand, resetSecret('s2', 60));
    const read = (at: number) => when({ type: 'ReadSecret' }, two, contextAt(at)).events[0]?.data;
    expect(read(T0)).toEqual({ ...name, secretVersions: [2, 1] });
    expect(read(T0 + 60_000)).toEqual({ ...name, secretVersions: [2] });
  });
});

describe('a key without a life', () => {
  it.each([
    disable,
    { type: 'EnableDevice' },
    { type: 'ResetDevice' },
    resetSecret('s2', 0),
    { type: 'ChangeDeviceDetails', name: 'x' },
    { type: 'DeleteDevice' },
    { type: 'ReadSecret' },
    { type: 'SwitchUnit', clientId: 'c1' },
    { type: 'ClearUnits' },
    { type: 'UndoUnits' },
    { type: 'ReopenName' },
    { type: 'PurgeUnit', clientId: 'c1' },
  ] satisfies DeviceCommand[])('refuses $type as device-unknown', (command) => {
    expect(when(command, nobody).refusal).toEqual({ code: 'device-unknown' });
  });
});
