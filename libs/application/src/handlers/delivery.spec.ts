import { describe, expect, it } from 'vitest';
import type { ProductPolicy } from '@tallystick/domain';
import type { DeliverInput } from './delivery.handler.ts';
import type { CallContext } from './handlers.types.ts';
import type { IdentityHandlers } from './identity-handlers.ts';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  eventsOf,
  typesOf,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'meter' };
const stream = 'device/default/pk/meter';
const asked = { ...ref, deviceId: null, makes: false, registers: true };
const called = (id: string) => ({ ...context, idempotency: { key: id, request: 'r' } });

/** Whoever asks has just read the product, as the registry does. */
async function ask(
  handlers: IdentityHandlers,
  input: DeliverInput = asked,
  cause: CallContext = context,
) {
  await handlers.loading.product('pk');
  return handlers.devices.deliverSecret(input, cause);
}

async function given(policy: Partial<ProductPolicy> = {}, device: object = {}) {
  const world = await createWorld();
  const { products, devices } = world.handlers;
  await accepted(products.changePolicy('pk', policy, context));
  const registered = await accepted(
    devices.register({ ...ref, ...device, origin: 'api' }, context),
  );
  const login = async () => {
    const { deviceId, generation } = registered.state;
    const signal = { deviceId, generation, method: 'static', secretVersion: null } as const;
    const at = { dialect: 'alibaba', clientId: 'c', gatewayId: 'g', unit: null, at: 0 };
    await accepted(devices.activate(ref, { ...signal, ...at }, context));
  };
  return { ...world, registered, login };
}

describe('a device that asks for its secret', () => {
  it('gets the one that registration issued, as often as asked, and it is told once', async () => {
    const { handlers, shared, registered } = await given();
    const first = await accepted(ask(handlers));
    expect(first.reply).toEqual({ secret: registered.reply.secret, secretVersion: 1 });
    expect(first).toMatchObject({ changed: true, state: { deviceId: registered.state.deviceId } });
    const again = await accepted(ask(handlers));
    expect(again).toMatchObject({ changed: false, reply: first.reply, position: first.position });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'SecretRead']);
    expect(JSON.stringify(shared.log.events)).not.toContain(first.reply.secret);
  });

  it('is told in the audit, and raises no revision', async () => {
    const { handlers, shared, registered } = await given();
    const origin = { action: 'deliverSecret', address: '10.0.0.1' };
    const cause = { ...context, actor: 'gateway:gw1', origin };
    const { revision } = await accepted(ask(handlers, asked, cause));
    expect(revision).toBe(registered.revision);
    expect(eventsOf(shared, stream).at(-1)?.meta).toMatchObject({ actor: 'gateway:gw1', origin });
  });

  it('gets none once it has logged in, and again after a reset', async () => {
    const { handlers, login } = await given();
    await login();
    expect(await ask(handlers)).toMatchObject({
      error: { code: 'already-activated' },
    });
    await accepted(handlers.devices.reset(ref, context));
    expect(await ask(handlers)).toMatchObject({ ok: true });
  });

  it('gets none where another registry has switched the product off', async () => {
    const { handlers, shared } = await given();
    await accepted(ask(handlers));
    const other = createRegistryProcess(shared, 2);
    const off = { dynamicActivation: false };
    await accepted(other.handlers.products.changePolicy('pk', off, context));
    expect(await ask(handlers)).toMatchObject({
      error: { code: 'dynamic-activation-off' },
    });
  });

  it('gets a new one each time where the product says so, one for a call, of whatever registry', async () => {
    const { handlers, shared, vault, registered } = await given({ registerRotatesSecret: true });
    const other = createRegistryProcess(shared, 2);
    const first = await accepted(ask(handlers, asked, called('1')));
    expect(first.reply.secret).not.toBe(registered.reply.secret);
    expect(first.reply.secretVersion).toBe(2);
    const same = await accepted(ask(other.handlers, asked, called('1')));
    expect(same.reply).toEqual(first.reply);
    const next = await accepted(ask(other.handlers, asked, called('2')));
    expect(next.reply.secretVersion).toBe(3);
    const [held, ...older] = next.state.secrets;
    expect(older).toEqual([]);
    const opened = await vault.open([held?.secretId ?? '']);
    expect([...opened.values()].map(String)).toEqual([next.reply.secret]);
    const kept = [...shared.replies.values()].map(({ reply }) => Buffer.from(reply ?? []));
    for (const reply of kept) expect(reply.includes(first.reply.secret)).toBe(false);
  });

  it('gets the newest of many that were asked for at once', async () => {
    const { handlers, shared } = await given({ registerRotatesSecret: true });
    const registries = [handlers, createRegistryProcess(shared, 2).handlers];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        accepted(ask(registries[n % 2] ?? handlers, asked, called(`${n}`))),
      ),
    );
    const versions = answers.map(({ reply }) => reply.secretVersion);
    expect(new Set(versions).size).toBe(20);
    const newest = answers.find(({ reply }) => reply.secretVersion === Math.max(...versions));
    const shown = await accepted(handlers.devices.readSecret(ref, context));
    expect(shown.reply.secrets).toMatchObject([{ secret: newest?.reply.secret }]);
  });

  it('gets a new one after a reset where the product says so', async () => {
    const { handlers, registered } = await given({ resetKeepsSecret: false });
    const first = await accepted(ask(handlers));
    expect(first.reply.secret).toBe(registered.reply.secret);
    await accepted(handlers.devices.reset(ref, context));
    const second = await accepted(ask(handlers));
    expect(second.reply).toMatchObject({ secretVersion: 2 });
    expect(second.reply.secret).not.toBe(first.reply.secret);
    const third = await accepted(ask(handlers));
    expect(third.reply).toEqual(second.reply);
  });
});

