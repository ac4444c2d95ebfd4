import { readFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Login } from '../e2e/harness/mqtt-device.ts';
import { createDevices, createProduct, type Device } from './device.builder.ts';
import { DIALECTS } from './logins.ts';
import type { Client } from './client-process.ts';
import { endedUnrefused, startMosquitto, startPython } from './sdk-clients.ts';
import type { World } from './world.ts';

const VENDORS = ['alibaba', 'enos', 'huawei'] as const;
const NAMES = ['tcp', 'tls', 'ws', 'wss'] as const;
type Vendor = (typeof VENDORS)[number];
type Devices = Readonly<Record<(typeof NAMES)[number], Device>>;

const productOf = (vendor: Vendor): string => `${vendor}Any`;

/** Clients that know no vendor, with what each vendor's devices say. */
export function anyClientConformance(world: World): void {
  const devices = new Map<Vendor, Devices>();
  const productSecrets = new Map<Vendor, string>();
  const deviceOf = (vendor: Vendor, name: (typeof NAMES)[number]): Device => {
    const device = devices.get(vendor)?.[name];
    if (device === undefined) throw new Error(`no device ${vendor}/${name}`);
    return device;
  };
  beforeAll(async () => {
    for (const dialect of VENDORS) {
      const product = { productKey: productOf(dialect), dialect, dynamicActivation: true };
      productSecrets.set(dialect, await createProduct(world, product));
      devices.set(dialect, await createDevices(world, productOf(dialect), NAMES));
    }
  });

  describe('the Mosquitto clients', () => {
    const words = (vendor: Vendor, transport: 'tcp' | 'tls', login: Login): readonly string[] => {
      const { clientId, username, password } = login;
      const port = String(world.port(DIALECTS[vendor].port[transport]));
      const trust = transport === 'tls' ? ['--cafile', world.root] : [];
      return [
        ...['-h', transport === 'tls' ? 'localhost' : '127.0.0.1', '-p', port, ...trust],
        ...['-V', '311', '-i', clientId, '-u', username, '-P', password, '-q', '1'],
      ];
    };

    /** What a device is given that knows its product's secret alone. */
    async function askSecret(
      context: TestContext,
      vendor: Vendor,
      transport: 'tcp' | 'tls',
    ): Promise<string> {
      const device = deviceOf(vendor, transport);
      const { dynamic, secretTopic } = DIALECTS[vendor];
      const login = words(vendor, transport, dynamic(device, productSecrets.get(vendor) ?? ''));
      const topic = secretTopic(device);
      const ask = (): Client =>
        vendor === 'huawei'
          ? startMosquitto(context, 'mosquitto_rr', [
              ...[...login, '-W', '20', '-e', topic],
              ...['-t', topic.replace(/down$/, 'up'), '-m', '{}'],
            ])
          : startMosquitto(context, 'mosquitto_sub', [
              ...[...login, '-C', '1', '-W', '20', '-t', topic],
            ]);
      const client = await endedUnrefused(ask);
      expect(client.code, client.output).toBe(0);
      return /"deviceSecret":"([^"]+)"/.exec(client.output)?.[1] ?? client.output;
    }

    it.for(VENDORS.flatMap((vendor) => [[vendor, 'tcp'] as const, [vendor, 'tls'] as const]))(
      'speak as a device of %s over %s: get the secret, publish',
      async (given, context) => {
        const [vendor, transport] = given;
        const device = deviceOf(vendor, transport);
        const secret = await askSecret(context, vendor, transport);
        expect(secret).toBe(device.secret);
        const login = words(vendor, transport, DIALECTS[vendor].own(device, secret));
        const message = ['-t', DIALECTS[vendor].uplink(device), '-m', '{}'];
        const pub = startMosquitto(context, 'mosquitto_pub', [...login, ...message]);
        expect(await pub.end(), pub.output()).toBe(0);
        const wrong = words(vendor, transport, DIALECTS[vendor].own(device, `${secret}x`));
        const refused = startMosquitto(context, 'mosquitto_pub', [...wrong, ...message]);
        expect(await refused.end()).not.toBe(0);
        expect(refused.output()).toContain('bad user name or password');
      },
    );
  });

  describe('MQTT over WebSocket', () => {
    const login = (name: 'ws' | 'wss'): Login => {
      const device = deviceOf('alibaba', name);
      return DIALECTS.alibaba.own(device, device.secret);
    };
    const topic = (name: 'ws' | 'wss'): string =>
      DIALECTS.alibaba.uplink(deviceOf('alibaba', name));

    it.each([['ws'], ['wss']] as const)('lets in mqtt for Node.js by %s', async (scheme) => {
      const device = deviceOf('alibaba', scheme);
      const url = `${scheme}://localhost:${world.port('mqttWs')}/mqtt`;
      const client = await connectAsync(url, {
        ...login(scheme),
        ...{ protocolVersion: 4, reconnectPeriod: 0 },
        ...(scheme === 'wss' ? { ca: readFileSync(world.root) } : {}),
      });
      await client.publishAsync(topic(scheme), '{}', { qos: 1 });
      await device.becomes('online');
      await client.endAsync();
      await device.becomes('offline');
    });

    it.for([['ws'], ['wss']] as const)(
      'lets in paho-mqtt for Python by %s',
      async ([scheme], context) => {
        const device = deviceOf('alibaba', scheme);
        const client = startPython(context, 'paho_device', {
          ...login(scheme),
          ...{ host: 'localhost', port: world.port('mqttWs') },
          ...(scheme === 'wss' ? { root: world.root } : {}),
        });
        expect(await client.next('connected')).toMatchObject({ code: 0 });
        client.order({ topic: topic(scheme), payload: '{}' });
        await client.next('published');
        await device.becomes('online');
        expect(await client.end()).toBe(0);
        await device.becomes('offline');
      },
    );
  });
}
