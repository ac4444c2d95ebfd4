import { beforeAll, describe, expect, it } from 'vitest';
import { appendRegistrations } from './harness/bulk.ts';
import { applied } from './harness/api.ts';
import { givenPlatform } from './harness/given.ts';
import { alibabaLogin, connectDevice } from './harness/mqtt-device.ts';

const BULK = 100_000;
/** Ten times what `npm run bench` measures against. */
const DEADLINE_MS = 10_000;

interface GatewayEffect {
  readonly gatewayId: string;
  readonly applied: boolean;
  readonly lagMs: number | null;
  readonly sessionsCut: number;
}

describe('step 8: disabling a device', () => {
  const platform = givenPlatform({
    gateways: 2,
  });
  beforeAll(async () => {
    await platform.api('POST', '/products', { productKey: 'lock', name: 'Lock' });
  });

  async function makeDevice(deviceKey: string) {
    const created = await platform.api('POST', '/devices', { productKey: 'lock', deviceKey });
    await applied(platform.api, created.position);
    return {
      deviceId: String(created.body['deviceId']),
      login: alibabaLogin('lock', deviceKey, String(created.body['deviceSecret'])),
    };
  }

  async function disableAndWatch(deviceKey: string): Promise<readonly GatewayEffect[]> {
    const { deviceId, login } = await makeDevice(deviceKey);
    const device = await connectDevice(platform.mqtt(1), login);
    expect(device.code).toBe(0);
    const disabled = await platform.api('POST', `/devices/${deviceId}/disable`, {
      reason: 'stolen',
    });
    expect(disabled.status).toBe(200);
    await device.closed;
    const effects = await applied(platform.api, disabled.position);
    expect(effects).toMatchObject({ total: 2, applied: 2, unknown: false });
    expect((await connectDevice(platform.mqtt(0), login)).code).toBe(5);
    return effects['gateways'] as readonly GatewayEffect[];
  }

  it('is applied on 2 of 2 gateways, with milliseconds, and closes the socket', async () => {
    const gateways = await disableAndWatch('plain');
    for (const gateway of gateways) {
      expect(gateway.applied).toBe(true);
      expect(gateway.lagMs).toBeGreaterThanOrEqual(0);
    }
    expect(gateways.find(({ gatewayId }) => gatewayId === 'gateway-1')?.sessionsCut).toBe(1);
    expect(gateways.find(({ gatewayId }) => gatewayId === 'gateway-0')?.sessionsCut).toBe(0);
  });

  it(`does not wait behind ${BULK} registrations that are being relayed`, async () => {
    const before = await platform.api('GET', '/gateways');
    expect(before.status).toBe(200);
    const devices = await Promise.all(
      Array.from({ length: 10 }, (_, index) => makeDevice(`busy-${index}`)),
    );
    const sockets = await Promise.all(
      devices.map(({ login }) => connectDevice(platform.mqtt(1), login)),
    );
    // Given a backlog on the bulk lane, half of it still growing
    await appendRegistrations(platform, 'lock', BULK / 2);
    const growing = appendRegistrations(platform, 'lock', BULK / 2, BULK / 2);
    const bulkPosition = async (): Promise<number> => {
      const { data } = (await platform.api('GET', '/gateways')).body;
      return Math.min(
        ...(data as { bulkPosition: number }[]).map((gateway) => gateway.bulkPosition),
      );
    };
    // When devices are disabled while it is worked off
    const inForce = devices.map(async ({ deviceId }, index) => {
      const disabled = await platform.api('POST', `/devices/${deviceId}/disable`, {
        reason: 'stolen',
      });
      const effects = await applied(platform.api, disabled.position);
      await sockets[index]?.closed;
      return { effects, bulk: await bulkPosition() };
    });
    const [last, ...seen] = await Promise.all([growing, ...inForce]);
    for (const { effects, bulk } of seen) {
      expect(effects).toMatchObject({ total: 2, applied: 2 });
      for (const { lagMs } of effects['gateways'] as readonly GatewayEffect[])
        expect(lagMs).toBeLessThan(DEADLINE_MS);
      // Then each of them was in force before the backlog was through
      expect(bulk).toBeLessThan(last);
    }
  });
});
