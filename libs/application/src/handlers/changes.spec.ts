import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  eventsOf,
  typesOf,
  unavailable,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const stream = 'device/default/pk/dk';
const reason = { reason: 'stolen' };

async function createWorldWithDevice() {
  const world = await createWorld();
  const registered = await accepted(
    world.handlers.devices.register({ ...ref, origin: 'api' }, context),
  );
  return { ...world, registered };
}

describe('a change', () => {
  it('answers with the new revision and position, and the state after', async () => {
    const { handlers } = await createWorldWithDevice();
    const outcome = await accepted(handlers.devices.disable(ref, reason, context));
    expect(outcome).toMatchObject({
      position: 3,
      revision: 2,
      changed: true,
      state: { disabled: true, disabledReason: 'stolen' },
    });
  });

  it('that changes nothing appends nothing and answers with the old position', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    const first = await accepted(handlers.devices.disable(ref, reason, context));
    const second = await accepted(handlers.devices.disable(ref, { reason: null }, context));
    expect(second).toEqual({ ...first, changed: false });
    expect(shared.log.events).toHaveLength(3);
  });

  it.each([
    ['of an unknown key', { ...ref, deviceKey: 'other' }],
    ['of a life that is over', { ...ref, deviceId: 'an-older-id' }],
  ])('is refused as device-unknown: %s', async (_, wrong) => {
    const { handlers } = await createWorldWithDevice();
    expect(await handlers.devices.enable(wrong, context)).toEqual({
      ok: false,
      error: { code: 'device-unknown' },
    });
  });

  it('under If-Match is made only on the revision that the caller has seen', async () => {
    const { handlers } = await createWorldWithDevice();
    const stale = await handlers.devices.disable(ref, reason, { ...context, ifMatch: 2 });
    expect(stale).toEqual({ ok: false, error: { code: 'stale-revision' } });
    await accepted(handlers.devices.disable(ref, reason, { ...context, ifMatch: 1 }));
  });

  it('under If-Match creates nothing: what is not there has no revision', async () => {
    const { handlers } = await createWorldWithDevice();
    const seen = { ...context, ifMatch: 1 };
    const stale = { ok: false, error: { code: 'stale-revision' } };
    const device = { productKey: 'pk', deviceKey: 'new', origin: 'api' } as const;
    expect(await handlers.devices.register(device, seen)).toEqual(stale);
    expect(await handlers.products.create({ name: 'New', productKey: 'new' }, seen)).toEqual(stale);
  });

  it('that lost a race is decided again on what is now', async () => {
    const { handlers, shared, faults } = await createWorldWithDevice();
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.devices.disable(ref, reason, context));
    };
    const outcome = await accepted(handlers.devices.disable(ref, { reason: 'mine' }, context));
    expect(outcome).toMatchObject({ changed: false, state: { disabledReason: 'stolen' } });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'DeviceDisabled']);
  });

  it('that loses every race gives up in its time', async () => {
    const { handlers, shared, faults } = await createWorldWithDevice();
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => void (await other.handlers.devices.readSecret(ref, context));
    expect(await handlers.devices.disable(ref, reason, context)).toEqual({
      ok: false,
      error: { code: 'store-unavailable' },
    });
  });
});

describe('a store that goes away', () => {
  it('and stays away is an answer, after the budget', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    shared.log.away = true;
    const answer = await handlers.devices.disable(ref, reason, context);
    expect(answer).toEqual({ ok: false, error: { code: 'store-unavailable' } });
  });

  it('and comes back in time costs nothing but time', async () => {
    const { handlers, faults } = await createWorldWithDevice();
    let tries = 0;
    faults.beforeAppend = () => ((tries += 1) < 4 ? unavailable() : undefined);
    await accepted(handlers.devices.disable(ref, reason, context));
    expect(tries).toBe(4);
  });

  it('with the append written, but not said so, has it once', async () => {
    const { handlers, shared, faults } = await createWorldWithDevice();
    faults.afterAppend = () => {
      delete faults.afterAppend;
      return unavailable();
    };
    const outcome = await accepted(handlers.devices.disable(ref, reason, context));
    expect(outcome).toMatchObject({ position: 3, revision: 2 });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'DeviceDisabled']);
  });
});

