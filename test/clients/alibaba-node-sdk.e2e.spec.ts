import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { applied } from '../e2e/harness/api.ts';
import { givenAllInOne } from '../e2e/harness/given.ts';

interface SdkDevice extends EventEmitter {
  subscribe(topic: string): void;
  publish(topic: string, message: string, options: { readonly qos: 0 | 1 }, done: () => void): void;
  end(force: boolean): void;
}

interface Sdk {
  device(config: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly deviceSecret: string;
    readonly brokerUrl: string;
  }): SdkDevice;
}

// The vendor's own package, as it is on npm.
const sdk = createRequire(import.meta.url)('alibabacloud-iot-device-sdk') as Sdk;

describe('the Alibaba Cloud IoT device SDK for Node.js, unmodified', () => {
  const given = givenAllInOne();
  let secret = '';
  let deviceId = '';
  beforeAll(async () => {
    await given.api('POST', '/products', { productKey: 'sdkProduct', name: 'SDK' });
    const created = await given.api('POST', '/devices', {
      productKey: 'sdkProduct',
      deviceKey: 'node-sdk',
    });
    secret = String(created.body['deviceSecret']);
    deviceId = String(created.body['deviceId']);
    await applied(given.api, created.position);
  });

  const connect = (deviceSecret: string): SdkDevice =>
    sdk.device({
      ...{ productKey: 'sdkProduct', deviceName: 'node-sdk', deviceSecret },
      brokerUrl: `mqtt://127.0.0.1:${given.app.ports['mqtt'] ?? 0}/`,
    });
  const status = async () => (await given.api('GET', `/devices/${deviceId}`)).body['status'];

  it('connects with its 16 subscriptions, stays, publishes, and is online', async () => {
    const device = connect(secret);
    const closes: string[] = [];
    device.on('close', () => closes.push('close'));
    device.on('error', (error: Error) => closes.push(error.message));
    await once(device, 'connect');
    // Its README publishes to a product's default topics; refused, it would connect and send again
    // for ever.
    device.subscribe('/sdkProduct/node-sdk/get');
    for (const topic of ['user/update', 'update', 'data'])
      await new Promise<void>((done) =>
        device.publish(`/sdkProduct/node-sdk/${topic}`, '{"temperature":21}', { qos: 1 }, done),
      );
    await until('it is online', 30_000, async () => (await status()) === 'online');
    expect(closes).toEqual([]);
    device.end(true);
    await until('it is offline', 30_000, async () => (await status()) === 'offline');
  });

  it('is told in its own words that its secret is wrong', async () => {
    const device = connect(`${secret}x`);
    // The SDK hands on the arguments of its MQTT client's event as one list.
    const [[error]] = (await once(device, 'error')) as [[Error & { code?: number }]];
    expect(error.code).toBe(4);
    device.end(true);
  });
});
