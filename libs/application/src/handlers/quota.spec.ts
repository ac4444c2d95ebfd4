import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  typesOf,
  unavailable,
  type Shared,
} from './handlers-world.builder.ts';
import type { DeviceQuota, Ending } from './quota.types.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const input = { ...ref, origin: 'api' } as const;
const claim = { ...ref, gatewayId: 'gw1', dialect: 'alibaba' };
const asks = { ...ref, deviceId: 'dk-id', makes: true, registers: false };
const exceeded = { code: 'quota-exceeded', detail: 'the limit is used up' } as const;

/** Room for so many devices; tells what became of each place that was given. */
function createQuota(room: number) {
  const state = { room, asked: 0, endings: [] as Ending[] };
  const quota: DeviceQuota = {
    grant: (_tenant, _productKey, devices) => {
      state.asked += 1;
      const granted = Math.min(devices, state.room);
      state.room -= granted;
      const end = (ending: Ending): void => {
        state.endings.push(ending);
        if (ending === null) state.room += granted;
      };
      return Promise.resolve({
        granted,
        refusal: granted < devices ? exceeded : null,
        passing: false,
        end,
      });
    },
  };
  return { quota, state };
}

async function createWorldWithRoom(room: number) {
  const { shared } = await createWorld('product');
  const { quota, state } = createQuota(room);
  const registry = (seed: number) => createRegistryProcess(shared, seed, quota);
  return { shared, state, registry, ...registry(2) };
}

const secretsOf = ({ secrets }: Shared): number => secrets.size;

describe('a quota of devices', () => {
  it('given room, then a registration takes a place, for good once it is appended', async () => {
    const { handlers, state } = await createWorldWithRoom(1);
    const { position } = await accepted(handlers.devices.register(input, context));
    expect(state).toMatchObject({ room: 0, endings: [position] });
  });

  it('given none, then nothing is written, a secret neither', async () => {
    const { handlers, state, shared } = await createWorldWithRoom(0);
    const before = secretsOf(shared);
    const refused = { ok: false, error: exceeded };
    expect(await handlers.devices.register(input, context)).toEqual(refused);
    expect(await handlers.units.claim(claim, context)).toEqual(refused);
    expect(await handlers.devices.deliverSecret(asks, context)).toEqual(refused);
    expect(typesOf(shared, 'device/default/pk/dk')).toEqual([]);
    expect(secretsOf(shared)).toBe(before);
    expect(typesOf(shared, 'device-id/dk-id')).toEqual([]);
    expect(state.endings).toEqual([null, null, null]);
  });

  it('given a claim for a name that lives, then it needs no place', async () => {
    const { handlers, state } = await createWorldWithRoom(1);
    await accepted(handlers.units.claim(claim, context));
    await accepted(handlers.units.claim(claim, context));
    await accepted(handlers.devices.disable(ref, { reason: null }, context));
    expect(state.asked).toBe(1);
  });

  it('given an unknown name asks for a secret, then it needs a place, and none when it asks again', async () => {
    const { handlers, state } = await createWorldWithRoom(1);
    const { position } = await accepted(handlers.devices.deliverSecret(asks, context));
    await accepted(handlers.devices.deliverSecret(asks, context));
    expect(state).toMatchObject({ asked: 1, room: 0, endings: [position] });
  });

  it('given the key turns out to be taken, then the place is free again', async () => {
    const { handlers, state } = await createWorldWithRoom(2);
    await accepted(handlers.devices.register(input, context));
    expect(await handlers.devices.register(input, context)).toMatchObject({
      error: { code: 'device-key-taken' },
    });
    expect(state).toMatchObject({ room: 1, asked: 2 });
  });

  it('given a race is lost once, then one place is enough', async () => {
    const { handlers, state, faults, shared } = await createWorldWithRoom(1);
    const other = createRegistryProcess(shared, 9);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.products.changePolicy('pk', { name: 'Renamed' }, context));
    };
    await accepted(handlers.devices.register(input, context));
    expect(state).toMatchObject({ asked: 1, room: 0 });
  });

  it('given the store goes away, then the place stays taken, for the device may be there', async () => {
    const { handlers, state, faults } = await createWorldWithRoom(1);
    faults.beforeAppend = unavailable;
    expect(await handlers.devices.register(input, context)).toMatchObject({
      error: { code: 'store-unavailable' },
    });
    expect(state).toMatchObject({ room: 0, endings: ['unknown'] });
  });
});

describe('a quota of devices and a keyed call that another registry has begun', () => {
  const call = { ...context, idempotency: { key: 'default/admin/1', request: 'r' } };
  const dies = (): never => {
    throw new Error('killed');
  };

  it('given it died before the append, then the repeat needs a place, and is refused without', async () => {
    const { handlers, state, faults, registry } = await createWorldWithRoom(1);
    faults.beforeAppend = dies;
    await expect(handlers.devices.register(input, call)).rejects.toThrow('killed');
    expect(state.endings).toEqual(['unknown']);
    const refused = { ok: false, error: exceeded };
    expect(await registry(3).handlers.devices.register(input, call)).toEqual(refused);
    state.room = 1;
    const { position } = await accepted(registry(4).handlers.devices.register(input, call));
    expect(state.endings).toEqual(['unknown', null, position]);
  });

  it('given it died after the append, then the repeat is answered although all is full', async () => {
    const { handlers, state, faults, registry, shared } = await createWorldWithRoom(1);
    faults.afterAppend = dies;
    await expect(handlers.devices.register(input, call)).rejects.toThrow('killed');
    await accepted(registry(3).handlers.devices.register(input, call));
    expect(state).toMatchObject({ room: 0, asked: 1 });
    expect(typesOf(shared, 'device/default/pk/dk')).toEqual(['DeviceRegistered']);
  });
});
