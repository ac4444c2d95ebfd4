import { describe, expect, it } from 'vitest';
import { initialDevice } from './device.fold.ts';
import type { DeviceCommand } from './device.command.types.ts';
import type { DeviceState } from './device.types.ts';
import {
  claimCommand,
  contextAt,
  deliverCommand,
  given,
  loginCommand,
  registerCommand,
  T0,
  toLive,
  when,
} from './device-history.builder.ts';

const nobody = initialDevice('default');
const registered = given(registerCommand);
const delivered = given(registerCommand, deliverCommand);
const active = given(registerCommand, (device) => loginCommand(device, null));
const name = { deviceId: 'id-1', productKey: 'pk', deviceKey: 'dk', generation: 1 };
const reset: DeviceCommand = { type: 'ResetDevice' };
const rotates = contextAt(T0, { registerRotatesSecret: true });
const forgets = contextAt(T0, { resetKeepsSecret: false });

const newSecret = (secretVersion: number) => [
  {
    type: 'DeviceSecretReset',
    time: T0,
    data: {
      ...{ ...name, secretVersion, secretId: 'fresh' },
      ...{ secretOrigin: 'allocated', previousExpiresAt: null },
    },
  },
  {
    type: 'SecretRead',
    time: T0,
    data: { ...name, secretVersions: [secretVersion], method: 'dynamic' },
  },
];
const methodAfter = (state: DeviceState, change = {}) =>
  when({ ...loginCommand(toLive(state), null), ...change }, state).events[0]?.data;

describe('DeliverSecret', () => {
  it('given an inactive device, then its secret is given, and that is remembered', () => {
    const { events, state } = when(deliverCommand, registered);
    expect(events).toEqual([
      { type: 'SecretRead', time: T0, data: { ...name, secretVersions: [1], method: 'dynamic' } },
    ]);
    expect(state).toMatchObject({ deliveredVersion: 1, dynamicOpen: true, activatedAt: null });
  });

  it('is quiet when the same secret is asked for again', () => {
    expect(when(deliverCommand, delivered)).toMatchObject({ events: [], refusal: null });
  });

  it('given the secret was reset meanwhile, then the new one is remembered', () => {
    const secret = { secretOrigin: 'given', secretId: 's2' } as const;
    const again = given(registerCommand, deliverCommand, {
      ...{ type: 'ResetDeviceSecret', secret, overlapSeconds: 0 },
    });
    expect(when(deliverCommand, again).state).toMatchObject({ deliveredVersion: 2 });
  });

  it('given a device that was reset, then the same secret is given again', () => {
    const state = given(registerCommand, (device) => loginCommand(device, null), reset);
    expect(when(deliverCommand, state).types).toEqual(['SecretRead']);
  });

  it.each([
    ['an unknown name', 'device-unknown', nobody, {}],
    ['another id under the name', 'device-unknown', registered, { deviceId: 'id-9' }],
    ['an active device', 'already-activated', active, {}],
    ['a name without a secret', 'already-activated', given(claimCommand('c1')), {}],
    [
      'a disabled device',
      'device-disabled',
      given(registerCommand, { type: 'DisableDevice', reason: null }),
      {},
    ],
  ] as const)('given %s, then it is refused with %s', (_, code, state, change) => {
    expect(when({ ...deliverCommand, ...change }, state)).toMatchObject({
      events: [],
      refusal: { code },
    });
  });

  it('given a name without a secret that was reset, then there is still nothing to fetch', () => {
    const state = given(claimCommand('c1'), reset);
    expect(when(deliverCommand, state).refusal).toEqual({ code: 'already-activated' });
  });

  it.each([
    ['whose switch is off', 'dynamic-activation-off', { dynamicActivation: false }],
    ['of another tenant', 'product-unknown', { tenant: 'other' }],
    ['that is not the one meant', 'product-unknown', { productKey: 'other' }],
  ])('given a product %s, then it is refused with %s', (_, code, policy) => {
    expect(when(deliverCommand, registered, contextAt(T0, policy)).refusal).toEqual({ code });
  });
});

describe('DeliverSecret where each activation gives a new secret', () => {
  it('gives the next version each time, and the newest alone holds', () => {
    const first = when(deliverCommand, registered, rotates);
    expect(first.events).toEqual(newSecret(2));
    const second = when(deliverCommand, first.state, rotates);
    expect(second.events).toEqual(newSecret(3));
    expect(second.state).toMatchObject({ deliveredVersion: 3, secrets: [{ version: 3 }] });
    expect(toLive(second.state).secrets).toHaveLength(1);
  });

  it('is refused once the device has logged in', () => {
    expect(when(deliverCommand, active, rotates).refusal).toEqual({ code: 'already-activated' });
  });
});