describe('an unknown name that asks for a secret', () => {
  const unknown = {
    productKey: 'pk',
    deviceKey: 'new',
    deviceId: 'pk_new',
    makes: true,
    registers: false,
  };

  it('is made, and its id is reserved in the same append', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.products.changePolicy('pk', { dialect: 'huawei' }, context));
    const { state, reply } = await accepted(ask(handlers, unknown, context));
    expect(state).toMatchObject({ deviceId: 'pk_new', secretOrigin: 'allocated', generation: 1 });
    expect(reply.secret).toMatch(/^[0-9a-f]{32}$/);
    expect(typesOf(shared, 'device-id/pk_new')).toEqual(['DeviceIdReserved']);
    const again = await accepted(ask(handlers, unknown, context));
    expect(again.reply).toEqual(reply);
  });

  it('that names no id has the one that its product gives, or an allocated one', async () => {
    const { handlers } = await createWorld();
    const anonymous = { ...unknown, deviceId: null };
    const { state } = await accepted(ask(handlers, anonymous, context));
    expect(state.deviceId).toMatch(/^dv_/);
    await accepted(handlers.products.changePolicy('pk', { dialect: 'huawei' }, context));
    const other = { ...anonymous, deviceKey: 'other' };
    const derived = await accepted(ask(handlers, other, context));
    expect(derived.state.deviceId).toBe('pk_other');
  });

  it.each([
    ['that may not be made', { makes: false }],
    ['whose id has the form of an allocated one', { deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w' }],
    ['that the dialect does not take', { deviceKey: 'a.b', deviceId: 'b' }],
  ])('%s stays unknown', async (_, change) => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.products.changePolicy('pk', { dialect: 'huawei' }, context));
    const before = shared.log.events.length;
    expect(await ask(handlers, { ...unknown, ...change }, context)).toMatchObject({
      error: { code: 'device-unknown' },
    });
    expect(shared.log.events).toHaveLength(before);
  });

  it('whose id is that of another device is refused', async () => {
    const { handlers } = await createWorld();
    const register = { ...ref, deviceId: 'pk_new', origin: 'api' } as const;
    await accepted(handlers.devices.register(register, context));
    expect(await ask(handlers, unknown, context)).toMatchObject({
      error: { code: 'device-id-taken' },
    });
  });

  it('asked for by 50 at once on two registries is one device with one secret', async () => {
    const { handlers, shared } = await createWorld();
    const registries = [handlers, createRegistryProcess(shared, 2).handlers];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => accepted(ask(registries[n % 2] ?? handlers, unknown))),
    );
    expect(new Set(answers.map(({ reply }) => reply.secret)).size).toBe(1);
    expect(typesOf(shared, 'device/default/pk/new')).toEqual(['DeviceRegistered', 'SecretRead']);
  });
});
