import { beforeAll, describe, expect, it } from 'vitest';
import { tallystick } from '../e2e/harness/command-line.ts';
import { alibabaSdksConformance } from './alibaba-sdks.conformance.ts';
import { anyClientConformance } from './any-client.conformance.ts';
import { createDevices, createProduct, type Device } from './device.builder.ts';
import { enosSdkConformance } from './enos-sdk.conformance.ts';
import { huaweiSdkConformance } from './huawei-sdk.conformance.ts';
import { DIALECTS } from './logins.ts';
import { startPasted, startPython } from './sdk-clients.ts';
import { givenAllInOneWorld } from './world.ts';

describe('unmodified clients of devices and the all-in-one', () => {
  const world = givenAllInOneWorld();
  alibabaSdksConformance(world);
  enosSdkConformance(world);
  huaweiSdkConformance(world);
  anyClientConformance(world);

  it.for([
    ['elliptic curves', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['RSA', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ] as const)('shows its own root to firmware that knows %s alone', async (given, context) => {
    const [family, ciphers] = given;
    const productKey = `own${family.length}`;
    await createProduct(world, { productKey });
    const { device } = await createDevices(world, productKey, ['device']);
    const client = startPython(context, 'paho_device', {
      ...DIALECTS.alibaba.own(device, device.secret),
      ...{ host: '127.0.0.1', port: world.port('mqtts'), transport: 'tcp' },
      ...{ root: world.root, ciphers },
    });
    expect(await client.next('connected')).toMatchObject({ code: 0 });
    expect(await client.end()).toBe(0);
  });

  describe('the line that credentials prints', () => {
    const VENDORS = ['alibaba', 'enos', 'huawei'] as const;
    const devices = new Map<string, Device>();
    beforeAll(async () => {
      for (const dialect of VENDORS) {
        await createProduct(world, { productKey: `${dialect}Pasted`, dialect });
        const { device } = await createDevices(world, `${dialect}Pasted`, ['device']);
        devices.set(dialect, device);
      }
    });

    it.for(VENDORS.flatMap((vendor) => [[vendor, 'tcp'] as const, [vendor, 'tls'] as const]))(
      'lets mosquitto_pub in as a device of %s over %s',
      async (given, context) => {
        const [vendor, transport] = given;
        const { deviceId = '' } = devices.get(vendor) ?? {};
        const words = ['credentials', deviceId, '--dialect', vendor, '--transport', transport];
        const printed = tallystick(world.home, words);
        expect(printed.status, printed.output).toBe(0);
        const line = printed.stdout.slice(printed.stdout.indexOf('mosquitto_pub'));
        const client = startPasted(context, line);
        expect(await client.end(), client.output()).toBe(0);
      },
    );
  });
});
