import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  typesOf,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const stream = 'device/default/pk/dk';
const life = { generation: 1 };

/** A device that is to be activated within a minute. */
async function createWorldWithDevice(deviceId?: string) {
  const world = await createWorld();
  const input = { ...ref, registrationTimeoutSeconds: 60, origin: 'api' } as const;
  const given = deviceId === undefined ? input : { ...input, deviceId };
  const registered = await accepted(world.handlers.devices.register(given, context));
  const login = {
    method: 'static',
    ...{ deviceId: registered.state.deviceId, generation: 1 },
    ...{ dialect: 'alibaba', clientId: 'c', gatewayId: 'gw1' },
    ...{ secretVersion: 1, unit: null, at: 0 },
  } as const;
  return { ...world, login };
}

describe('a registration whose time has passed', () => {
  it('ends the life, and the key begins the next', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    shared.clock.advance(60_000);
    const expired = await accepted(handlers.devices.expireRegistration(ref, life, context));
    expect(expired).toMatchObject({ changed: true, state: { status: 'absent', generation: 1 } });
    const again = { ...ref, origin: 'api' } as const;
    expect(await accepted(handlers.devices.register(again, context))).toMatchObject({
      revision: 3,
      state: { generation: 2 },
    });
  });

  it('lets a given id go in the same append, for another key to have', async () => {
    const { handlers, shared, faults } = await createWorldWithDevice('meter-1');
    shared.clock.advance(60_000);
    const appends: string[][] = [];
    faults.beforeAppend = (batch) => void appends.push(batch.map((one) => one.stream));
    await accepted(handlers.devices.expireRegistration(ref, life, context));
    expect(appends).toEqual([['device-id/meter-1', stream]]);
    expect(typesOf(shared, 'device-id/meter-1')).toEqual(['DeviceIdReserved', 'DeviceIdReleased']);
    const other = { ...ref, deviceKey: 'dk2', deviceId: 'meter-1', origin: 'api' } as const;
    expect(await handlers.devices.register(other, context)).toMatchObject({ ok: true });
  });

  it('keeps the rows of its secrets, as a deletion does', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    const before = [...shared.secrets.keys()];
    shared.clock.advance(60_000);
    await accepted(handlers.devices.expireRegistration(ref, life, context));
    expect([...shared.secrets.keys()]).toEqual(before);
  });
});

describe('a registration and a first login at once', () => {
  it('given the login is appended first, then the device stays', async () => {
    const { handlers, shared, faults, login } = await createWorldWithDevice();
    const other = createRegistryProcess(shared, 2);
    shared.clock.advance(60_000);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.devices.activate(ref, login, context));
    };
    const outcome = await accepted(handlers.devices.expireRegistration(ref, life, context));
    expect(outcome).toMatchObject({ changed: false, state: { status: 'live' } });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'DeviceActivated']);
  });

  it('given the end is appended first, then the login says nothing of the life that is over', async () => {
    const { handlers, shared, faults, login } = await createWorldWithDevice();
    const other = createRegistryProcess(shared, 2);
    shared.clock.advance(60_000);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.devices.expireRegistration(ref, life, context));
    };
    const outcome = await accepted(handlers.devices.activate(ref, login, context));
    expect(outcome).toMatchObject({ changed: false, state: { status: 'absent' } });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'RegistrationExpired']);
  });

  it('given two registries that sweep, then it ends once', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    const other = createRegistryProcess(shared, 2);
    shared.clock.advance(60_000);
    await Promise.all(
      [handlers, other.handlers].map(({ devices }) =>
        accepted(devices.expireRegistration(ref, life, context)),
      ),
    );
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'RegistrationExpired']);
  });
});
