import type { SecretVault } from '@tallystick/application';
import { deviceStream } from '@tallystick/contracts';
import type { OpenedEventStore } from '@tallystick/event-store';
import type { StreamAppend } from '@tallystick/ports';
import { systemIds } from '@tallystick/services-edge';

const BATCH = 1_000;
const PRODUCT = 'bench_relay';
const SECRET_LENGTH = 22;

function registration(n: number, vault: SecretVault) {
  const deviceKey = `d${String(n).padStart(7, '0')}`;
  const stream = deviceStream('default', PRODUCT, deviceKey);
  const rows = vault.seal(stream, [Buffer.from(systemIds.token(SECRET_LENGTH))]);
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
          ...{ secretVersion: 1, secretId: rows[0]?.secretId ?? null },
        },
        meta: {
          ...{ tenant: 'default', subject: deviceId, actor: 'bench' },
          ...{ correlationId, causationId: correlationId },
        },
      },
    ],
  };
  return { rows, append };
}

/** What as many POSTs of devices would have left in the store. */
export async function seedStore(
  opened: OpenedEventStore,
  vault: SecretVault,
  count: number,
): Promise<void> {
  for (let made = 0; made < count; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) =>
      registration(made + index, vault),
    );
    await vault.put(batch.flatMap(({ rows }) => rows));
    const appended = await opened.store.append(batch.map(({ append }) => append));
    if (!appended.ok) throw new Error(`the store refused: ${appended.error.code}`);
  }
}
