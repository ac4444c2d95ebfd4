import { createEventStore } from '@tallystick/event-store';
import type { NewEvent, StreamAppend } from '@tallystick/ports';
import { systemIds } from '@tallystick/services-edge';
import type { Platform } from './platform.ts';

const BATCH = 2_000;

function registration(productKey: string, deviceKey: string): StreamAppend {
  const deviceId = systemIds.deviceId();
  const event: NewEvent = {
    id: systemIds.uuid(),
    type: 'DeviceRegistered',
    schemaVersion: 1,
    time: Date.now(),
    data: {
      ...{ deviceId, productKey, deviceKey, generation: 1, origin: 'import', secretOrigin: 'none' },
      ...{
        registrationTimeoutSeconds: null,
        name: null,
        tags: {},
        secretVersion: 0,
        secretId: null,
      },
    },
    meta: {
      tenant: 'default',
      subject: deviceId,
      actor: 'test',
      correlationId: deviceId,
      causationId: deviceId,
    },
  };
  return {
    stream: `device/default/${productKey}/${deviceKey}`,
    expectedRevision: 0,
    events: [event],
  };
}

/**
 * Appends registrations straight to the store, the keys numbered from `first` on. Answers the last
 * position.
 */
export async function appendRegistrations(
  platform: Pick<Platform, 'databaseUrl' | 'folder'>,
  productKey: string,
  count: number,
  first = 0,
): Promise<number> {
  const opened = await createEventStore({ databaseUrl: platform.databaseUrl, file: '' });
  let position = 0;
  for (let made = 0; made < count; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) =>
      registration(productKey, `bulk-${first + made + index}`),
    );
    const appended = await opened.store.append(batch);
    if (!appended.ok) throw new Error(`the bulk could not be appended: ${appended.error.code}`);
    position = appended.value.position;
  }
  await opened.close();
  return position;
}
