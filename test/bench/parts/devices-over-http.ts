import { applied } from '../../e2e/harness/api.ts';
import type { Platform } from '../../e2e/harness/platform.ts';
import type { Scope } from '../world.ts';
import type { NumberedDevices } from './devices.ts';
import { loadHttp, startHttpLoad } from './http-load.ts';

/** The admin token of a platform that the e2e harness started. */
const TOKEN = 'admin-token-of-the-journeys';

/** Registers a product and its devices, and waits until every gateway knows them. */
export async function registerDevices(
  scope: Scope,
  platform: Platform,
  devices: NumberedDevices,
): Promise<void> {
  const { productKey } = devices;
  const created = await platform.api('POST', '/products', { name: 'Bench', productKey });
  if (created.status !== 201) throw new Error(`no product: ${created.text}`);
  const generator = await startHttpLoad(scope);
  const [registry] = platform.registries;
  const { position } = await loadHttp(generator, {
    ...devices,
    port: registry?.ports['http'] ?? 0,
    path: '/api/v1/devices',
    token: TOKEN,
    from: 0,
    inFlight: 32,
    givenSecrets: true,
  });
  await generator.stop();
  await applied(platform.api, position);
}
