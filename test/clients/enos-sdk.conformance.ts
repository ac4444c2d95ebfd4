import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { createDevices, createProduct, type Device } from './device.builder.ts';
import { startPython } from './sdk-clients.ts';
import { followTelemetry } from './telemetry.ts';
import type { World } from './world.ts';

const PRODUCT = 'enosSdk';
const NAMES = ['static-tcp', 'static-tls', 'dynamic-tcp', 'dynamic-tls'] as const;

/** EnOS's SDK for Python as it is on PyPI, against one platform. */
export function enosSdkConformance(world: World): void {
  let devices: Readonly<Record<(typeof NAMES)[number], Device>>;
  let productSecret = '';
  beforeAll(async () => {
    const product = { productKey: PRODUCT, dialect: 'enos', dynamicActivation: true };
    productSecret = await createProduct(world, product);
    devices = await createDevices(world, PRODUCT, NAMES);
  });

  const named = ({ productKey, deviceKey }: Device) => ({ productKey, deviceKey });
  const overTcp = () => ({ host: '127.0.0.1', port: world.port('enosMqtt') });
  const overTls = () => ({ host: 'localhost', port: world.port('enosMqtts'), root: world.root });
  const publishes = { point: 'temperature', value: 21.5 };
  const topicOf = ({ productKey, deviceKey }: Device): string =>
    `/sys/${productKey}/${deviceKey}/thing/measurepoint/post`;

  describe('enos-mqtt-sdk-python', () => {
    it.for([
      ['TCP', 'static-tcp', overTcp],
      ['TLS', 'static-tls', overTls],
    ] as const)('connects over %s with the device secret', async ([, name, over], context) => {
      const device = devices[name];
      const telemetry = await followTelemetry(world);
      const own = { ...named(device), deviceSecret: device.secret, ...over() };
      const sdk = startPython(context, 'enos_device', own);
      await sdk.next('connected');
      sdk.order(publishes);
      await sdk.next('published');
      await device.becomes('online');
      await telemetry.heard(topicOf(device));
      expect(await sdk.end()).toBe(0);
      await device.becomes('offline');
    });

    it.for([
      ['TCP', 'dynamic-tcp', overTcp],
      ['TLS', 'dynamic-tls', overTls],
    ] as const)(
      'activates over %s with the product secret, and stays on that session as its own',
      async ([, name, over], context) => {
        const device = devices[name];
        const telemetry = await followTelemetry(world);
        const asked = { ...named(device), productSecret, ...over() };
        const sdk = startPython(context, 'enos_device', asked);
        expect(await sdk.next('secret')).toMatchObject({ value: device.secret });
        await device.becomes('online');
        sdk.order(publishes);
        await sdk.next('published');
        await telemetry.heard(topicOf(device));
        expect(await device.get()).toMatchObject({ lifecycle: 'active', presence: 'online' });
        // Activated: the product's secret opens nothing any more.
        const again = startPython(context, 'enos_device', asked);
        await until('it is refused', 60_000, () => /error code: 4/.test(again.output()));
        expect(await sdk.end()).toBe(0);
        await device.becomes('offline');
      },
    );

    it.for([
      ['a wrong secret', { deviceKey: 'static-tcp', deviceSecret: 'not-its-secret' }, 4],
      ['message integration', {}, 5],
    ] as const)('is refused with %s', async ([, given, code], context) => {
      const asked = { productKey: PRODUCT, productSecret, ...given, ...overTcp() };
      const sdk = startPython(context, 'enos_device', asked);
      const refused = new RegExp(`bad connection, error code: ${code}`);
      await until(`CONNACK ${code}`, 60_000, () => refused.test(sdk.output()));
      expect(sdk.told).toEqual([]);
    });
  });
}
