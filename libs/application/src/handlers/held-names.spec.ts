import fc from 'fast-check';
import { deviceKeyStream, deviceStream } from '@tallystick/contracts';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  eventsOf,
  typesOf,
  type Shared,
} from './handlers-world.builder.ts';

const held = deviceKeyStream('default', 'dk');
const taken = { ok: false, error: { code: 'device-key-taken' } };
const inProduct = (productKey: string, deviceKey = 'dk') => ({ productKey, deviceKey });
const toRegister = (productKey: string, more: object = {}) =>
  ({ ...inProduct(productKey), ...more, origin: 'api' }) as const;
const toClaim = (productKey: string) => ({
  ...inProduct(productKey),
  ...{ gatewayId: 'gw1', dialect: 'alibaba' },
});

/** Two products in one tenant. */
async function createTwoProducts(scope: 'product' | 'tenant' = 'tenant') {
  const world = await createWorld(scope);
  const more = { name: 'Others', dynamicActivation: true, registrationFree: true };
  await accepted(world.handlers.products.create({ productKey: 'p2', ...more }, context));
  return { ...world, other: createRegistryProcess(world.shared, 2) };
}

describe('a device key that is unique in the tenant', () => {
  it('given it lives in one product, then another is refused, registered or claimed', async () => {
    const { handlers, shared } = await createTwoProducts();
    await accepted(handlers.devices.register(toRegister('pk'), context));
    expect(await handlers.devices.register(toRegister('p2'), context)).toEqual(taken);
    expect(await handlers.units.claim(toClaim('p2'), context)).toEqual(taken);
    expect(await handlers.devices.register(toRegister('pk'), context)).toEqual(taken);
    expect(typesOf(shared, held)).toEqual(['DeviceKeyReserved']);
    expect(eventsOf(shared, deviceStream('default', 'p2', 'dk'))).toEqual([]);
  });

  it('given a claim made its device, then another product is refused and further units are not', async () => {
    const { handlers, shared } = await createTwoProducts();
    await accepted(handlers.units.claim(toClaim('pk'), context));
    await accepted(handlers.units.claim(toClaim('pk'), context));
    expect(await handlers.devices.register(toRegister('p2'), context)).toEqual(taken);
    expect(typesOf(shared, held)).toEqual(['DeviceKeyReserved']);
  });

  it('given its life is deleted, then the append lets it go and another product has it', async () => {
    const { handlers, shared, faults } = await createTwoProducts();
    await accepted(handlers.devices.register(toRegister('pk', { deviceId: 'meter-1' }), context));
    const appends: string[][] = [];
    faults.beforeAppend = (batch) => void appends.push(batch.map((one) => one.stream));
    await accepted(handlers.devices.remove(inProduct('pk'), context));
    expect(appends).toEqual([['device-id/meter-1', held, 'device/default/pk/dk']]);
    await accepted(handlers.devices.register(toRegister('p2'), context));
    expect(await handlers.devices.register(toRegister('pk'), context)).toEqual(taken);
    const types = ['DeviceKeyReserved', 'DeviceKeyReleased', 'DeviceKeyReserved'];
    expect(typesOf(shared, held)).toEqual(types);
  });

  it('given its registration ran out, then another product has it', async () => {
    const { handlers, shared } = await createTwoProducts();
    const input = toRegister('pk', { registrationTimeoutSeconds: 60 });
    await accepted(handlers.devices.register(input, context));
    shared.clock.advance(60_000);
    const life = { generation: 1 };
    await accepted(handlers.devices.expireRegistration(inProduct('pk'), life, context));
    await accepted(handlers.units.claim(toClaim('p2'), context));
  });

  it('given the same product bears it anew, then that is its next life', async () => {
    const { handlers } = await createTwoProducts();
    await accepted(handlers.devices.register(toRegister('pk'), context));
    await accepted(handlers.devices.remove(inProduct('pk'), context));
    const again = await accepted(handlers.devices.register(toRegister('pk'), context));
    expect(again.state.generation).toBe(2);
    await accepted(handlers.devices.remove(inProduct('pk'), context));
    const claimed = await accepted(handlers.units.claim(toClaim('pk'), context));
    expect(claimed.state.generation).toBe(3);
  });

  it('given two registries race for it in two products, then exactly one wins', async () => {
    const { handlers, other, faults, shared } = await createTwoProducts();
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.units.claim(toClaim('p2'), context));
    };
    expect(await handlers.devices.register(toRegister('pk'), context)).toEqual(taken);
    expect(typesOf(shared, held)).toEqual(['DeviceKeyReserved']);
  });

  it('given another tenant, then it may have the key too', async () => {
    const { handlers } = await createTwoProducts();
    await accepted(handlers.devices.register(toRegister('pk'), context));
    const elsewhere = { ...context, tenant: 'north' };
    const tenant = { tenant: 'north', name: 'North', deviceKeyScope: 'tenant' } as const;
    await accepted(handlers.tenants.create(tenant, elsewhere));
    await accepted(handlers.products.create({ productKey: 'p3', name: 'North' }, elsewhere));
    await accepted(handlers.devices.register(toRegister('p3'), elsewhere));
  });
});

