import { parseCredentialRecord, TOPICS } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import { createInMemorySecretStore, createSeededIds, deliveredValue } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  context,
  createRegistryProcess,
  createWorld,
  gatewayKeys,
  keyRing,
  type Shared,
} from '../handlers/handlers-world.builder.ts';
import { parseGatewayCopy, sealGatewayCopy } from '../secrets/distribution.ts';
import {
  createDistributionOpener,
  createDistributionSealer,
  createSecretVault,
} from '../secrets/index.ts';
import { createRelayMapper } from './relay-mapper.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const device = { ...ref, origin: 'api' } as const;
const stream = 'device/default/pk/dk';
const OTHER_RING = 9;
const ids = createSeededIds(5);
const sealerOf = (epoch: number, fill?: number) =>
  createDistributionSealer({ epochKey: gatewayKeys(epoch, fill)[0], ids });

/** The newest secret of the device, as a relay with that key ring distributes it in epoch 1. */
async function relayed({ log, secrets, clock }: Shared, ring?: number): Promise<string | null> {
  const events = log.streams.get(stream) ?? [];
  const store = createInMemorySecretStore(secrets);
  const mapper = createRelayMapper({
    lane: 'bulk',
    store: { readStream: async () => events, readAll: () => Promise.reject(new Error('no')) },
    bus: { partitions: () => 1, subscribe: () => Promise.reject(new Error('no')) },
    ids,
    vault: createSecretVault({ store, keyRing: keyRing(ring), ids, clock }),
    sealer: sealerOf(1),
  });
  const record = (await mapper.map(events, { storeId: 's', incarnation: 1 })).find(
    ({ topic }) => topic === TOPICS.credentials,
  );
  const value = deliveredValue(record?.value ?? null);
  const credential = parseCredentialRecord({ key: record?.key ?? '', headers: {}, value });
  return credential?.kind === 'device' ? (credential.secrets[0]?.sealed ?? null) : null;
}

function openedAtGateway(sealed: string | null, version = 1, generation = 1): string | null {
  const gateway = createDistributionOpener(gatewayKeys());
  const opened = gateway.open('default/pk/dk', generation, version, 1, sealed ?? '');
  return opened === null ? null : Buffer.from(opened).toString();
}

async function given() {
  const world = await createWorld();
  const { shared, handlers } = world;
  const { state, reply } = await accepted(handlers.devices.register(device, context));
  const secretId = state.secrets[0]?.secretId ?? '';
  const copy = (): string | null => shared.secrets.get(secretId)?.forGateways ?? null;
  const replaceCopy = (forGateways: string | null): void => {
    const row = shared.secrets.get(secretId);
    if (row !== undefined) shared.secrets.set(secretId, { ...row, forGateways });
  };
  return { ...world, secret: reply.secret, secretId, copy, replaceCopy };
}

describe('the relay, given a secret whose writer has sealed it for the gateways', () => {
  it('distributes that copy, and need not open the truth', async () => {
    const { shared, secret, copy } = await given();
    const sealed = await relayed(shared, OTHER_RING);
    expect(sealed).toBe(parseGatewayCopy(copy() ?? '')?.sealed);
    expect(openedAtGateway(sealed)).toBe(secret);
  });

  const text = Buffer.from('another');
  const sealedFor = { recordKey: 'default/pk/dk', generation: 1, version: 1 };
  it.each([
    ['is absent', null],
    ['is malformed', 'AAAA'],
    ['is of another epoch', sealGatewayCopy(sealerOf(2), sealedFor, text)],
    ['is of a lost key of the same epoch', sealGatewayCopy(sealerOf(1, 77), sealedFor, text)],
    ['is of another life', sealGatewayCopy(sealerOf(1), { ...sealedFor, generation: 2 }, text)],
    ['is of another version', sealGatewayCopy(sealerOf(1), { ...sealedFor, version: 2 }, text)],
  ])('opens the truth and seals anew where the copy %s', async (_, other) => {
    const { shared, secret, replaceCopy } = await given();
    replaceCopy(other);
    expect(openedAtGateway(await relayed(shared))).toBe(secret);
    const failure: unknown = await relayed(shared, OTHER_RING).catch((error: unknown) => error);
    expect(isPortError(failure, 'corrupt')).toBe(true);
  });

  it('seals anew what lost a race after it was sealed, and so became another version', async () => {
    const { shared, handlers, faults } = await given();
    const other = createRegistryProcess(shared, 2);
    faults.beforeAppend = async () => {
      delete faults.beforeAppend;
      await accepted(other.handlers.devices.resetSecret(ref, {}, context));
    };
    const { state, reply } = await accepted(handlers.devices.resetSecret(ref, {}, context));
    const [newest] = state.secrets;
    const row = shared.secrets.get(newest?.secretId ?? '');
    expect(newest?.version).toBe(3);
    expect(parseGatewayCopy(row?.forGateways ?? '')?.version).toBe(2);
    expect(openedAtGateway(await relayed(shared), 3)).toBe(reply.secret);
  });

  it('seals anew for a next life, whose registration took the key for a new one at first', async () => {
    const { shared, handlers } = await given();
    await accepted(handlers.devices.remove(ref, context));
    const { state, reply } = await accepted(handlers.devices.register(device, context));
    expect(state.generation).toBe(2);
    expect(openedAtGateway(await relayed(shared), 1, 2)).toBe(reply.secret);
  });

  it('leaves out a secret that has been erased', async () => {
    const { shared, secretId } = await given();
    shared.secrets.delete(secretId);
    expect(await relayed(shared)).toBeNull();
  });
});
