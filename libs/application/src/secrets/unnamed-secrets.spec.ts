import { describe, expect, it } from 'vitest';
import { createInMemorySecretStore } from '@tallystick/test-kit';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  unavailable,
} from '../handlers/handlers-world.builder.ts';
import { createUnnamedSecrets, UNNAMED_KEPT_MS } from './unnamed-secrets.ts';

const input = { productKey: 'pk', deviceKey: 'dk', origin: 'api' } as const;
const keyed = { ...context, idempotency: { key: 'default/admin/k', request: 'h' } };

async function given() {
  const world = await createWorld();
  const { shared, store } = world;
  const secrets = createInMemorySecretStore(shared.secrets);
  const collect = createUnnamedSecrets({ store, secrets, clock: shared.clock });
  const late = (ms = UNNAMED_KEPT_MS): void => shared.clock.advance(ms);
  return { ...world, collect, late };
}

describe('secrets that no event names', () => {
  it('given a call that lost its race, then its secret is collected, and the winner keeps its own', async () => {
    const { handlers, shared, collect, late } = await given();
    await accepted(handlers.devices.register(input, context));
    const kept = [...shared.secrets.keys()];
    expect(await handlers.devices.register(input, context)).toMatchObject({ ok: false });
    expect(shared.secrets.size).toBe(kept.length + 1);
    late();
    await collect('');
    expect([...shared.secrets.keys()]).toEqual(kept);
    await accepted(handlers.devices.readSecret(input, context));
  });

  it('given a secret that was followed by another, then its row stays: its event names it', async () => {
    const { handlers, shared, collect, late } = await given();
    await accepted(handlers.devices.register(input, context));
    await accepted(handlers.devices.resetSecret(input, {}, context));
    await accepted(handlers.products.resetSecret('pk', {}, context));
    late();
    await collect('');
    expect(shared.secrets.size).toBe(4);
  });

  it('given a planned call whose key may still be repeated, then its secret is there when it is', async () => {
    const { handlers, shared, faults, collect, late } = await given();
    faults.beforeAppend = unavailable;
    expect(await handlers.devices.register(input, keyed)).toMatchObject({ ok: false });
    late(UNNAMED_KEPT_MS - 3_600_000);
    await collect('');
    const other = createRegistryProcess(shared, 2).handlers;
    await accepted(other.devices.register(input, keyed));
    await accepted(other.devices.readSecret(input, context));
  });

  it('given rows that were looked at, then it goes on after them, and stops where they are young', async () => {
    const { handlers, shared, collect, late } = await given();
    const first = await collect('');
    expect(first).toBe('');
    late();
    await accepted(handlers.devices.register(input, context));
    const [old = '', young = ''] = [...shared.secrets.keys()];
    expect(await collect('')).toBe(old);
    expect(await collect(old)).toBe(old);
    late();
    expect(await collect(old)).toBe(young);
  });

  it('given a row of an owner that is neither device nor product, then it is left alone', async () => {
    const { shared, vault, collect, late } = await given();
    await vault.put(vault.seal('job/1', [Buffer.from('a secret')]));
    late();
    await collect('');
    expect(shared.secrets.size).toBe(2);
  });
});
