import {
  sealGatewayCopy,
  type DistributionSealer,
  type SecretVault,
} from '@tallystick/application';
import { deviceRecordKey, deviceStream } from '@tallystick/contracts';
import type { OpenedEventStore } from '@tallystick/event-store';
import type { StreamAppend } from '@tallystick/ports';
import { systemIds } from '@tallystick/services-edge';

const BATCH = 1_000;
const PRODUCT = 'bench_relay';
const SECRET_LENGTH = 22;

/** Both hierarchies of secrets, as a registry has them. */
export interface Sealing {
  readonly vault: SecretVault;
  readonly sealer: DistributionSealer;
}

function secretOf(deviceKey: string, { vault, sealer }: Sealing) {
  const plaintext = Buffer.from(systemIds.token(SECRET_LENGTH));
  const [row] = vault.seal(deviceStream('default', PRODUCT, deviceKey), [plaintext]);
  if (row === undefined) throw new Error('the vault sealed nothing');
  const recordKey = deviceRecordKey('default', PRODUCT, deviceKey);
  const sealedFor = { recordKey, generation: 1, version: 1 };
  return { ...row, forGateways: sealGatewayCopy(sealer, sealedFor, plaintext) };
}

function registration(n: number, sealing: Sealing) {
  const deviceKey = `d${String(n).padStart(7, '0')}`;
  const stream = deviceStream('default', PRODUCT, deviceKey);
  const secret = secretOf(deviceKey, sealing);
  const deviceId = systemIds.deviceId();
  const correlationId = systemIds.uuid();
  const append: StreamAppend = {
    stream,
    expectedRevision: 0,
    events: [
      {
        ...{ id: systemIds.uuid(), type: 'DeviceRegistered', schemaVersion: 1, time: Date.now() },
        data: {
          ...{ deviceId, productKey: PRODUCT, deviceKey, generation: 1, origin: 'api' },
          ...{ secretOrigin: 'allocated', registrationTimeoutSeconds: null, name: null, tags: {} },
          ...{ secretVersion: 1, secretId: secret.secretId },
        },
        meta: {
          ...{ tenant: 'default', subject: deviceId, actor: 'bench' },
          ...{ correlationId, causationId: correlationId },
        },
      },
    ],
  };
  return { secret, append };
}

/** What as many POSTs of devices would have left in the store. */
export async function seedStore(
  opened: OpenedEventStore,
  sealing: Sealing,
  count: number,
): Promise<void> {
  for (let made = 0; made < count; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) =>
      registration(made + index, sealing),
    );
    await sealing.vault.put(batch.map(({ secret }) => secret));
    const appended = await opened.store.append(batch.map(({ append }) => append));
    if (!appended.ok) throw new Error(`the store refused: ${appended.error.code}`);
  }
}
