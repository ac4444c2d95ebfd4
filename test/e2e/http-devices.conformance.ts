import { pause } from '@tallystick/ports';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { applied, rows, type Api } from './harness/api.ts';
import {
  alibabaDevice,
  enosDevice,
  huaweiDevice,
  register,
  type HttpDevice,
} from './harness/http-device.ts';

const WAIT = { timeout: 20_000, interval: 50 };

export interface HttpWorld {
  readonly api: Api;
  /** The port for devices' HTTP of a gateway. */
  readonly http: (gateway: number) => number;
  readonly gateways: number;
}

interface Made {
  readonly deviceId: string;
  readonly secret: string;
  readonly device: HttpDevice;
}

const OVER = [20001, 401, 'IOTDA.000002'];

/** What devices over HTTP are promised, however the platform is made up. */
export function httpDevicesConformance(name: string, world: HttpWorld): void {
  const { api } = world;
  let productSecret: string;

  beforeAll(async () => {
    const made = await world.api('POST', '/products', {
      ...{ productKey: 'http', name: 'HTTP', dynamicActivation: true },
    });
    productSecret = String(made.body['productSecret']);
    const huawei = { productKey: 'hw', name: 'Huawei', dialect: 'huawei' };
    const { position } = await world.api('POST', '/products', huawei);
    await applied(world.api, position);
  });

  async function made(vendor: 'alibaba' | 'enos' | 'huawei', deviceKey: string): Promise<Made> {
    const productKey = vendor === 'huawei' ? 'hw' : 'http';
    const { body, position } = await world.api('POST', '/devices', { productKey, deviceKey });
    await applied(world.api, position);
    const deviceId = String(body['deviceId']);
    const makes = {
      alibaba: () => alibabaDevice(productKey, deviceKey),
      enos: () => enosDevice(productKey, deviceKey),
      huawei: () => huaweiDevice(deviceId),
    };
    return { deviceId, secret: String(body['deviceSecret']), device: makes[vendor]() };
  }

  const until = async (deviceId: string, expected: object): Promise<void> =>
    vi.waitFor(async () => {
      expect((await world.api('GET', `/devices/${deviceId}`)).body).toMatchObject(expected);
    }, WAIT);
  const codeOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): unknown =>
    body['code'] ?? body['error_code'];

  async function loggedIn(of: Made, gateway = 0): Promise<string> {
    const heard = await of.device.login(world.http(gateway), of.secret);
    expect(heard.status).toBe(200);
    return of.device.tokenIn(heard);
  }

  describe(`${name}: devices over HTTP`, () => {
    describe.each(['alibaba', 'enos', 'huawei'] as const)('of %s', (vendor) => {
      it('are sessions: presence, explain, kick, disable', async () => {
        const of = await made(vendor, `${vendor}-life`);
        const token = await loggedIn(of);
        await until(of.deviceId, { presence: 'online', lifecycle: 'active' });
        const listed = await world.api('GET', `/devices/${of.deviceId}/sessions`);
        expect(rows(listed)).toMatchObject([
          { transport: 'http', dialect: vendor, closedAt: null },
        ]);
        expect((await of.device.say(world.http(0), token)).status).toBe(200);
        await vi.waitFor(async () => {
          const explained = await world.api('GET', `/devices/${of.deviceId}/explain`);
          expect(rows(explained)).toMatchObject([{ decision: 'allow', reason: 'ok' }]);
        }, WAIT);
        await kicked(of, token, String(rows(listed)[0]?.['sessionId']));
        await disabled(of);
      });
    });

    /** An operator ends the session: its token is good no longer. */
    async function kicked(of: Made, token: string, sessionId: string): Promise<void> {
      expect((await world.api('DELETE', `/sessions/${sessionId}`)).status).toBe(204);
      await vi.waitFor(
        async () => expect(OVER).toContain(codeOf(await of.device.say(world.http(0), token))),
        WAIT,
      );
      await until(of.deviceId, { presence: 'offline' });
    }

    async function disabled(of: Made): Promise<void> {
      const token = await loggedIn(of);
      const since = performance.now();
      await world.api('POST', `/devices/${of.deviceId}/disable`, { reason: 'stolen' });
      while (!OVER.includes(codeOf(await of.device.say(world.http(0), token)) as string)) {
        expect(performance.now() - since).toBeLessThan(5_000);
        await pause(20);
      }
      const refused = await of.device.login(world.http(0), of.secret);
      expect(of.device.tokenIn(refused)).toBe('undefined');
      await until(of.deviceId, { status: 'disabled', presence: 'offline' });
    }

    it('register: the secret that registration issued, until the first login', async () => {
      const of = await made('alibaba', 'registers');
      const ask = () => register(world.http(0), 'http', 'registers', productSecret);
      for (const answer of [await ask(), await ask()])
        expect(answer).toMatchObject({
          ...{ status: 200, body: { code: 200, data: { deviceSecret: of.secret } } },
        });
      await loggedIn(of);
      await until(of.deviceId, { lifecycle: 'active', presence: 'online' });
      expect((await ask()).body).toMatchObject({ code: 6289 });
      const timeline = await world.api('GET', `/devices/${of.deviceId}/timeline`);
      expect(rows(timeline)).toContainEqual(
        expect.objectContaining({
          type: 'DeviceActivated',
          data: expect.objectContaining({ method: 'dynamic' }) as object,
        }),
      );
      const { position } = await api('POST', `/devices/${of.deviceId}/reset`);
      await applied(api, position);
      expect((await ask()).body).toMatchObject({ code: 200, data: { deviceSecret: of.secret } });
    });

    it('register: a new secret each time where the product says so, the newest wins', async () => {
      const product = { productKey: 'turns', name: 'Turns', dynamicActivation: true };
      const made = await api('POST', '/products', { ...product, registerRotatesSecret: true });
      const { position } = await api('POST', '/devices', { productKey: 'turns', deviceKey: 'd' });
      await applied(api, position);
      const secret = String(made.body['productSecret']);
      const secrets = [];
      for (let i = 0; i < 2; i += 1) {
        const { body } = await register(world.http(0), 'turns', 'd', secret);
        secrets.push(String((body['data'] as { deviceSecret?: string } | undefined)?.deviceSecret));
      }
      const [old = '', newest = ''] = secrets;
      expect(newest).not.toBe(old);
      const device = alibabaDevice('turns', 'd');
      expect(codeOf(await device.login(world.http(0), old))).toBe(20000);
      expect(codeOf(await device.login(world.http(0), newest))).toBe(0);
    });

    it('register: refused by the code for it', async () => {
      const codes = [
        await register(world.http(0), 'http', 'nobody', productSecret),
        await register(world.http(0), 'http', 'nobody', 'wrong'),
        await register(world.http(0), 'nothing', 'nobody', 'wrong'),
        await register(world.http(0), 'hw', 'nobody', 'wrong'),
      ].map(codeOf);
      expect(codes).toEqual([6100, 6600, 6250, 6600]);
    });

    it('take over their session by HTTP, on whichever gateway it is', async () => {
      const of = await made('alibaba', 'moves');
      const first = await loggedIn(of, 0);
      await until(of.deviceId, { presence: 'online' });
      const there = world.gateways - 1;
      const second = await loggedIn(of, there);
      await vi.waitFor(
        async () => expect(codeOf(await of.device.say(world.http(0), first))).toBe(20001),
        WAIT,
      );
      expect(codeOf(await of.device.say(world.http(there), second))).toBe(0);
    });
  });
}
