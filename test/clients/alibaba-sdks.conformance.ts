import { beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { ALIBABA_AUTH_HOST } from './certificate.ts';
import type { Told } from './client-process.ts';
import { createDevices, createProduct, madeByItself, type Device } from './device.builder.ts';
import { namedHosts } from './named-hosts.ts';
import { startAlibabaNodeSdk, startPython } from './sdk-clients.ts';
import type { World } from './world.ts';

const PRODUCT = 'alibabaSdks';
const NAMES = [
  ...(['node-tcp', 'node-tls', 'node-http'] as const),
  ...(['kit-tcp', 'kit-tls', 'kit-register', 'kit-https'] as const),
];
type Name = (typeof NAMES)[number];

const topicOf = ({ productKey, deviceKey }: Device, name: string): string =>
  `/${productKey}/${deviceKey}/${name}`;

/** Alibaba's SDKs as they are on npm and PyPI, against one platform. */
export function alibabaSdksConformance(world: World): void {
  let devices: Readonly<Record<Name, Device>>;
  let productSecret = '';
  beforeAll(async () => {
    const switches = { dynamicActivation: true, registrationFree: true };
    productSecret = await createProduct(world, { productKey: PRODUCT, ...switches });
    devices = await createDevices(world, PRODUCT, NAMES);
  });

  const triple = ({ productKey, deviceKey: deviceName }: Device) => ({ productKey, deviceName });
  const own = (device: Device, deviceSecret = device.secret) => ({
    ...triple(device),
    deviceSecret,
  });
  const overTcp = () => ({ host: '127.0.0.1', port: world.port('mqtt') });
  const overTls = () => ({ host: 'localhost', port: world.port('mqtts'), root: world.root });

  describe('alibabacloud-iot-device-sdk for Node.js', () => {
    const tcp = () => ({ brokerUrl: `mqtt://127.0.0.1:${world.port('mqtt')}/` });

    it('connects with its 16 subscriptions, stays, publishes, and is online', async () => {
      const device = devices['node-tcp'];
      const client = startAlibabaNodeSdk(world, { ...own(device), ...tcp() });
      await client.next('connected');
      // Its README publishes to a product's default topics; refused, it would connect and send
      // again for ever.
      for (const name of ['user/update', 'update', 'data']) {
        client.order({ topic: topicOf(device, name), payload: '{"temperature":21}' });
        await client.next('published');
      }
      await device.becomes('online');
      expect(client.told.filter(({ event }) => /closed|error/.test(event))).toEqual([]);
      expect(await client.end()).toBe(0);
      await device.becomes('offline');
    });

    it('is told in its own words that its secret is wrong', async () => {
      const wrong = own(devices['node-tcp'], 'not-its-secret');
      const client = startAlibabaNodeSdk(world, { ...wrong, ...tcp() });
      expect(await client.next('error')).toMatchObject({ code: 4 });
    });

    it.each([['mqtt'], ['mqtts']] as const)('connects over TLS to the port %s', async (door) => {
      const brokerUrl = `mqtts://localhost:${world.port(door)}/`;
      const client = startAlibabaNodeSdk(world, { ...own(devices['node-tls']), brokerUrl });
      await client.next('connected');
      await devices['node-tls'].becomes('online');
      expect(await client.end()).toBe(0);
      await devices['node-tls'].becomes('offline');
    });

    it('registers over HTTPS, logs in with what it was given, and is refused from then on', async () => {
      const device = devices['node-http'];
      const registerURL = `https://localhost:${world.port('deviceHttp')}/auth/register/device`;
      const register = { ...triple(device), productSecret, registerURL };
      const client = startAlibabaNodeSdk(world, register);
      let { answer } = await client.next('registered');
      // A platform under load may ask a device to try again.
      for (let tries = 1; tries < 5 && (answer as { code: unknown }).code === 500; tries += 1) {
        client.order(register);
        ({ answer } = await client.next('registered'));
      }
      expect(answer).toMatchObject({ code: 200, data: triple(device) });
      const { deviceSecret } = (answer as { data: { deviceSecret: string } }).data;
      client.order({ ...own(device, deviceSecret), ...tcp() });
      await client.next('connected');
      await device.becomes('online');
      client.order(register);
      expect(await client.next('registered')).toMatchObject({ answer: { code: 6289 } });
    });
  });

  describe('aliyun-iot-linkkit for Python', () => {
    /** What a registration is answered; a refusal of any kind is one answer to this SDK. */
    async function registered(context: TestContext, asked: object): Promise<Told> {
      for (let tries = 5; ; tries -= 1) {
        const claim = startPython(context, 'linkkit_device', asked);
        const answer = await claim.next('registered');
        expect(await claim.end()).toBe(0);
        // A platform under load may ask a device to try again.
        if (answer['code'] === 0 || tries === 1) return answer;
      }
    }

    it.for([
      ['TCP', 'kit-tcp', overTcp],
      ['TLS', 'kit-tls', overTls],
    ] as const)('connects over %s, subscribes, publishes, is online', async (given, context) => {
      const [, name, over] = given;
      const device = devices[name];
      const kit = startPython(context, 'linkkit_device', { ...own(device), ...over() });
      expect(await kit.next('connected')).toMatchObject({ code: 0 });
      kit.order({ subscribe: topicOf(device, 'user/get') });
      expect(await kit.next('subscribed')).toMatchObject({ granted: [1] });
      kit.order({ topic: topicOf(device, 'user/update'), payload: '{}' });
      await kit.next('published');
      await device.becomes('online');
      expect(await kit.end()).toBe(0);
      await device.becomes('offline');
    });

    it.for([
      ['TCP', overTcp],
      ['TLS', overTls],
    ] as const)('registers by MQTT over %s, and logs in', async ([, over], context) => {
      const device = devices['kit-register'];
      const asked = { ...triple(device), productSecret, authType: 'register', ...over() };
      if ((await device.get())['lifecycle'] === 'active')
        await world.api('POST', `/devices/${device.deviceId}/reset`);
      const { code, value } = await registered(context, asked);
      expect([code, value]).toEqual([0, device.secret]);
      const kit = startPython(context, 'linkkit_device', {
        ...own(device, String(value)),
        ...over(),
      });
      expect(await kit.next('connected')).toMatchObject({ code: 0 });
      await device.becomes('online');
      const again = startPython(context, 'linkkit_device', asked);
      expect(await again.next('registered')).toMatchObject({ code: -0x301 });
      expect(await kit.end()).toBe(0);
    });

    it.for([
      ['TCP', overTcp],
      ['TLS', overTls],
    ] as const)('is a unit without registration over %s', async ([name, over], context) => {
      const named = { productKey: PRODUCT, deviceName: `kit-unit-${name}` };
      const asked = { ...named, productSecret, authType: 'regnwl', ...over() };
      const { code, clientId, username, password } = await registered(context, asked);
      expect(code).toBe(0);
      const device = await madeByItself(world, PRODUCT, named.deviceName);
      const given = { ...named, clientId, username, password, ...over() };
      const unit = startPython(context, 'linkkit_device', given);
      expect(await unit.next('connected')).toMatchObject({ code: 0 });
      await device.becomes('online');
      expect(await unit.end()).toBe(0);
      await device.becomes('offline');
    });

    it('registers over HTTPS at the host that it has compiled in, and goes on by MQTT', async (context) => {
      const device = devices['kit-https'];
      const hosts = await namedHosts({ [`${ALIBABA_AUTH_HOST}:443`]: world.port('deviceHttp') });
      onTestFinished(() => hosts.close());
      const asked = { ...triple(device), productSecret, ...overTls() };
      const kit = startPython(context, 'linkkit_device', asked, { https_proxy: hosts.url });
      expect(await kit.next('registered')).toMatchObject({ code: 0, value: device.secret });
      expect(await kit.next('connected')).toMatchObject({ code: 0 });
      await device.becomes('online');
      expect(await kit.end()).toBe(0);
    });
  });
}
