import type { StoredEvent } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  type Shared,
} from './handlers-world.builder.ts';

const origin = { action: 'theAct', address: '192.0.2.1' };
const call = { ...context, origin };
const ref = { productKey: 'pk', deviceKey: 'meter' };
const claim = { ...ref, gatewayId: 'gw1', dialect: 'alibaba' };

/** The types of the events that tell of an act, since there were so many. */
function told({ log }: Shared, since = 0): readonly string[] {
  const has = ({ meta }: StoredEvent): boolean => meta.origin !== undefined;
  return log.events
    .slice(since)
    .filter(has)
    .map(({ type }) => type);
}

describe('the origin of an act', () => {
  it('stands in the first event of each stream, so that the audit has one row of it', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.units.claim(claim, call));
    const events = shared.log.events.slice(1).map(({ type, meta }) => [type, meta.origin]);
    expect(events).toEqual([
      ['DeviceRegistered', origin],
      ['ClientIdClaimed', undefined],
    ]);
  });

  it('stands in no event, where the call has none', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register({ ...ref, origin: 'api' }, context));
    expect(told(shared)).toEqual([]);
  });

  it('stands in what a reading of secrets leaves', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register({ ...ref, origin: 'api' }, context));
    await accepted(handlers.devices.readSecret(ref, call));
    await accepted(handlers.products.readSecret('pk', call));
    expect(told(shared)).toEqual(['SecretRead', 'SecretRead']);
  });

  it('does not stand in the record of a refused claim', async () => {
    const { handlers, shared } = await createWorld();
    for (let n = 0; n < 5; n += 1) await accepted(handlers.units.claim(claim, context));
    expect(await handlers.units.claim(claim, call)).toMatchObject({
      error: { code: 'client-slots-full' },
    });
    expect(shared.log.events.at(-1)?.type).toBe('ClientIdConflict');
    expect(told(shared)).toEqual([]);
  });

  it('stands in a product’s deletion alone, not in its steps', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.products.remove('pk', async () => false, call));
    expect(told(shared)).toEqual(['ProductDeleted']);
  });

  it('does not stand in the closing and opening of a product that stays', async () => {
    const { handlers, shared } = await createWorld();
    let looked = 0;
    const hasDevices = async () => (looked += 1) > 1;
    expect(await handlers.products.remove('pk', hasDevices, call)).toMatchObject({ ok: false });
    expect(shared.log.events.map(({ type }) => type)).toEqual([
      ...['ProductCreated', 'ProductPolicyChanged', 'ProductPolicyChanged'],
    ]);
    expect(told(shared)).toEqual([]);
  });

  it('is the first caller’s, whoever finishes a keyed call that died', async () => {
    const { handlers, shared, faults } = await createWorld();
    const idempotency = { key: 'k', request: 'r' };
    faults.beforeAppend = () => Promise.reject(new Error('dies'));
    const register = { ...ref, origin: 'api' } as const;
    await expect(handlers.devices.register(register, { ...call, idempotency })).rejects.toThrow();
    const other = createRegistryProcess(shared, 2).handlers;
    const again = { ...call, origin: { ...origin, address: '192.0.2.2' }, idempotency };
    await accepted(other.devices.register(register, again));
    const [event] = shared.log.events.filter(({ type }) => type === 'DeviceRegistered');
    expect(event?.meta.origin).toEqual(origin);
  });
});
