import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  typesOf,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const claim = { ...ref, gatewayId: 'g', dialect: 'alibaba' };

/**
 * A name with a long past: claimed and given back again and again, as by a device that hangs up.
 */
async function createLongName(rounds: number) {
  const world = await createWorld();
  const { units } = world.handlers;
  for (let round = 0; round < rounds; round += 1) {
    const { reply, state } = await accepted(units.claim(claim, context));
    const { generation } = state;
    const input = { generation, clientId: reply.clientId, reason: 'connection-lost' } as const;
    await accepted(units.release(ref, input, context));
  }
  world.faults.reads.length = 0;
  return world;
}

const mostRead = (reads: readonly { readonly events: number }[]): number =>
  Math.max(...reads.map(({ events }) => events));

describe('a stream with a long past', () => {
  it('costs a call what is new in it, not what its history holds', async () => {
    const { handlers, faults, shared } = await createLongName(300);
    expect(typesOf(shared, 'device/default/pk/dk').length).toBeGreaterThan(600);
    await accepted(handlers.units.claim(claim, context));
    await accepted(handlers.devices.disable(ref, { reason: null }, context));
    expect(mostRead(faults.reads)).toBeLessThan(5);
  });

  it('is read in pages where nothing of it is known, and then no more', async () => {
    const { shared } = await createLongName(300);
    const { handlers, faults } = createRegistryProcess(shared, 2);
    await accepted(handlers.units.claim(claim, context));
    expect(mostRead(faults.reads)).toBeLessThanOrEqual(500);
    faults.reads.length = 0;
    await accepted(handlers.devices.enable(ref, context));
    expect(mostRead(faults.reads)).toBeLessThan(5);
  });

  it('is as another registry left it', async () => {
    const { handlers, shared } = await createLongName(40);
    const other = createRegistryProcess(shared, 2);
    await accepted(other.handlers.devices.disable(ref, { reason: 'stolen' }, context));
    const { state } = await handlers.loading.device('default', 'pk', 'dk');
    expect(state).toMatchObject({ disabled: true, disabledReason: 'stolen' });
  });

  it('is read anew when the store was put back and went on otherwise', async () => {
    const { handlers, shared } = await createLongName(40);
    const before = await handlers.loading.device('default', 'pk', 'dk');
    const events = shared.log.streams.get('device/default/pk/dk') ?? [];
    const last = events.at(-1);
    if (last === undefined) throw new Error('no event');
    const { deviceId, productKey, deviceKey, generation } = last.data;
    const data = { deviceId, productKey, deviceKey, generation } as Record<string, string | number>;
    events[events.length - 1] = { ...last, id: 'other', type: 'DeviceReset', data };
    const after = await handlers.loading.device('default', 'pk', 'dk');
    expect(after.revision).toBe(before.revision);
    expect(after.state).toMatchObject({ resetAt: last.time, units: { units: [{}] } });
  });

  it('of a product costs no more either', async () => {
    const { handlers, faults } = await createWorld();
    for (let n = 0; n < 100; n += 1)
      await accepted(handlers.products.changePolicy('pk', { name: `n${n}` }, context));
    faults.reads.length = 0;
    await accepted(handlers.units.claim(claim, context));
    await handlers.loading.product('pk');
    expect(mostRead(faults.reads)).toBeLessThan(5);
  });
});
