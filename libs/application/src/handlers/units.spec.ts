import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  eventsOf,
  typesOf,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'meter' };
const claim = { ...ref, gatewayId: 'gw1', dialect: 'alibaba' };
const stream = 'device/default/pk/meter';

describe('a claim', () => {
  it('grants a ClientID and a token that stands nowhere but as its hash', async () => {
    const { handlers, shared } = await createWorld();
    const { reply, state } = await accepted(handlers.units.claim(claim, context));
    const tokenHash = createHash('sha256').update(reply.deviceToken).digest('hex');
    expect(state.units.units).toMatchObject([
      { clientId: reply.clientId, tokenHash, state: 'pending' },
    ]);
    expect(JSON.stringify(shared.log.events)).not.toContain(reply.deviceToken);
    expect(typesOf(shared, stream)).toEqual(['DeviceRegistered', 'ClientIdClaimed']);
  });

  it('repeated with the same claim id gets the same unit', async () => {
    const { handlers, shared } = await createWorld();
    const other = createRegistryProcess(shared, 2);
    const call = { ...context, idempotency: { key: 'claim/1', request: 'h' } };
    const first = await accepted(handlers.units.claim(claim, call));
    expect(await accepted(other.handlers.units.claim(claim, call))).toEqual({
      ...first,
      repeated: true,
    });
  });

  it('is refused for names that are none', async () => {
    const { handlers } = await createWorld();
    expect(await handlers.units.claim({ ...claim, deviceKey: 'a b' }, context)).toMatchObject({
      error: { code: 'invalid-field', path: 'deviceKey' },
    });
  });

  it('1,000 racing ones on three registries end with exactly five, and one conflict of each cause', async () => {
    const { handlers, shared } = await createWorld();
    const registries = [
      handlers,
      createRegistryProcess(shared, 2).handlers,
      createRegistryProcess(shared, 3).handlers,
    ];
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => registries[n % 3]?.units.claim(claim, context)),
    );
    const granted = answers.filter((answer) => answer?.ok);
    const refused = answers.flatMap((answer) => (answer?.ok === false ? [answer.error.code] : []));
    expect(granted).toHaveLength(5);
    expect(new Set(refused)).toEqual(new Set(['client-slots-full']));
    const conflicts = eventsOf(shared, stream).filter(({ type }) => type === 'ClientIdConflict');
    expect(conflicts.map(({ data }) => data['cause'])).toEqual(['second-unit', 'slots-full']);
  });

  it('that races a Switch decides again and finds the name closed', async () => {
    const { handlers, shared, faults } = await createWorld();
    const { reply } = await accepted(handlers.units.claim(claim, context));
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.units.switch(ref, { clientId: reply.clientId }, context));
    };
    expect(await handlers.units.claim(claim, context)).toEqual({
      ok: false,
      error: { code: 'name-closed' },
    });
  });
});

describe('an operator', () => {
  it('switches, undoes, switches again, purges and reopens: room for exactly one more', async () => {
    const { handlers } = await createWorld();
    const { units } = handlers;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.push((await accepted(units.claim(claim, context))).reply.clientId);
    const [first = '', second = ''] = ids;
    await accepted(units.switch(ref, { clientId: first }, context));
    await accepted(units.undo(ref, context));
    await accepted(units.switch(ref, { clientId: first }, context));
    await accepted(units.purge(ref, { clientId: second }, context));
    expect(await units.undo(ref, context)).toMatchObject({ error: { code: 'unit-state' } });
    const release = { generation: 1, clientId: second, reason: 'purged' } as const;
    await accepted(units.release(ref, release, context));
    await accepted(units.reopen(ref, context));
    await accepted(units.claim(claim, context));
    expect(await units.claim(claim, context)).toMatchObject({
      error: { code: 'client-slots-full' },
    });
    const cleared = await accepted(units.clear(ref, context));
    expect(cleared.state.units.units.map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'forbidden'),
    );
  });
});

describe('evidence from sessions', () => {
  it('is told once per window, with the limit of the product', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register({ ...ref, origin: 'api' }, context));
    const evidence = { generation: 1, kind: 'shared-secret', clientIds: [] } as const;
    await accepted(handlers.devices.reportConflict(ref, evidence, context));
    const again = await accepted(handlers.devices.reportConflict(ref, evidence, context));
    expect(again.changed).toBe(false);
    expect(eventsOf(shared, stream).at(-1)?.data).toMatchObject({ cause: 'evidence', limit: 5 });
  });
});