describe('a login whose secret was replaced before its activation', () => {
  const login = (secretVersion: number) => ({
    ...loginCommand(toLive(registered), null),
    secretVersion,
  });

  it('given the device was told the next one, then it may still fetch, and that one activates', () => {
    const { state } = when(
      deliverCommand,
      when(deliverCommand, registered, rotates).state,
      rotates,
    );
    expect(when(login(2), state).events).toEqual([]);
    expect(when(deliverCommand, when(login(2), state).state, rotates).refusal).toBeNull();
    expect(when(login(3), state).types).toEqual(['DeviceActivated']);
  });

  it.each([
    ['before an operator gave another one', 0, T0 - 1, ['DeviceActivated']],
    ['after an operator gave another one', 0, T0, []],
    ['while both hold', 60, T0 + 1, ['DeviceActivated']],
  ] as const)('given it was %s', (_, overlapSeconds, at, types) => {
    const secret = { secretOrigin: 'given', secretId: 's2' } as const;
    const state = given(registerCommand, deliverCommand, {
      ...{ type: 'ResetDeviceSecret', secret, overlapSeconds },
    });
    const told = when({ ...login(1), at }, state);
    expect(told.types).toEqual(types);
    const isOpen = types.length === 0;
    expect(when(deliverCommand, told.state).refusal === null).toBe(isOpen);
  });
});

describe('DeliverSecret where a reset takes the secret', () => {
  it('gives a new secret at the first time after the reset, and then the same one', () => {
    const state = given(registerCommand, (device) => loginCommand(device, null), reset);
    const first = when(deliverCommand, state, forgets);
    expect(first.events).toEqual(newSecret(2));
    expect(when(deliverCommand, first.state, forgets).events).toEqual([]);
    const again = when(reset, first.state).state;
    expect(when(deliverCommand, again, forgets).events).toEqual(newSecret(3));
  });

  it('gives the one that stands where nobody reset the device', () => {
    expect(when(deliverCommand, registered, forgets).types).toEqual(['SecretRead']);
  });

  it('gives the one that an operator made after the reset', () => {
    const secret = { secretOrigin: 'given', secretId: 's2' } as const;
    const state = given(registerCommand, reset, {
      ...{ type: 'ResetDeviceSecret', secret, overlapSeconds: 0 },
    });
    expect(when(deliverCommand, state, forgets).types).toEqual(['SecretRead']);
  });
});

describe('DeliverSecret to an unknown name', () => {
  const born = { ...deliverCommand, bornAs: 'pk_dk', deviceId: 'pk_dk' };

  it('given the product is registration-free, then a life begins with an allocated secret', () => {
    const { events, state } = when(born, nobody);
    expect(events).toMatchObject([
      {
        type: 'DeviceRegistered',
        data: {
          ...{ deviceId: 'pk_dk', generation: 1, origin: 'claim', secretOrigin: 'allocated' },
          ...{ secretVersion: 1, secretId: 'fresh' },
        },
      },
      { type: 'SecretRead', data: { deviceId: 'pk_dk', secretVersions: [1], method: 'dynamic' } },
    ]);
    expect(state).toMatchObject({ generation: 1, dynamicOpen: true, deliveredVersion: 1 });
    expect(when(born, state)).toMatchObject({ events: [], refusal: null });
  });

  it('given each activation gives a new secret, then the first is version 1', () => {
    expect(when(born, nobody, rotates).types).toEqual(['DeviceRegistered', 'SecretRead']);
  });

  it.each([
    ['is not registration-free', { registrationFree: false }],
    ['is closing', { closing: true }],
  ])('given the product %s, then it stays unknown', (_, policy) => {
    expect(when(born, nobody, contextAt(T0, policy)).refusal).toEqual({ code: 'device-unknown' });
  });
});

describe('the method of an activation', () => {
  it.each([
    ['was issued by its registration', registered, {}, 'static'],
    ['was given by dynamic activation', delivered, {}, 'dynamic'],
    [
      'was given, by a gateway that does not say which',
      delivered,
      { secretVersion: null },
      'dynamic',
    ],
    ['is an older one than was given', delivered, { secretVersion: 9 }, 'static'],
    ['is confirmed on the session that fetched it', registered, { method: 'dynamic' }, 'dynamic'],
    ['is a certificate', delivered, { method: 'certificate', secretVersion: null }, 'certificate'],
  ] as const)('given a login whose secret %s, then %s', (_, state, change, method) => {
    expect(methodAfter(state, change)).toMatchObject({ method });
  });

  it('is static again once an operator has given another secret', () => {
    const secret = { secretOrigin: 'given', secretId: 's2' } as const;
    const state = given(registerCommand, deliverCommand, {
      ...{ type: 'ResetDeviceSecret', secret, overlapSeconds: 0 },
    });
    expect(methodAfter(state)).toMatchObject({ method: 'static' });
  });

  it('does not change because an operator looked at the secret', () => {
    const state = given(registerCommand, deliverCommand, { type: 'ReadSecret' });
    expect(methodAfter(state)).toMatchObject({ method: 'dynamic' });
  });

  it('is dynamic in the next activation, too, after a reset that keeps the secret', () => {
    const first = given(registerCommand, deliverCommand, (device) => loginCommand(device, null));
    expect(methodAfter(when(reset, first).state)).toMatchObject({ method: 'dynamic' });
  });
});

describe('a registration with a time', () => {
  it('given the secret was fetched and nobody logged in, then it ends all the same', () => {
    const timed = { ...registerCommand, registrationTimeoutSeconds: 60 };
    const state = given(timed, deliverCommand);
    const expire = { type: 'ExpireRegistration', generation: 1 } as const;
    expect(when(expire, state, contextAt(T0 + 59_999)).events).toEqual([]);
    expect(when(expire, state, contextAt(T0 + 60_000)).types).toEqual(['RegistrationExpired']);
  });
});
