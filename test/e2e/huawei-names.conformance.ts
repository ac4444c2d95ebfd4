import { createHmac } from 'node:crypto';
import { generate } from 'mqtt-packet';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { applied, rows, type Api } from './harness/api.ts';
import { connectDevice, type Login, type MqttDevice } from './harness/mqtt-device.ts';

const WAIT = { timeout: 20_000, interval: 100 };
const HOUR_MS = 3_600_000;

export interface HuaweiWorld {
  readonly api: Api;
  /** The MQTT port of a gateway. */
  readonly mqtt: (gateway: number) => number;
  readonly gateways: number;
}

/** YYYYMMDDHH, in UTC. */
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, '');

const sign = (check: number, hour: string, secret: string): string =>
  createHmac(check === 2 ? 'sm3' : 'sha256', hour)
    .update(secret)
    .digest('hex');

function login(id: string, secret: string, type: 0 | 2 = 0, check = 0, hoursAgo = 0): Login {
  const hour = hourOf(Date.now() - hoursAgo * HOUR_MS);
  const clientId = `${id}_${type}_${check}_${hour}`;
  return { clientId, username: id, password: sign(check, hour, secret) };
}

function bootstrap(id: string, scope: string, productSecret: string): Login {
  const hour = hourOf(Date.now());
  const own = createHmac('sha256', id).update(productSecret).digest('hex');
  return { clientId: `${id}_0_${scope}_0_${hour}`, username: id, password: sign(0, hour, own) };
}

/** What is answered on `bootstrap/down`, as the SDKs ask for it. */
async function asked(device: MqttDevice, id: string): Promise<Record<string, unknown>> {
  const [up, down] = [`$oc/devices/${id}/sys/bootstrap/up`, `$oc/devices/${id}/sys/bootstrap/down`];
  const wire = { dup: false, retain: false } as const;
  const subscriptions = [{ topic: down, qos: 0 }] as const;
  device.socket.write(
    generate({ cmd: 'subscribe', messageId: 1, subscriptions: [...subscriptions] }),
  );
  device.socket.write(generate({ cmd: 'publish', topic: up, payload: '', qos: 0, ...wire }));
  const { payload } = await device.message(down);
  return JSON.parse(payload.toString()) as Record<string, unknown>;
}

/** Whom a device of Huawei's dialect is, by each of its names. */
export function huaweiNamesConformance(name: string, world: HuaweiWorld): void {
  const { api } = world;
  const secrets = new Map<string, string>();
  beforeAll(async () => {
    for (const productKey of ['ha', 'hb', 'group'])
      await api('POST', '/products', {
        ...{ productKey, name: productKey, dialect: 'huawei', productSecret: 'group-secret' },
        ...(productKey === 'group' ? { dynamicActivation: true, registrationFree: true } : {}),
      });
    await register('ha');
  });

  async function register(productKey: string): Promise<void> {
    const made = await api('POST', '/devices', { productKey, deviceKey: 'node_01' });
    expect(made.body['deviceId']).toBe(`${productKey}_node_01`);
    secrets.set(productKey, String(made.body['deviceSecret']));
    await applied(api, made.position);
  }
  const change = async (method: string, path: string, body?: object): Promise<void> => {
    const { position } = await api(method, path, body);
    await applied(api, position);
  };
  /** Of each gateway. */
  const codes = (of: () => Login): Promise<readonly number[]> =>
    Promise.all(
      Array.from({ length: world.gateways }, async (_, gateway) => {
        const device = await connectDevice(world.mqtt(gateway), of());
        device.cut();
        return device.code;
      }),
    );
  const all = (code: number): readonly number[] =>
    Array.from({ length: world.gateways }, () => code);
  const byNode = (): Login => login('node_01', secrets.get('ha') ?? '', 2);
  const reasons = async (deviceId: string) =>
    rows(await api('GET', `/devices/${deviceId}/explain`)).map(({ reason }) => reason);

  describe(`devices of Huawei's dialect, ${name}`, () => {
    it('log in by device id and by node id, with any check of the hour', async () => {
      for (const check of [0, 1, 2])
        expect(await codes(() => login('ha_node_01', secrets.get('ha') ?? '', 0, check))).toEqual(
          all(0),
        );
      expect(await codes(byNode)).toEqual(all(0));
      expect(await codes(() => login('node_01', 'another-secret', 2))).toEqual(all(4));
    });

    it('given an hour that is long over, then the one who has it checked is refused, and told why', async () => {
      const late = (check: number) => () =>
        login('ha_node_01', secrets.get('ha') ?? '', 0, check, 3);
      expect(await codes(late(0))).toEqual(all(0));
      expect(await codes(late(1))).toEqual(all(4));
      await vi.waitFor(
        async () => expect(await reasons('ha_node_01')).toContain('timestamp-out-of-range'),
        WAIT,
      );
    });

    it('given a second device of the node id, then neither is meant, and each is told why', async () => {
      await register('hb');
      expect(await codes(byNode)).toEqual(all(4));
      for (const deviceId of ['ha_node_01', 'hb_node_01'])
        await vi.waitFor(
          async () => expect(await reasons(deviceId)).toContain('ambiguous-name'),
          WAIT,
        );
      expect(await codes(() => login('hb_node_01', secrets.get('hb') ?? ''))).toEqual(all(0));
    });

    it('given that the other one is no device of the dialect any more, then the first is meant', async () => {
      await change('PATCH', '/products/hb', { dialect: 'auto' });
      expect(await codes(byNode)).toEqual(all(0));
      await change('PATCH', '/products/hb', { dialect: 'huawei' });
      expect(await codes(byNode)).toEqual(all(4));
      await change('DELETE', '/devices/hb_node_01');
      expect(await codes(byNode)).toEqual(all(0));
      await register('hb');
      expect(await codes(byNode)).toEqual(all(4));
    });

    it('given the secret of its group alone, then an unknown id is made, told its secret, and logs in with it', async () => {
      const id = 'group_new_01';
      const device = await connectDevice(world.mqtt(0), bootstrap(id, 'group', 'group-secret'));
      expect(device.code).toBe(0);
      const { address, deviceSecret } = await asked(device, id);
      expect(address).toMatch(/^[\w.]+:\d+$/);
      device.cut();
      expect(await codes(() => login(id, String(deviceSecret)))).toEqual(all(0));
      await vi.waitFor(async () => {
        const { body } = await api('GET', `/devices/${id}`);
        expect(body).toMatchObject({ deviceKey: 'new_01', lifecycle: 'active' });
      }, WAIT);
      expect(await codes(() => bootstrap(id, 'group', 'group-secret'))).toEqual(all(4));
      const own = await connectDevice(world.mqtt(0), login(id, String(deviceSecret)));
      expect(await asked(own, id)).toEqual({ address });
      own.cut();
    });

    it('given a wrong secret of the group, or a product that makes no devices, then none is made', async () => {
      expect(await codes(() => bootstrap('group_x', 'group', 'wrong-secret'))).toEqual(all(4));
      await change('PATCH', '/products/group', { registrationFree: false });
      expect(await codes(() => bootstrap('group_x', 'group', 'group-secret'))).toEqual(all(4));
      await change('PATCH', '/products/group', { dynamicActivation: false });
      expect(await codes(() => bootstrap('group_x', 'group', 'group-secret'))).toEqual(all(5));
      expect((await api('GET', '/devices/group_x')).status).toBe(404);
    });
  });
}
