import { beforeAll, describe, expect, it } from 'vitest';
import { createDevices, createProduct, type Device } from './device.builder.ts';
import { startHuaweiSdk } from './sdk-clients.ts';
import { followTelemetry } from './telemetry.ts';
import type { World } from './world.ts';

const PRODUCT = 'huaweiSdk';
const NAMES = ['tcp', 'tls', 'bootstrap'] as const;

/** Huawei's SDK for Java as it is on Maven Central, against one platform. */
export function huaweiSdkConformance(world: World): void {
  let devices: Readonly<Record<(typeof NAMES)[number], Device>>;
  beforeAll(async () => {
    await createProduct(world, { productKey: PRODUCT, dialect: 'huawei' });
    devices = await createDevices(world, PRODUCT, NAMES);
  });

  const own = ({ deviceId, secret }: Device) => ({ deviceId, secret });
  const overTcp = () => ({ uri: `tcp://127.0.0.1:${world.port('mqtt')}` });
  const overTls = () => ({ uri: `ssl://127.0.0.1:${world.port('mqtts')}`, root: world.root });

  describe('iot-device-sdk-java of Huawei', () => {
    it.for([
      ['TCP, the hour checked', 'tcp', overTcp, 1],
      ['TLS, with SM3', 'tls', overTls, 2],
    ] as const)('connects over %s, reports a message, is online', async (given, context) => {
      const [, name, over, check] = given;
      const device = devices[name];
      const telemetry = await followTelemetry(world);
      const sdk = startHuaweiSdk(context, { ...own(device), ...over(), check });
      expect(await sdk.next('connected')).toMatchObject({ code: 0 });
      sdk.order({ message: 'hello' });
      expect(await sdk.next('published')).not.toHaveProperty('error');
      await device.becomes('online');
      await telemetry.heard(`$oc/devices/${device.deviceId}/sys/messages/up`);
      expect(await sdk.end()).toBe(0);
      await device.becomes('offline');
    });

    it('is told by bootstrap where to connect, and connects there', async (context) => {
      const device = devices.bootstrap;
      const { uri: bootstrapUri, root } = overTls();
      const asking = startHuaweiSdk(context, { ...own(device), bootstrapUri, root });
      const { address } = await asking.next('bootstrapped');
      expect(address).toBe(`127.0.0.1:${world.port('mqtts')}`);
      const sdk = startHuaweiSdk(context, { ...own(device), uri: `ssl://${address}`, root });
      expect(await sdk.next('connected')).toMatchObject({ code: 0 });
      await device.becomes('online');
      expect(await sdk.end()).toBe(0);
    });
  });
}
