import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  typesOf,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'node-7' };
const api = { ...ref, origin: 'api' } as const;
const HEX = /^[0-9a-f]{32}$/;

async function given() {
  const world = await createWorld();
  await accepted(world.handlers.products.changePolicy('pk', { dialect: 'huawei' }, context));
  return world;
}

describe('a registration in a product of dialect huawei', () => {
  it('has the id of product and key, reserved as a given one, and a secret in hex', async () => {
    const { handlers, shared } = await given();
    const { state, reply } = await accepted(handlers.devices.register(api, context));
    expect(state).toMatchObject({ deviceId: 'pk_node-7', secretOrigin: 'allocated' });
    expect(reply.secret).toMatch(HEX);
    expect(typesOf(shared, 'device-id/pk_node-7')).toEqual(['DeviceIdReserved']);
    await accepted(handlers.devices.remove(ref, context));
    const again = await accepted(handlers.devices.register(api, context));
    expect(again.state).toMatchObject({ deviceId: 'pk_node-7', generation: 2 });
  });

  it('of a key that is allocated has an id of it', async () => {
    const { handlers } = await given();
    const { productKey, origin } = api;
    const { state } = await accepted(handlers.devices.register({ productKey, origin }, context));
    expect(state.deviceId).toBe(`pk_${state.deviceKey}`);
  });

  it('takes the id and the secret that are given', async () => {
    const { handlers } = await given();
    const input = { ...api, deviceId: 'mine', deviceSecret: '12345678' };
    const { state, reply } = await accepted(handlers.devices.register(input, context));
    expect(state).toMatchObject({ deviceId: 'mine', secretOrigin: 'given' });
    expect(reply.secret).toBe('12345678');
  });

  it('whose id is taken is refused', async () => {
    const { handlers } = await given();
    const other = { ...api, deviceKey: 'other', deviceId: 'pk_node-7' };
    await accepted(handlers.devices.register(other, context));
    expect(await handlers.devices.register(api, context)).toMatchObject({
      error: { code: 'device-id-taken' },
    });
  });

  it.each([
    ['deviceKey', { deviceKey: 'a.b' }],
    ['deviceKey', { deviceKey: 'x'.repeat(65) }],
    ['deviceId', { deviceId: 'x'.repeat(129) }],
    ['deviceSecret', { deviceSecret: '1234567' }],
    ['deviceSecret', { deviceSecret: 'x'.repeat(33) }],
  ])('is refused, the rule named, where its %s does not fit', async (path, change) => {
    const { handlers, shared } = await given();
    const before = shared.log.events.length;
    const answer = await handlers.devices.register({ ...api, ...change }, context);
    const message = expect.stringMatching(/^must be .* in a product of dialect huawei$/) as string;
    expect(answer).toEqual({ ok: false, error: { code: 'invalid-field', path, message } });
    expect(shared.log.events).toHaveLength(before);
  });

  it('goes by the dialect that another registry has given the product meanwhile', async () => {
    const { handlers, shared } = await createWorld();
    const other = createRegistryProcess(shared, 2);
    await handlers.loading.product('pk');
    const change = (dialect: 'huawei' | 'auto') =>
      accepted(other.handlers.products.changePolicy('pk', { dialect }, context));
    await change('huawei');
    const { state, reply } = await accepted(handlers.devices.register(api, context));
    expect(state.deviceId).toBe('pk_node-7');
    expect(reply.secret).toMatch(HEX);
    await change('auto');
    const dotted = { ...api, deviceKey: 'a.b' };
    expect(await handlers.devices.register(dotted, context)).toMatchObject({ ok: true });
  });
});

describe('a secret that is reset in a product of dialect huawei', () => {
  it('is hex where it is allocated, and 8 to 32 characters where it is given', async () => {
    const { handlers } = await given();
    await accepted(handlers.devices.register(api, context));
    const allocated = await accepted(handlers.devices.resetSecret(ref, {}, context));
    expect(allocated.reply.secret).toMatch(HEX);
    const short = await handlers.devices.resetSecret(ref, { secret: '1234567' }, context);
    expect(short).toMatchObject({ error: { code: 'invalid-field', path: 'deviceSecret' } });
    const fits = await handlers.devices.resetSecret(ref, { secret: '12345678' }, context);
    expect(fits).toMatchObject({ ok: true });
  });

  it('may be longer where the product is of another dialect', async () => {
    const { handlers } = await createWorld();
    await accepted(handlers.devices.register(api, context));
    const secret = 'x'.repeat(64);
    expect(await handlers.devices.resetSecret(ref, { secret }, context)).toMatchObject({
      ok: true,
    });
  });
});

describe('a product with devices that becomes huawei', () => {
  it('leaves them as they are: ids, keys and secrets', async () => {
    const { handlers } = await createWorld();
    const dotted = { productKey: 'pk', deviceKey: 'a.b', origin: 'api' } as const;
    const before = await accepted(handlers.devices.register(dotted, context));
    await accepted(handlers.products.changePolicy('pk', { dialect: 'huawei' }, context));
    const { state } = await accepted(handlers.devices.disable(dotted, { reason: null }, context));
    expect(state).toMatchObject({ deviceId: before.state.deviceId, deviceKey: 'a.b' });
    const { reply } = await accepted(handlers.devices.readSecret(dotted, context));
    expect(reply.secrets).toMatchObject([{ secret: before.reply.secret }]);
  });
});