describe('a look at a secret', () => {
  const seen = (ifMatch: number) => ({ ...context, ifMatch });
  const stale = { ok: false, error: { code: 'stale-revision' } };

  it('of a device is no change: what a caller has seen is still so', async () => {
    const { handlers, shared } = await createWorldWithDevice();
    const look = await accepted(handlers.devices.readSecret(ref, context));
    expect(look).toMatchObject({ changed: true, revision: 1 });
    expect((await accepted(handlers.devices.enable(ref, context))).revision).toBe(1);
    const disabled = await accepted(handlers.devices.disable(ref, reason, seen(1)));
    expect(disabled.revision).toBe(3);
    expect(eventsOf(shared, stream).map(({ revision }) => revision)).toEqual([1, 2, 3]);
    expect(await handlers.devices.enable(ref, seen(1))).toEqual(stale);
    expect(await handlers.devices.enable(ref, seen(4))).toEqual(stale);
  });

  it('is passed over where it is all that came since, also by what an earlier release had shown', async () => {
    const { handlers } = await createWorldWithDevice();
    await accepted(handlers.devices.readSecret(ref, context));
    await accepted(handlers.devices.disable(ref, reason, seen(2)));
  });

  it('of a product is no change either', async () => {
    const { handlers } = await createWorld();
    const look = await accepted(handlers.products.readSecret('pk', context));
    expect(look.revision).toBe(1);
    const name = { name: 'Other' };
    expect((await accepted(handlers.products.changePolicy('pk', name, seen(1)))).revision).toBe(3);
    expect(await handlers.products.changePolicy('pk', { name: 'x' }, seen(1))).toEqual(stale);
  });
});

describe('secrets', () => {
  it('are shown by version, with a trace in the stream', async () => {
    const { handlers, shared, registered } = await createWorldWithDevice();
    const input = { secret: 'the-second-one', overlapSeconds: 60 };
    const reset = await accepted(handlers.devices.resetSecret(ref, input, context));
    expect(reset.reply.secret).toBe('the-second-one');
    const { reply } = await accepted(handlers.devices.readSecret(ref, context));
    expect(reply.secrets).toEqual([
      { secretVersion: 2, secret: 'the-second-one', expiresAt: null },
      {
        secretVersion: 1,
        secret: registered.reply.secret,
        expiresAt: new Date(shared.clock.now() + 60_000).toISOString(),
      },
    ]);
    expect(typesOf(shared, stream)).toContain('SecretRead');
  });

  it('of a product are shown and reset likewise', async () => {
    const { handlers, shared } = await createWorld();
    const before = await accepted(handlers.products.readSecret('pk', context));
    const { reply } = await accepted(handlers.products.resetSecret('pk', {}, context));
    const after = await accepted(handlers.products.readSecret('pk', context));
    expect(before.reply.secrets[0]?.secret).not.toBe(reply.secret);
    expect(after.reply.secrets).toEqual([
      { secretVersion: 2, secret: reply.secret, expiresAt: null },
    ]);
    expect(typesOf(shared, 'product/pk')).toEqual([
      'ProductCreated',
      'SecretRead',
      'ProductSecretReset',
      'SecretRead',
    ]);
  });

  it('that are given must be of their form', async () => {
    const { handlers } = await createWorldWithDevice();
    const short = { secret: 'short' };
    const refused = { ok: false, error: { code: 'invalid-field' } };
    expect(await handlers.devices.resetSecret(ref, short, context)).toMatchObject(refused);
    expect(await handlers.products.resetSecret('pk', short, context)).toMatchObject(refused);
  });
});

describe('a product', () => {
  it('of another tenant is as unknown as none, but its key is taken', async () => {
    const { handlers } = await createWorld();
    const other = { ...context, tenant: 'other' };
    expect(await handlers.products.changePolicy('pk', { name: 'x' }, other)).toEqual({
      ok: false,
      error: { code: 'product-unknown' },
    });
    expect(await handlers.products.create({ productKey: 'pk', name: 'x' }, other)).toEqual({
      ok: false,
      error: { code: 'product-key-taken' },
    });
  });

  it('gets a key and a secret where none is given, and changes only on the revision seen', async () => {
    const { handlers } = await createWorld();
    const { state } = await accepted(handlers.products.create({ name: 'Pumps' }, context));
    expect(state).toMatchObject({ dynamicActivation: false, maxUnits: 5, dialect: 'auto' });
    const stale = { ...context, ifMatch: 7 };
    const change = handlers.products.changePolicy(state.productKey, { maxUnits: 2 }, stale);
    expect(await change).toEqual({ ok: false, error: { code: 'stale-revision' } });
  });
});

describe('an activation signal', () => {
  it('activates once, however often it is delivered', async () => {
    const { handlers, shared, registered } = await createWorldWithDevice();
    const signal = {
      deviceId: registered.state.deviceId,
      generation: 1,
      method: 'static',
      dialect: 'alibaba',
      clientId: 'c',
      gatewayId: 'gw1',
      secretVersion: 1,
      unit: null,
      at: shared.clock.now(),
    } as const;
    await Promise.all([1, 2, 3].map(() => handlers.devices.activate(ref, signal, context)));
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'DeviceActivated']);
  });
});
