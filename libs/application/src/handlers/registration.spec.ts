import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  eventsOf,
  onceClosed,
  typesOf,
  unavailable,
} from './handlers-world.builder.ts';

const input = { productKey: 'pk', deviceKey: 'dk', origin: 'api' } as const;
const stream = 'device/default/pk/dk';

describe('registering a device', () => {
  it('answers with position, revision, the state after and the secret that was allocated', async () => {
    const { handlers, shared } = await createWorld();
    const outcome = await accepted(handlers.devices.register(input, context));
    expect(outcome).toMatchObject({
      position: 2,
      revision: 1,
      changed: true,
      state: { deviceKey: 'dk', generation: 1, secretOrigin: 'allocated' },
    });
    expect(outcome.reply.secret).toMatch(/^[A-Za-z0-9]{22}$/);
    expect(outcome.state.deviceId).toMatch(/^dv_/);
    const [event] = eventsOf(shared, stream);
    expect(event).toMatchObject({
      schemaVersion: 1,
      meta: {
        tenant: 'default',
        subject: outcome.state.deviceId,
        actor: 'admin',
        correlationId: 'corr-1',
        causationId: 'corr-1',
      },
    });
  });

  it('writes the secret sealed before the event, and never in the event', async () => {
    const { handlers, shared, faults, vault } = await createWorld();
    let secretsBefore = 0;
    faults.beforeAppend = () => void (secretsBefore = shared.secrets.size);
    const given = { ...input, deviceSecret: 'a-given-secret' };
    const { state, reply } = await accepted(handlers.devices.register(given, context));
    expect(reply.secret).toBe('a-given-secret');
    expect(secretsBefore).toBe(2);
    expect(JSON.stringify(shared.log.events)).not.toContain('a-given-secret');
    const secretId = state.secrets[0]?.secretId ?? '';
    const opened = (await vault.open([secretId])).get(secretId);
    expect(Buffer.from(opened ?? []).toString()).toBe('a-given-secret');
  });

  it('reads nothing for a new key once the product and its tenant are known', async () => {
    const { handlers, faults } = await createWorld('product');
    await accepted(handlers.devices.register(input, context));
    faults.reads.length = 0;
    await accepted(handlers.devices.register({ ...input, deviceKey: 'dk2' }, context));
    expect(faults.reads).toEqual([]);
  });

  it('allocates a device key where none is given', async () => {
    const { handlers } = await createWorld();
    const allocated = { productKey: 'pk', origin: 'api' } as const;
    const one = await accepted(handlers.devices.register(allocated, context));
    const two = await accepted(handlers.devices.register(allocated, context));
    expect(one.state.deviceKey).not.toBe(two.state.deviceKey);
  });

  it('is refused for a key that lives, and begins a new life after its deletion', async () => {
    const { handlers } = await createWorld();
    await accepted(handlers.devices.register(input, context));
    expect(await handlers.devices.register(input, context)).toEqual({
      ok: false,
      error: { code: 'device-key-taken' },
    });
    await accepted(handlers.devices.remove(input, context));
    const again = await accepted(handlers.devices.register(input, context));
    expect(again).toMatchObject({ revision: 3, state: { generation: 2 } });
  });

  it.each([
    ['productKey', { productKey: 'p k' }],
    ['deviceKey', { deviceKey: 'a/b' }],
    ['deviceId', { deviceId: 'dv_01h455vb4pex5vsknk084sn02q' }],
    ['deviceSecret', { deviceSecret: 'short' }],
  ])('is refused for a %s that is not of its form', async (path, wrong) => {
    const { handlers } = await createWorld();
    const answer = await handlers.devices.register({ ...input, ...wrong }, context);
    expect(answer).toMatchObject({ ok: false, error: { code: 'invalid-field', path } });
  });

  it('is refused for a product that is not there, or of another tenant', async () => {
    const { handlers } = await createWorld();
    const unknown = { ok: false, error: { code: 'product-unknown' } };
    const other = { ...context, tenant: 'other' };
    expect(await handlers.devices.register({ ...input, productKey: 'px' }, context)).toEqual(
      unknown,
    );
    expect(await handlers.devices.register(input, other)).toEqual(unknown);
  });
});