describe('a device key that is unique in its product', () => {
  it('is free in every other, and holds no name beside its own stream', async () => {
    const { handlers, shared } = await createTwoProducts('product');
    await accepted(handlers.devices.register(toRegister('pk'), context));
    await accepted(handlers.devices.register(toRegister('p2'), context));
    expect(eventsOf(shared, held)).toEqual([]);
  });
});

const step = fc.record({
  does: fc.constantFrom('register', 'claim', 'remove', 'expire'),
  registry: fc.constantFrom(0, 1),
  productKey: fc.constantFrom('pk', 'p2'),
  deviceKey: fc.constantFrom('k1', 'k2'),
} as const);

type Registry = Awaited<ReturnType<typeof createTwoProducts>>['handlers'];

function take(
  { devices, units }: Registry,
  { does, productKey, deviceKey }: { does: string; productKey: string; deviceKey: string },
): Promise<unknown> {
  const ref = { productKey, deviceKey };
  if (does === 'remove') return devices.remove(ref, context);
  if (does === 'expire') return devices.expireRegistration(ref, { generation: 1 }, context);
  if (does === 'claim') return units.claim({ ...toClaim(productKey), deviceKey }, context);
  const registrationTimeoutSeconds = 1;
  return devices.register(
    { ...toRegister(productKey), deviceKey, registrationTimeoutSeconds },
    context,
  );
}

/** Who lives under the key at each moment, and who holds it at the end. */
function historyOf({ log }: Shared, deviceKey: string) {
  const living = new Set<string>();
  let most = 0;
  let holder: string | null = null;
  for (const { stream, type, data } of log.events) {
    if (data['deviceKey'] !== deviceKey) continue;
    const product = String(data['productKey']);
    if (type === 'DeviceRegistered') living.add(stream);
    if (type === 'DeviceDeleted' || type === 'RegistrationExpired') living.delete(stream);
    if (type === 'DeviceKeyReserved') holder = deviceStream('default', product, deviceKey);
    if (type === 'DeviceKeyReleased') holder = null;
    most = Math.max(most, living.size);
  }
  return { most, living: [...living], held: holder === null ? [] : [holder] };
}

describe('calls on two registries, in any order and interleaving', () => {
  it('leave at most one living device of a key in the tenant, and its reservation alone', async () => {
    const { numRuns = 1_500 } = fc.readConfigureGlobal();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
        fc.scheduler(),
        async (rounds, scheduler) => {
          const { handlers, faults, other, shared } = await createTwoProducts();
          const beforeAppend = (): Promise<void> => scheduler.schedule(Promise.resolve());
          faults.beforeAppend = beforeAppend;
          other.faults.beforeAppend = beforeAppend;
          for (const round of rounds) {
            shared.clock.advance(1_000);
            const registries = [handlers, other.handlers] as const;
            const calls = round.map((one) => take(registries[one.registry], one));
            await scheduler.waitFor(Promise.all(calls));
          }
          for (const deviceKey of ['k1', 'k2']) {
            const { most, living, held } = historyOf(shared, deviceKey);
            expect(most).toBeLessThanOrEqual(1);
            expect(held).toEqual(living);
          }
        },
      ),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});
