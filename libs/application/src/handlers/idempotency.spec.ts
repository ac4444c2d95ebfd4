import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  typesOf,
  unavailable,
} from './handlers-world.builder.ts';
import type { CallContext } from './handlers.types.ts';

const input = { productKey: 'pk', deviceKey: 'dk', origin: 'api' } as const;
const stream = 'device/default/pk/dk';
const keyed = (request = 'h1', key = 'default|admin|k'): CallContext => ({
  ...context,
  idempotency: { key, request },
});

describe('a call with an Idempotency-Key', () => {
  it('gives the same answer again, secret and position included, and acts once', async () => {
    const { handlers, shared } = await createWorld();
    const first = await accepted(handlers.devices.register(input, keyed()));
    const again = await accepted(handlers.devices.register(input, keyed()));
    expect(again).toEqual({ ...first, repeated: true });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered']);
  });

  it('keeps nothing in the clear', async () => {
    const { handlers, shared } = await createWorld();
    const { reply } = await accepted(handlers.devices.register(input, keyed()));
    const [record] = [...shared.replies.values()];
    const kept = Buffer.concat([record?.plan ?? Buffer.of(), record?.reply ?? Buffer.of()]);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.toString('latin1')).not.toContain(reply.secret);
  });

  it('keeps nothing by which a secret of the request could be tried', async () => {
    const { handlers, shared } = await createWorld();
    const request = 'POST /api/v1/devices\n{"deviceSecret":"secret"}';
    await accepted(handlers.devices.register(input, keyed(request)));
    const [record] = [...shared.replies.values()];
    const kept = record?.requestHash ?? '';
    const guessed = createHash('sha256').update(request).digest();
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(kept).not.toContain(guessed.toString(encoding).slice(0, 20));
    expect(Buffer.from(kept.split(':')[1] ?? '', 'base64url').includes(guessed)).toBe(false);
  });

  it('is known again by the bare hash that an earlier release kept', async () => {
    const { handlers, shared } = await createWorld();
    const as = (asBefore: string): CallContext => ({
      ...context,
      idempotency: { key: 'default|admin|k', request: 'new spelling', asBefore },
    });
    const first = await accepted(handlers.devices.register(input, as('as it came')));
    for (const [key, record] of shared.replies) {
      const requestHash = createHash('sha256').update('as it came').digest('hex');
      shared.replies.set(key, { ...record, requestHash });
    }
    expect(await accepted(handlers.devices.register(input, as('as it came')))).toEqual({
      ...first,
      repeated: true,
    });
    expect(await handlers.devices.register(input, as('another'))).toMatchObject({
      error: { code: 'idempotency-mismatch' },
    });
  });

  it('is refused when the key came with another request', async () => {
    const { handlers } = await createWorld();
    await accepted(handlers.devices.register(input, keyed('h1')));
    expect(await handlers.devices.register(input, keyed('h2'))).toEqual({
      ok: false,
      error: { code: 'idempotency-mismatch' },
    });
  });

  it('keeps the body as it was first rendered', async () => {
    const { handlers } = await createWorld();
    let renderings = 0;
    const call: CallContext = {
      ...context,
      idempotency: { key: 'k', request: 'h', render: () => ({ rendering: (renderings += 1) }) },
    };
    await accepted(handlers.devices.register(input, call));
    const again = await accepted(handlers.devices.register(input, call));
    expect(again.body).toEqual({ rendering: 1 });
  });

  it('acts once when it comes twice at the same time, also by two registries', async () => {
    const { handlers, shared } = await createWorld();
    const other = createRegistryProcess(shared, 2);
    const answers = await Promise.all(
      [handlers, handlers, other.handlers, other.handlers].map((each) =>
        accepted(each.devices.register(input, keyed())),
      ),
    );
    expect(new Set(answers.map(({ reply }) => reply.secret)).size).toBe(1);
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered']);
  });

  it('answers a change of nothing the same way again, though it would change something now', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register(input, context));
    const first = await accepted(handlers.devices.enable(input, keyed()));
    await accepted(handlers.devices.disable(input, { reason: null }, context));
    expect(await accepted(handlers.devices.enable(input, keyed()))).toEqual({
      ...first,
      repeated: true,
    });
    expect(typesOf(shared, stream).at(-1)).toBe('DeviceDisabled');
  });

  it('does once what appends nothing', async () => {
    const { handlers } = await createWorld();
    let done = 0;
    const work = async () => (done += 1);
    const first = await accepted(handlers.once(work, keyed()));
    expect(first).toMatchObject({ position: 1, changed: false });
    expect(await accepted(handlers.once(work, keyed()))).toEqual({ ...first, repeated: true });
    expect(done).toBe(1);
  });

  it('does not keep a refusal: its repeat is tried afresh', async () => {
    const { handlers } = await createWorld();
    const early = await handlers.devices.disable(input, { reason: null }, keyed());
    expect(early).toEqual({ ok: false, error: { code: 'device-unknown' } });
    await accepted(handlers.devices.register(input, context));
    await accepted(handlers.devices.disable(input, { reason: null }, keyed()));
  });

  it('deletes a product once', async () => {
    const { handlers } = await createWorld();
    const empty = async () => false;
    const first = await accepted(handlers.products.remove('pk', empty, keyed()));
    expect(await accepted(handlers.products.remove('pk', empty, keyed()))).toEqual({
      ...first,
      repeated: true,
    });
  });
});

describe('a registry that dies in the middle of a keyed call', () => {
  it('before its append: whoever repeats the call makes it, with the same secret', async () => {
    const { handlers, shared, faults } = await createWorld();
    faults.beforeAppend = unavailable;
    expect(await handlers.devices.register(input, keyed())).toMatchObject({ ok: false });
    expect(shared.replies.size).toBe(1);
    const other = createRegistryProcess(shared, 2);
    const outcome = await accepted(other.handlers.devices.register(input, keyed()));
    expect(outcome).toMatchObject({ position: 2, revision: 1 });
    const shown = await accepted(other.handlers.devices.readSecret(input, context));
    expect(shown.reply.secrets[0]?.secret).toBe(outcome.reply.secret);
  });

  it('after its append: the repeat answers without a second one', async () => {
    const { handlers, shared, faults } = await createWorld();
    faults.afterAppend = unavailable;
    expect(await handlers.devices.register(input, keyed())).toMatchObject({ ok: false });
    const other = createRegistryProcess(shared, 2);
    const outcome = await accepted(other.handlers.devices.register(input, keyed()));
    expect(outcome).toMatchObject({ position: 2, revision: 1, state: { deviceKey: 'dk' } });
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered']);
  });

  it('and is overtaken: its plan is forgotten and the repeat is decided afresh', async () => {
    const { handlers, shared, faults } = await createWorld();
    faults.beforeAppend = unavailable;
    await handlers.devices.register(input, keyed());
    const other = createRegistryProcess(shared, 2);
    await accepted(other.handlers.devices.register(input, context));
    expect(await other.handlers.devices.register(input, keyed())).toEqual({
      ok: false,
      error: { code: 'device-key-taken' },
    });
    expect(shared.replies.size).toBe(0);
  });

  it('loses a race and plans again under the same key', async () => {
    const { handlers, shared, faults } = await createWorld();
    await accepted(handlers.devices.register(input, context));
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.devices.readSecret(input, context));
    };
    const first = await accepted(handlers.devices.disable(input, { reason: null }, keyed()));
    expect(first.revision).toBe(3);
    expect(await accepted(handlers.devices.disable(input, { reason: null }, keyed()))).toEqual({
      ...first,
      repeated: true,
    });
  });
});