describe('a given device id', () => {
  const given = { ...input, deviceId: 'meter-1' };

  it('is reserved in the same append, and the position is that of DeviceRegistered', async () => {
    const { handlers, shared } = await createWorld();
    const { position } = await accepted(handlers.devices.register(given, context));
    expect(typesOf(shared, 'device-id/meter-1')).toEqual(['DeviceIdReserved']);
    expect(shared.log.events[position - 1]?.type).toBe('DeviceRegistered');
  });

  it('is taken for every other key until the life is deleted, then free again', async () => {
    const { handlers } = await createWorld();
    await accepted(handlers.devices.register(given, context));
    const other = { ...given, deviceKey: 'dk2' };
    expect(await handlers.devices.register(other, context)).toEqual({
      ok: false,
      error: { code: 'device-id-taken' },
    });
    const removed = await accepted(handlers.devices.remove(given, context));
    expect(removed.state).toMatchObject({ status: 'absent' });
    const returned = await accepted(handlers.devices.register(other, context));
    expect(returned.state.deviceId).toBe('meter-1');
  });
});

describe('a product that changes meanwhile', () => {
  it('costs a retry, not a wrong answer', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register(input, context));
    const other = createRegistryProcess(shared, 2);
    await accepted(other.handlers.products.changePolicy('pk', { name: 'Renamed' }, context));
    const second = await accepted(
      handlers.devices.register({ ...input, deviceKey: 'dk2' }, context),
    );
    expect(second.revision).toBe(1);
  });

  it('holds a racing registration back while it is being deleted', async () => {
    const { handlers, shared, faults } = await createWorld();
    await accepted(handlers.devices.register(input, context));
    await accepted(handlers.devices.remove(input, context));
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.products.remove('pk', async () => false, context));
    };
    expect(await handlers.devices.register(input, context)).toEqual({
      ok: false,
      error: { code: 'product-unknown' },
    });
    expect(typesOf(shared, 'product/pk')).toEqual([
      'ProductCreated',
      'ProductPolicyChanged',
      'ProductDeleted',
    ]);
  });

  it('refuses no registration by a deletion that is refused', async () => {
    const { handlers, shared } = await createWorld();
    const other = createRegistryProcess(shared, 2);
    const racing: { registered?: ReturnType<typeof handlers.devices.register> } = {};
    const appears = onceClosed(async () => {
      racing.registered = handlers.devices.register(input, context);
      return true;
    });
    const refused = await other.handlers.products.remove('pk', appears, context);
    expect(refused).toEqual({ ok: false, error: { code: 'product-not-empty' } });
    expect(await racing.registered).toMatchObject({ ok: true });
  });

  it('is opened by the next registration when whoever began to delete it has died', async () => {
    const { handlers, shared, faults } = await createWorld();
    const dead = createRegistryProcess(shared, 2);
    const dies = onceClosed(async () => {
      dead.faults.beforeAppend = unavailable;
      return true;
    });
    await dead.handlers.products.remove('pk', dies, context);
    expect(typesOf(shared, 'product/pk')).toEqual(['ProductCreated', 'ProductPolicyChanged']);
    expect(faults.reads.map(({ stream }) => stream)).toEqual(['product/pk']);
    await accepted(handlers.devices.register(input, context));
  });

  it('is opened again when a device was found, and when nobody can tell', async () => {
    const { handlers } = await createWorld();
    const found = onceClosed(async () => true);
    expect(await handlers.products.remove('pk', found, context)).toEqual({
      ok: false,
      error: { code: 'product-not-empty' },
    });
    await accepted(handlers.devices.register(input, context));
    const lost = onceClosed(() => Promise.reject(new Error('the view is behind')));
    await expect(handlers.products.remove('pk', lost, context)).rejects.toThrow('behind');
    await accepted(handlers.devices.register({ ...input, deviceKey: 'dk2' }, context));
  });

  it('is left as it is when a device is known before', async () => {
    const { handlers, shared } = await createWorld();
    const known: number[] = [];
    const hasOne = async (position: number) => known.push(position) > 0;
    expect(await handlers.products.remove('pk', hasOne, context)).toEqual({
      ok: false,
      error: { code: 'product-not-empty' },
    });
    expect(known).toEqual([1]);
    expect(typesOf(shared, 'product/pk')).toEqual(['ProductCreated']);
  });

  it('is believed as it is, not as it was, where that would refuse', async () => {
    const { handlers, shared } = await createWorld();
    const off = { dynamicActivation: false };
    await accepted(handlers.products.changePolicy('pk', off, context));
    const claim = { productKey: 'pk', deviceKey: 'unit', gatewayId: 'gw1', dialect: 'alibaba' };
    expect(await handlers.units.claim(claim, context)).toMatchObject({
      error: { code: 'dynamic-activation-off' },
    });
    const other = createRegistryProcess(shared, 2);
    await accepted(
      other.handlers.products.changePolicy('pk', { dynamicActivation: true }, context),
    );
    expect(await handlers.units.claim(claim, context)).toMatchObject({ ok: true });
  });
});
