import { beforeEach, describe, expect, it } from 'vitest';
import { givenApi } from './testing/fake-api.ts';

const device = (deviceId: string, productKey: string, deviceKey: string): object => ({
  ...{ deviceId, productKey, deviceKey },
});
const secrets = { secrets: [{ secretVersion: 1, secret: 'secret', expiresAt: null }] };

const ANSWERS: ReadonlyMap<string, object> = new Map([
  ['/products/thermo', { productKey: 'thermo', dialect: 'auto' }],
  ['/products/wind', { productKey: 'wind', dialect: 'enos' }],
  ['/products/hydro', { productKey: 'hydro', dialect: 'huawei' }],
  ['/devices/dv_1', device('dv_1', 'thermo', 'unit-1')],
  ['/devices/dv_2', device('dv_2', 'thermo', 'unit-2')],
  ['/devices/dv_3', device('dv_3', 'wind', 'mill')],
  ['/devices/dv_4', device('dv_4', 'hydro', 'pump')],
  ['/devices/dv_2/secret', { secrets: [] }],
  ...['dv_1', 'dv_3', 'dv_4'].map((id): [string, object] => [`/devices/${id}/secret`, secrets]),
]);

describe('credentials', () => {
  const api = givenApi();
  beforeEach(() => api.answer(({ path }) => ({ body: ANSWERS.get(path) })));

  it('prints a login for the host where the platform is', async () => {
    const settings = { TALLYSTICK_URL: api.url().replace('127.0.0.1', 'localhost') };
    const printed = await api.type('credentials dv_1 --json', { settings });
    expect(JSON.parse(printed.out)).toMatchObject({ host: 'localhost' });
  });

  it("prints a login in the product's dialect where none or auto is named", async () => {
    for (const words of ['credentials dv_3 --json', 'credentials dv_3 --dialect auto --json'])
      expect(JSON.parse((await api.type(words)).out)).toMatchObject({
        port: 11883,
        clientId: expect.stringContaining('securemode=2') as string,
      });
    const pump = JSON.parse((await api.type('credentials dv_4 --json')).out) as object;
    expect(pump).toMatchObject({ port: 1883, username: 'dv_4' });
    const auto = JSON.parse((await api.type('credentials dv_1 --json')).out) as object;
    expect(auto).toMatchObject({ port: 1883 });
  });

  it('exits 1 for a device that has no secret to log in with', async () => {
    expect(await api.type('credentials dv_2')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no secret of its own') as string,
    });
  });

  it('prints a login, and the secret nowhere', async () => {
    const printed = await api.type('credentials dv_1 --dialect alibaba --json');
    expect(JSON.parse(printed.out)).toMatchObject({
      ...{
        host: '127.0.0.1',
        port: 1883,
        clientId: 'thermo.unit-1|securemode=3,signmethod=hmacsha256|',
      },
      ...{ username: 'unit-1&thermo', password: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
    const enos = await api.type('credentials dv_1 --dialect enos');
    expect(enos.out).toContain('mosquitto_pub -h 127.0.0.1 -p 11883');
    expect(enos.out).not.toMatch(/\bsecret\b/);
    expect((await api.type('credentials dv_1 --dialect other')).code).toBe(2);
    expect((await api.type('credentials dv_1 --transport other')).code).toBe(2);
  });

  it('prints with --json what an MQTT client takes, and nothing else', async () => {
    const printed = await api.type('credentials dv_1 --dialect huawei --json');
    expect(JSON.parse(printed.out)).toEqual({
      ...{ host: '127.0.0.1', port: 1883, username: 'dv_1' },
      clientId: expect.stringMatching(/^dv_1_0_0_\d{10}$/) as string,
      password: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it.each([
    ['tls', 'alibaba', 'mqtts://127.0.0.1:8883', '--tls-use-os-certs'],
    ['tls --ca-file /root.pem', 'enos', 'mqtts://127.0.0.1:18883', "--cafile '/root.pem'"],
    ['tls --host ::1 --port 7', 'huawei', 'mqtts://[::1]:7', 'mosquitto_pub -h ::1 -p 7'],
    ['ws', 'alibaba', 'ws://127.0.0.1:8083/mqtt', 'securemode=3'],
    ['wss', 'alibaba', 'wss://127.0.0.1:8083/mqtt', 'securemode=2'],
  ])('prints a login over %s for %s', async (transport, dialect, url, more) => {
    const printed = await api.type(
      `credentials dv_1 --dialect ${dialect} --transport ${transport}`,
    );
    expect(printed.out).toContain(`url       ${url}\n`);
    expect(printed.out).toContain(more);
  });

  it('prints a login for the host that devices are told', async () => {
    const settings = { TALLYSTICK_DEVICE_HOST: 'iot.example' };
    const printed = await api.type('credentials dv_1 --json', { settings });
    expect(JSON.parse(printed.out)).toMatchObject({ host: 'iot.example' });
  });
});
